package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class OperatorConnectionTest {
    @Test
    void sshSaysWhereTheOperatorIs() {
        assertThat(OperatorConnection.parse("10.42.1.7 50000 10.42.0.1 22\n"))
                .isEqualTo(new OperatorConnection("10.42.1.7", "10.42.0.1"));
        assertThat(OperatorConnection.parse("fd99:6d67::7 50000 fd99:6d67::1 22"))
                .isEqualTo(new OperatorConnection("fd99:6d67::7", "fd99:6d67::1"));
    }

    @Test
    void anythingElseSaysNothing() {
        assertThat(OperatorConnection.parse("")).isNull();
        assertThat(OperatorConnection.parse("10.42.1.7 50000")).isNull();
    }
}

package io.meshd.daemon.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class HomeTest {
    @Test
    void systemPathsAreThoseOfTheContract() {
        Home home = Home.system();

        assertThat(home.directory()).isNull();
        assertThat(home.config()).hasToString("/etc/meshd/meshd.toml");
        assertThat(home.trustDirectories()).map(Path::toString).containsExactly("/etc/meshd/authorized_keys",
                "/var/lib/meshd/authorized_keys");
        assertThat(home.operatorTrust()).hasToString("/etc/meshd/authorized_keys");
        assertThat(home.admittedTrust()).hasToString("/var/lib/meshd/authorized_keys");
        assertThat(home.identity()).hasToString("/var/lib/meshd/identity");
        assertThat(home.state()).hasToString("/var/lib/meshd");
        assertThat(home.socket()).hasToString("/run/meshd/meshd.sock");
        assertThat(home.pidFile()).hasToString("/run/meshd/meshd.pid");
        assertThat(home.access()).isEqualTo(Access.PUBLIC);
    }

    @Test
    void pathsUnderOneDirectoryAreThoseOfTheContract() {
        Home home = Home.at(Path.of("/srv/x/../mesh"));

        assertThat(home.directory()).isEqualTo(Path.of("/srv/mesh"));
        assertThat(home.config()).hasToString("/srv/mesh/meshd.toml");
        assertThat(home.trustDirectories()).map(Path::toString).containsExactly("/srv/mesh/authorized_keys");
        assertThat(home.identity()).hasToString("/srv/mesh/identity");
        assertThat(home.state()).hasToString("/srv/mesh/state");
        assertThat(home.socket()).hasToString("/srv/mesh/run/meshd.sock");
        assertThat(home.pidFile()).hasToString("/srv/mesh/run/meshd.pid");
        assertThat(home.access()).isEqualTo(Access.SECRET);
    }

    @Test
    void refusesARelativeDirectory() {
        assertThatThrownBy(() -> Home.at(Path.of("mesh"))).isInstanceOf(IllegalArgumentException.class);
    }
}

package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.MeshdHost;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A daemon that is told to end takes everything with it, and that is no failure. */
@NeedsLab
class StopIT {
    private final Lab lab = Lab.open();
    private final MeshdHost node = new MeshdHost(lab.host("node"), "");

    @AfterEach
    void end() {
        lab.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void endsWithStatusZeroWithinFiveSecondsOfTheSignal(String signal) throws InterruptedException {
        Process daemon = node.startUp();
        assertThat(await(Duration.ofSeconds(10), () -> node.host().log("daemon.log").contains("meshd is ready")))
                .isTrue();

        node.host().run("kill", "-" + signal, Long.toString(daemon.pid())).orThrow();

        assertThat(daemon.waitFor(5, TimeUnit.SECONDS)).isTrue();
        assertThat(daemon.exitValue()).isZero();
        assertThat(node.host().run("ip", "link", "show", "mesh0").status()).isNotZero();
        assertThat(node.host().home().resolve("run/meshd.pid")).doesNotExist();
    }
}

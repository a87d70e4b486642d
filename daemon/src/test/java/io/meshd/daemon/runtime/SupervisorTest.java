package io.meshd.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.lab.PlayedManager;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A datagram socket plays the service manager. */
@Timeout(20)
class SupervisorTest {
    private static final long PID = 4711;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @TempDir
    Path folder;
    private @Nullable PlayedManager manager;

    @BeforeEach
    void listen() {
        manager = new PlayedManager(folder.resolve("notify"));
    }

    @AfterEach
    void end() {
        manager().close();
    }

    private PlayedManager manager() {
        return Objects.requireNonNull(manager);
    }

    private String address() {
        return folder.resolve("notify").toString();
    }

    private String next() throws InterruptedException {
        return manager().next(5);
    }

    /** What was said before this is all there was. */
    private void assertSilence(Supervisor supervisor) throws InterruptedException {
        supervisor.stopping();
        assertThat(next()).startsWith("STOPPING=1\nSTATUS=");
    }

    private Supervisor watched(String pid) {
        return Supervisor.of(Map.of("NOTIFY_SOCKET", address(), "WATCHDOG_USEC", "9000000", "WATCHDOG_PID", pid), PID);
    }

    @Test
    void hearsTheLifeOfADaemon() throws Exception {
        try (Supervisor supervisor = Supervisor.of(Map.of("NOTIFY_SOCKET", address()), PID)) {
            supervisor.ready("meshd is ready: alpha");
            long before = System.nanoTime() / 1_000;
            supervisor.reloading().close();
            assertThat(next()).isEqualTo("READY=1\nSTATUS=meshd is ready: alpha");
            String reloading = next();
            assertThat(reloading).matches("RELOADING=1\nMONOTONIC_USEC=\\d+");
            assertThat(Long.parseLong(reloading.substring(reloading.lastIndexOf('=') + 1)))
                    .isBetween(before, System.nanoTime() / 1_000);
            assertThat(next()).isEqualTo("READY=1");
            assertSilence(supervisor);
        }
    }

    @Test
    void isNotToldOfAReloadBeforeTheDaemonIsReady() throws Exception {
        try (Supervisor supervisor = Supervisor.of(Map.of("NOTIFY_SOCKET", address()), PID)) {
            supervisor.reloading().close();
            assertSilence(supervisor);
        }
    }

    @Test
    void hearsASignOfLifeThreeTimesBeforeItGivesUp() throws Exception {
        try (Supervisor supervisor = watched(Long.toString(PID))) {
            for (int second = 0; second < 9; second++) {
                supervisor.nodeLives(second * SECOND, () -> "2 of 3 peers alive");
            }
            assertThat(next()).isEqualTo("WATCHDOG=1\nSTATUS=2 of 3 peers alive");
            assertThat(next()).isEqualTo("WATCHDOG=1");
            assertThat(next()).isEqualTo("WATCHDOG=1");
            assertSilence(supervisor);
        }
    }

    @Test
    void hearsNoSignOfLifeThatIsMeantForAnotherProcess() throws Exception {
        try (Supervisor supervisor = watched("1")) {
            supervisor.nodeLives(0, () -> "2 of 3 peers alive");
            supervisor.nodeLives(11 * SECOND, () -> "2 of 3 peers alive");
            supervisor.nodeLives(22 * SECOND, () -> "3 of 3 peers alive");
            assertThat(next()).isEqualTo("STATUS=2 of 3 peers alive");
            assertThat(next()).isEqualTo("STATUS=3 of 3 peers alive");
            assertSilence(supervisor);
        }
    }

    @Test
    void isNoNeedWhereThereIsNone() throws Exception {
        for (Map<String, String> environment : List.of(Map.<String, String>of(),
                Map.of("NOTIFY_SOCKET", "no address"),
                Map.of("NOTIFY_SOCKET", address(), "WATCHDOG_USEC", "soon"),
                Map.of("NOTIFY_SOCKET", folder.resolve("gone").toString()))) {
            try (Supervisor supervisor = Supervisor.of(environment, PID)) {
                supervisor.ready("meshd is ready");
                supervisor.nodeLives(0, () -> "alone");
                supervisor.stopping();
            }
        }
        assertThat(manager().next(0)).isEqualTo("nothing");
    }
}

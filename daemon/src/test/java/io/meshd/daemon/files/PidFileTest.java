package io.meshd.daemon.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PidFileTest {
    @TempDir
    private Path directory;

    private Home home = Home.system();

    @BeforeEach
    void useOwnHome() {
        home = Home.at(directory);
    }

    @Test
    void holdsTheNumberOfThisProcessUntilItIsClosed() throws IOException {
        try (PidFile _ = PidFile.acquire(home)) {
            assertThat(home.pidFile()).hasContent(ProcessHandle.current().pid() + "\n");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.pidFile())))
                    .isEqualTo("rw-r--r--");
        }
        assertThat(home.pidFile()).doesNotExist();
        assertThat(PidFile.runningPid(home)).isEmpty();
    }

    @Test
    void saysWhichPidRunsToASecondDaemon() throws Exception {
        Process other = LockHolder.start(home);
        try {
            assertThat(PidFile.runningPid(home)).hasValue(other.pid());
            assertThatThrownBy(() -> PidFile.acquire(home)).isInstanceOf(FileException.class)
                    .hasMessageContaining("already with pid " + other.pid());
            assertThat(home.pidFile()).hasContent(other.pid() + "\n");
        } finally {
            other.destroyForcibly().waitFor();
        }
    }

    @Test
    void replacesAFileThatAKilledDaemonLeftBehind() throws Exception {
        LockHolder.start(home).destroyForcibly().waitFor();
        assertThat(home.pidFile()).exists();

        assertThat(PidFile.runningPid(home)).isEmpty();
        try (PidFile _ = PidFile.acquire(home)) {
            assertThat(home.pidFile()).hasContent(ProcessHandle.current().pid() + "\n");
        }
    }

    @Test
    void takesNoForeignPidForADaemon() throws IOException {
        Files.createDirectories(home.run());
        Files.writeString(home.pidFile(), "1\n");

        assertThat(PidFile.runningPid(home)).isEmpty();
    }
}

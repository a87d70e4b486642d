package io.meshd.daemon.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Holds the lock of a home as a daemon does, in a process of its own. */
public final class LockHolder {
    private LockHolder() {}

    /** A process that holds the lock until it is killed. */
    public static Process start(Home home) throws IOException {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-Xmx32m", "-cp", System.getProperty("java.class.path"),
                LockHolder.class.getName(), String.valueOf(home.directory())).redirectErrorStream(true).start();
        assertThat(process.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("locked");
        return process;
    }

    /** What that process runs. */
    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws Exception {
        try (PidFile _ = PidFile.acquire(Home.at(Path.of(arguments[0])))) {
            System.out.println("locked");
            Thread.currentThread().join();
        }
    }
}

package io.meshd.daemon.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs programs of the system and keeps what they print. */
public final class Commands {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Commands() {}

    /**
     * What a program did.
     *
     * @param status its exit status
     */
    public record Result(List<String> command, int status, String out, String err) {
        /** This result, or an error that shows all of it when the status is not 0. */
        public Result orThrow() {
            if (status != 0) {
                throw new IllegalStateException(this.toString());
            }
            return this;
        }

        @Override
        public String toString() {
            return String.join(" ", command) + " -> " + status + "\n" + out + err;
        }
    }

    /** Runs a program to its end, at most a minute. */
    public static Result run(List<String> command) {
        return run(command, PATIENCE);
    }

    /** Runs a program to its end; one that takes longer is killed and reported as status 124. */
    public static Result run(List<String> command, Duration patience) {
        try {
            // Files instead of pipes: a daemon left behind by the program cannot hold the reader up.
            Path out = Files.createTempFile("meshd-lab", ".out");
            Path err = Files.createTempFile("meshd-lab", ".err");
            try {
                Process process = new ProcessBuilder(command)
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
                boolean ended = process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
                if (!ended) {
                    process.destroyForcibly().waitFor();
                }
                return new Result(List.copyOf(command), ended ? process.exitValue() : 124,
                        Files.readString(out, StandardCharsets.UTF_8), Files.readString(err, StandardCharsets.UTF_8));
            } finally {
                Files.delete(out);
                Files.delete(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run " + String.join(" ", command), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while running " + String.join(" ", command), e);
        }
    }
}

package io.meshd.daemon.lab;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * One thread of another process that stands still while the others go on, as after a defect: by ptrace(2), so it belongs
 * to the thread that stopped it.
 */
public final class StoppedThread implements AutoCloseable {
    private static final int PTRACE_SEIZE = 0x4206;
    private static final int PTRACE_INTERRUPT = 0x4207;
    private static final int PTRACE_DETACH = 17;

    private final int thread;

    private StoppedThread(int thread) {
        this.thread = thread;
    }

    private static final class Libc {
        static {
            Native.register(Libc.class, NativeLibrary.getProcess());
        }

        static native long ptrace(long request, int pid, long address, long data);
    }

    /** Stops the thread of this name. */
    public static StoppedThread of(long pid, String name) throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            for (Path each : threads.toList()) {
                if (Files.readString(each.resolve("comm")).strip().equals(name)) {
                    StoppedThread stopped = new StoppedThread(Integer.parseInt(each.getFileName().toString()));
                    stopped.request(PTRACE_SEIZE);
                    stopped.request(PTRACE_INTERRUPT);
                    return stopped;
                }
            }
        }
        throw new IOException("process " + pid + " has no thread " + name);
    }

    private void request(int request) throws IOException {
        if (Libc.ptrace(request, thread, 0, 0) < 0) {
            throw new IOException("ptrace " + List.of(request, thread) + ": errno " + Native.getLastError());
        }
    }

    /** Lets it go on. */
    @Override
    public void close() throws IOException {
        request(PTRACE_DETACH);
    }
}

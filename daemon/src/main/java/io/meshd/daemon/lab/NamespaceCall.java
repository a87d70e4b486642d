package io.meshd.daemon.lab;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Code that runs in a network namespace: sockets that it opens stay there, whichever thread uses them later. */
final class NamespaceCall {
    private static final Path NAMESPACES = Path.of("/run/netns");
    private static final int O_RDONLY_CLOEXEC = 0x80000;
    private static final int CLONE_NEWNET = 0x40000000;

    private NamespaceCall() {}

    /** The system calls (setns(2)). */
    private static final class Calls {
        static {
            Native.register(Calls.class, NativeLibrary.getProcess());
        }

        private Calls() {}

        static native int open(String path, int flags);

        static native int setns(int descriptor, int type);

        static native int close(int descriptor);
    }

    /** What the code gives, run inside. */
    static <T> T in(String namespace, Callable<T> code) throws IOException {
        FutureTask<T> task = new FutureTask<>(() -> {
            int descriptor = Calls.open(NAMESPACES.resolve(namespace).toString(), O_RDONLY_CLOEXEC);
            int status = Calls.setns(descriptor, CLONE_NEWNET);
            Calls.close(descriptor);
            if (status != 0) {
                throw new IOException("cannot enter the namespace " + namespace);
            }
            return code.call();
        });
        // The thread ends with its task: the namespace must not stick to one that others use.
        Thread.ofPlatform().daemon().start(task);
        try {
            return task.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException known ? known : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}

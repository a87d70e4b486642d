package io.meshd.netio;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A network namespace for a test; removed by closing, and by the next test run if this JVM dies. */
final class Namespace implements AutoCloseable {
    private static final String PREFIX = "meshd-it-netio-";
    private static final int CLONE_NEWNET = 0x40000000;

    private final String name;

    private Namespace(String name) {
        this.name = name;
    }

    private static final class Setns {
        static {
            Native.register(Setns.class, NativeLibrary.getProcess());
        }

        static native int setns(int fd, int type);
    }

    /** Numbers namespaces of this JVM; a factory belongs to one test class. */
    static final class Factory implements AutoCloseable {
        private final AtomicInteger next = new AtomicInteger();
        private final List<Namespace> created = new ArrayList<>();
        private final String label;

        Factory(String label) {
            this.label = label;
        }

        /** Creates one with its loopback up. */
        Namespace create() throws IOException {
            removeLeftOver();
            String name = PREFIX + ProcessHandle.current().pid() + "-" + label + next.incrementAndGet();
            command("ip", "netns", "add", name);
            Namespace namespace = new Namespace(name);
            created.add(namespace);
            namespace.ip("link set lo up");
            return namespace;
        }

        /** Two namespaces joined by interfaces veth0 with 10.0.0.1 and .2, fd00::1 and ::2. */
        List<Namespace> createPair() throws IOException {
            Namespace a = create();
            Namespace b = create();
            a.ip("link add veth0 type veth peer name veth0 netns " + b.name);
            for (Namespace each : List.of(a, b)) {
                int last = each == a ? 1 : 2;
                each.ip("addr add 10.0.0." + last + "/24 dev veth0");
                each.ip("addr add fd00::" + last + "/64 dev veth0 nodad");
                each.ip("link set veth0 up");
            }
            // The kernel tells only a moment later that both ends run.
            int looks = 0;
            while (!(a.ip("link show veth0") + b.ip("link show veth0")).matches("(?s).*state UP.*state UP.*")) {
                looks++;
                if (looks == 1000) {
                    throw new IOException("veth0 does not come up");
                }
            }
            return List.of(a, b);
        }

        @Override
        public void close() throws IOException {
            for (Namespace namespace : created) {
                namespace.close();
            }
            created.clear();
        }
    }

    /** Removes namespaces of test JVMs that no longer live. */
    private static void removeLeftOver() throws IOException {
        Path directory = Path.of("/run/netns");
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path entry : entries.toList()) {
                String left = entry.getFileName().toString();
                if (left.startsWith(PREFIX)) {
                    long pid = Long.parseLong(left.substring(PREFIX.length()).replaceFirst("-.*", ""));
                    if (ProcessHandle.of(pid).isEmpty()) {
                        command("ip", "netns", "del", left);
                    }
                }
            }
        }
    }

    String name() {
        return name;
    }

    /** Runs ip(8) inside, with words separated by spaces. */
    String ip(String arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("ip", "-n", name));
        command.addAll(Arrays.asList(arguments.split(" ", -1)));
        return command(command.toArray(String[]::new));
    }

    /** The command that runs a command inside. */
    List<String> exec(String... command) {
        List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", name));
        all.addAll(Arrays.asList(command));
        return all;
    }

    /** Runs code on a thread inside; sockets and TUNs that it opens stay inside, whichever thread uses them later. */
    <T> T call(Callable<T> code) throws Exception {
        FutureTask<T> task = new FutureTask<>(() -> {
            int fd = Libc.open("/run/netns/" + name, 0x80000);
            if (Setns.setns(fd, CLONE_NEWNET) != 0) {
                throw new SystemCallException("enter namespace " + name, Errno.last());
            }
            Libc.close(fd);
            return code.call();
        });
        // The thread ends with its task, so the namespace does not stick to a thread that others use.
        Thread.ofPlatform().daemon().start(task);
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        if (Files.exists(Path.of("/run/netns/" + name))) {
            command("ip", "netns", "del", name);
        }
    }

    /** Runs a command; its output, or an exception with the output. */
    static String command(String... words) throws IOException {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            int code = process.waitFor();
            if (code != 0) {
                throw new IOException(String.join(" ", words) + " failed with " + code + ": " + output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        return output;
    }
}

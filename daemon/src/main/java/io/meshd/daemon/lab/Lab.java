package io.meshd.daemon.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A network of hosts in namespaces, all plugged into one switch unless a test wires them otherwise.
 *
 * <p>The switch lives in a namespace of its own, so nothing outside is touched. {@link #close()} ends every program that
 * was started, removes every namespace and every file.
 */
public final class Lab implements AutoCloseable {
    private static final String NETWORK_V4 = "198.18.0.";
    private static final String NETWORK_V6 = "fdaa:18::";

    private final String id = "md" + Long.toString(ProcessHandle.current().pid() % 46_656, 36)
            + Long.toString(System.nanoTime() % 1_296, 36);
    private final Path folder;
    private final Map<String, LabHost> hosts = new LinkedHashMap<>();
    private final List<String> namespaces = new ArrayList<>();
    private volatile boolean kept;

    private Lab(Path folder) {
        this.folder = folder;
    }

    /** Whether this machine allows a lab: root, the tun device, the ip tool. */
    public static boolean possible() {
        return "root".equals(System.getProperty("user.name"))
                && Files.isReadable(Path.of("/dev/net/tun"))
                && Commands.run(List.of("ip", "netns", "list")).status() == 0;
    }

    /** An empty lab with a switch. */
    public static Lab open() {
        try {
            Lab lab = new Lab(Files.createTempDirectory("meshd-lab-"));
            lab.addNamespace(lab.switchNamespace());
            ip("-n", lab.switchNamespace(), "link", "add", "br0", "type", "bridge");
            ip("-n", lab.switchNamespace(), "link", "set", "br0", "up");
            Runtime.getRuntime().addShutdownHook(new Thread(lab::removeNamespaces));
            return lab;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A host of this name, plugged into the switch at 198.18.0.N and fdaa:18::N, N counting from 1. */
    public LabHost host(String name) {
        return hosts.computeIfAbsent(name, n -> {
            int number = hosts.size() + 1;
            LabHost host = new LabHost(n, id + n, folder.resolve(n), NETWORK_V4 + number, NETWORK_V6 + number);
            addNamespace(host.namespace());
            plugIn(host, number);
            return host;
        });
    }

    /** Where files of this lab lie. */
    public Path folder() {
        return folder;
    }

    private String switchNamespace() {
        return id + "sw";
    }

    private void addNamespace(String namespace) {
        ip("netns", "add", namespace);
        namespaces.add(namespace);
        ip("-n", namespace, "link", "set", "lo", "up");
    }

    private void plugIn(LabHost host, int number) {
        String plug = "p" + number;
        ip("-n", host.namespace(), "link", "add", "eth0", "type", "veth", "peer", "name", plug,
                "netns", switchNamespace());
        ip("-n", switchNamespace(), "link", "set", plug, "master", "br0", "up");
        ip("-n", host.namespace(), "addr", "add", host.address() + "/24", "dev", "eth0");
        ip("-n", host.namespace(), "addr", "add", host.address6() + "/64", "dev", "eth0", "nodad");
        ip("-n", host.namespace(), "link", "set", "eth0", "up");
    }

    static Commands.Result ip(String... arguments) {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        return Commands.run(command).orThrow();
    }

    /** Lets {@link #close()} leave everything as it is. */
    public void keep() {
        kept = true;
    }

    private void removeNamespaces() {
        if (kept) {
            return;
        }
        for (String namespace : namespaces) {
            String pids = Commands.run(List.of("ip", "netns", "pids", namespace)).out();
            pids.lines().map(String::strip).filter(pid -> !pid.isEmpty())
                    .forEach(pid -> ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly));
            Commands.run(List.of("ip", "netns", "delete", namespace));
        }
        namespaces.clear();
    }

    @Override
    public void close() {
        if (!kept) {
            hosts.values().forEach(LabHost::stop);
            removeNamespaces();
            deleteFolder();
        }
    }

    private void deleteFolder() {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + folder, e);
        }
    }
}

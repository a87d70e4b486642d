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
 * A network of hosts in namespaces: plugged into one switch, the outside, or behind {@link Router}s.
 *
 * <p>The switch lives in a namespace of its own, so nothing outside is touched. {@link #close()} ends every program that
 * was started, removes every namespace and every file.
 */
public final class Lab implements AutoCloseable {
    /** For benchmarks (RFC 2544): nobody takes them for public ones. */
    private static final String NETWORK_V4 = "198.18.0.";
    private static final String NETWORK_V6 = "fdaa:18::";
    /** All addresses of the laboratory that are valid outside. */
    static final String RANGE_V4 = "198.18.0.0/15";
    static final String RANGE_V6 = "fdaa:18::/32";
    private static final int GATEWAY_NUMBER = 254;
    /** Two digits in base 36: names of hosts follow, and all of it is to stay short. */
    private static final int IDS = 1_296;

    private final String id = claim();
    private final Path folder;
    private final Map<String, LabHost> hosts = new LinkedHashMap<>();
    private final List<String> namespaces = new ArrayList<>();
    private final Switch outside;
    private int routers;
    private boolean kept;
    private boolean closed;

    private Lab(Path folder, String network4) {
        this.folder = folder;
        // Whatever ends this program, SIGKILL excepted, ends its laboratories.
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
        String namespace = switchOf(id);
        this.outside = new Switch(prepared(namespace), "br0", network4, NETWORK_V6, GATEWAY_NUMBER, null);
    }

    /** Takes what the names of all namespaces begin with, by making the switch's: others make laboratories meanwhile. */
    private static String claim() {
        String process = "md" + Long.toString(ProcessHandle.current().pid() % 46_656, 36);
        long from = System.nanoTime();
        String refused = "";
        for (int i = 0; i < IDS; i++) {
            String id = process + Long.toString(Math.floorMod(from + i, IDS), 36);
            Commands.Result made = Commands.run(List.of("ip", "netns", "add", switchOf(id)));
            if (made.status() == 0) {
                return id;
            }
            refused = made.err();
            if (!refused.contains("File exists")) {
                break;
            }
        }
        throw new IllegalStateException("no laboratory can be made: " + refused);
    }

    private static String switchOf(String id) {
        return id + "sw";
    }

    /** Whether this machine allows a lab: root, the tun device, the ip tool. */
    public static boolean possible() {
        return "root".equals(System.getProperty("user.name"))
                && Files.isReadable(Path.of("/dev/net/tun"))
                && Commands.run(List.of("ip", "netns", "list")).status() == 0;
    }

    /** An empty lab with a switch. */
    public static Lab open() {
        return open(NETWORK_V4);
    }

    /** An empty lab with a switch whose IPv4 addresses begin with these three numbers and the point behind them. */
    public static Lab open(String network4) {
        try {
            return new Lab(Files.createTempDirectory("meshd-lab-" + ProcessHandle.current().pid() + "-"), network4);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A host of this name, outside at 198.18.0.N (unless opened otherwise) and fdaa:18::N, N counting from 1. */
    public LabHost host(String name) {
        return host(name, outside);
    }

    LabHost host(String name, Switch network) {
        LabHost known = hosts.get(name);
        if (known != null) {
            return known;
        }
        LabHost host = machine(name);
        host.plugInto(network);
        return host;
    }

    private synchronized LabHost machine(String name) {
        LabHost machine = new LabHost(name, id + name, folder.resolve(name));
        hosts.put(name, machine);
        addNamespace(machine.namespace());
        return machine;
    }

    /** A router of this kind with its wire outside and no IPv6 inside. */
    public Router router(String name, NatKind kind) {
        return router(name, kind, true, Router.V6.NONE);
    }

    /** A router with IPv4 inside or not, and what it does with IPv6. */
    public Router router(String name, NatKind kind, boolean hasV4, Router.V6 v6) {
        return router(name, outside, kind, hasV4, v6);
    }

    Router router(String name, Switch network, NatKind kind, boolean hasV4, Router.V6 v6) {
        int number = ++routers;
        // Addresses that are valid outside, or private ones.
        String prefix4 = (kind.isRouted() ? "198.19." : "192.168.") + number + ".";
        return new Router(this, machine(name), network, network.nextNumber(), prefix4,
                "fdaa:18:" + Integer.toHexString(number) + "::", kind, hasV4, v6);
    }

    /** Lets a namespace pass packets on. */
    static void allowForwarding(String namespace) {
        setting(namespace, "net.ipv4.ip_forward", 1);
        setting(namespace, "net.ipv6.conf.all.forwarding", 1);
        // One that sends back by the wire that a packet came from need not tell the sender of a shorter way.
        setting(namespace, "net.ipv4.conf.all.send_redirects", 0);
        setting(namespace, "net.ipv4.conf.default.send_redirects", 0);
        // What passes a switch is none of the router's business, though a kernel with br_netfilter would make it so.
        settingWhereKnown(namespace, "net.bridge.bridge-nf-call-iptables", 0);
        settingWhereKnown(namespace, "net.bridge.bridge-nf-call-ip6tables", 0);
    }

    private static void settingWhereKnown(String namespace, String name, int value) {
        if (Files.exists(Path.of("/proc/sys", name.replace('.', '/')))) {
            setting(namespace, name, value);
        }
    }

    static void setting(String namespace, String name, int value) {
        Commands.run(List.of("ip", "netns", "exec", namespace, "sh", "-c",
                "echo " + value + " > /proc/sys/" + name.replace('.', '/'))).orThrow();
    }

    /** Where files of this lab lie. */
    public Path folder() {
        return folder;
    }

    private synchronized void addNamespace(String namespace) {
        if (closed) {
            throw new IllegalStateException("the laboratory is closed");
        }
        ip("netns", "add", namespace);
        prepared(namespace);
    }

    private synchronized String prepared(String namespace) {
        namespaces.add(namespace);
        ip("-n", namespace, "link", "set", "lo", "up");
        // Nobody else has these addresses; without that, IPv6 would take a second to begin.
        setting(namespace, "net.ipv6.conf.default.accept_dad", 0);
        return namespace;
    }

    static Commands.Result ip(String... arguments) {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        return Commands.run(command).orThrow();
    }

    /** Lets {@link #close()} leave everything as it is. */
    public synchronized void keep() {
        kept = true;
    }

    /** Whether it is over, or about to be. */
    public synchronized boolean isClosed() {
        return closed;
    }

    /** The namespaces, the switch's first. */
    public synchronized List<String> namespaces() {
        return List.copyOf(namespaces);
    }

    @Override
    public synchronized void close() {
        if (kept || closed) {
            return;
        }
        closed = true;
        hosts.values().forEach(LabHost::stop);
        removeNamespaces();
        deleteFolder();
    }

    private void removeNamespaces() {
        for (String namespace : namespaces) {
            String pids = Commands.run(List.of("ip", "netns", "pids", namespace)).out();
            pids.lines().map(String::strip).filter(pid -> !pid.isEmpty())
                    .forEach(pid -> ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly));
            Commands.run(List.of("ip", "netns", "delete", namespace));
        }
        namespaces.clear();
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

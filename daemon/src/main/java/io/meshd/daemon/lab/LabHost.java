package io.meshd.daemon.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** One host of a {@link Lab}: a namespace with an address, a home folder, and programs that run in it. */
public final class LabHost {
    /** Second addresses are so much above the first ones. */
    private static final int SECOND_FROM = 100;

    private final String name;
    private final String namespace;
    private final Path home;
    private final Interference interference;
    private int number;
    private String address = "";
    private String address6 = "";
    private @Nullable Switch network;
    /** Started by one thread, ended perhaps by another. */
    private final List<Process> programs = new CopyOnWriteArrayList<>();

    LabHost(String name, String namespace, Path home) {
        this.name = name;
        this.namespace = namespace;
        this.home = home;
        this.interference = new Interference("eth0", false, this::nft);
        try {
            Files.createDirectories(home);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String name() {
        return name;
    }

    public String namespace() {
        return namespace;
    }

    /** The folder that is {@code --home} of this host's daemon. */
    public Path home() {
        return home;
    }

    /** The host's IPv4 address, where there is one. */
    public String address() {
        return address;
    }

    /** The host's IPv6 address, where there is one. */
    public String address6() {
        return address6;
    }

    /** Pulls the plug and plugs the host in behind a router, where it gets new addresses. */
    public void moveTo(Router router) {
        plugInto(router.inside());
    }

    void plugInto(Switch newNetwork) {
        if (network != null) {
            Lab.ip("-n", namespace, "link", "delete", "eth0");
        }
        number = newNetwork.nextNumber();
        newNetwork.plug(namespace, "eth0", number);
        network = newNetwork;
        address = newNetwork.v4(number);
        address6 = newNetwork.v6(number);
        routeOut(newNetwork);
    }

    /** Leads to what is not on the own switch: for those outside the ranges of the laboratory, for others everything. */
    void routeOut(Switch from) {
        if (from.hasV4()) {
            Lab.ip("-n", namespace, "route", "add", from.isOutside() ? Lab.RANGE_V4 : "default", "via",
                    from.gateway4());
        }
        if (from.hasV6()) {
            Lab.ip("-n", namespace, "-6", "route", "add", from.isOutside() ? Lab.RANGE_V6 : "default", "via",
                    from.gateway6());
        }
    }

    /** What goes wrong at this host's own interface. */
    public Interference interference() {
        return interference;
    }

    /** Has a second IPv4 address on its switch, as servers that tell kinds of NAT need; tells it. */
    public String secondAddress() {
        String second = address.substring(0, address.lastIndexOf('.') + 1) + (SECOND_FROM + number);
        run("ip", "addr", "add", second + "/24", "dev", "eth0").orThrow();
        return second;
    }

    /** Gets another IPv4 address in its network, as from a new lease, and loses the one that it had. */
    public void renumber() {
        Switch here = Objects.requireNonNull(network, "plugged in nowhere");
        String before = address;
        number = here.nextNumber();
        address = here.v4(number);
        // Without an address the interface has no routes either.
        run("sh", "-c", "ip addr del %s/24 dev eth0 && ip addr add %s/24 dev eth0 && ip route replace %s via %s"
                .formatted(before, address, here.isOutside() ? Lab.RANGE_V4 : "default", here.gateway4())).orThrow();
    }

    /** Takes a family of addresses from the interface. */
    public void withdraw(boolean v6) {
        run("ip", v6 ? "-6" : "-4", "addr", "flush", "dev", "eth0", "scope", "global").orThrow();
    }

    /** Loads nftables rules in the namespace. */
    void nft(String ruleset) {
        try {
            Path file = Files.writeString(home.resolve("rules.nft"), ruleset);
            run("nft", "-f", file.toString()).orThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void setting(String setting, int value) {
        Lab.setting(namespace, setting, value);
    }

    /** Runs a program in the host's namespace to its end. */
    public Commands.Result run(String... command) {
        return Commands.run(inNamespace(List.of(command)));
    }

    /** Runs a program in the host's namespace to its end, at most this long. */
    public Commands.Result run(Duration patience, String... command) {
        return Commands.run(inNamespace(List.of(command)), patience);
    }

    /** Starts a program that runs on; what it prints goes to {@code LOG} in the host's home. */
    public Process start(String log, String... command) {
        return start(log, Map.of(), command);
    }

    /** Starts a program with more environment variables. */
    public Process start(String log, Map<String, String> environment, String... command) {
        try {
            ProcessBuilder builder = new ProcessBuilder(inNamespace(List.of(command)))
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(home.resolve(log).toFile()));
            builder.environment().putAll(environment);
            Process process = builder.start();
            programs.add(process);
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + String.join(" ", command), e);
        }
    }

    /** What was printed to a log so far. */
    public String log(String log) {
        try {
            Path file = home.resolve(log);
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for a condition on the outside world, asking every 50 ms. False when it did not come true in time. */
    public static boolean await(Duration patience, BooleanSupplier condition) {
        long end = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            try {
                TimeUnit.MILLISECONDS.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    private List<String> inNamespace(List<String> command) {
        List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        whole.addAll(command);
        return whole;
    }

    void stop() {
        for (Process process : programs) {
            process.destroy();
        }
        for (Process process : programs) {
            try {
                if (!process.waitFor(5, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                process.destroyForcibly();
            }
        }
    }
}

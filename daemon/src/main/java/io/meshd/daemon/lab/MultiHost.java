package io.meshd.daemon.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The network of {@code docs/examples/multi-host}: relay with a public address, alpha behind a router that maps its port,
 * beta and gamma each behind a NAT that lets in only answers, and no UDP between the routers of gamma and alpha.
 *
 * <p>Which gives every class of path: alpha and beta reach each other directly, gamma and beta after signalling, gamma
 * and alpha through relay.
 */
public final class MultiHost {
    /** What the outside addresses begin with. Nobody would map a port at one that is reserved for documentation. */
    public static final String OUTSIDE = "11.22.33.";

    /** Stands in the examples for the address of relay. */
    static final String RELAY_ADDRESS = "198.51.100.10";
    private static final int PORT = 51_821;

    private final Router routerOfAlpha;
    private final Router routerOfBeta;
    private final MeshdHost alpha;
    private final MeshdHost beta;
    private final MeshdHost gamma;
    private final MeshdHost relay;
    private final List<Router> routers;
    private final boolean mapsByItself;

    /**
     * Builds the network; nothing is set up on the hosts.
     *
     * @param lab          opened with {@link #OUTSIDE}
     * @param mapsByItself whether alpha's router runs miniupnpd; else a port of it is forwarded by hand
     */
    public MultiHost(Lab lab, boolean mapsByItself) {
        this.mapsByItself = mapsByItself;
        relay = new MeshdHost(lab.host("relay"));
        routerOfAlpha = lab.router("ra", NatKind.MASQUERADE);
        routerOfBeta = lab.router("rb", NatKind.PORT_RESTRICTED);
        Router routerOfGamma = lab.router("rg", NatKind.PORT_RESTRICTED);
        routers = List.of(routerOfAlpha, routerOfBeta, routerOfGamma);
        alpha = new MeshdHost(routerOfAlpha.host("alpha"));
        beta = new MeshdHost(routerOfBeta.host("beta"));
        gamma = new MeshdHost(routerOfGamma.host("gamma"));
        routerOfGamma.interference().blockUdp(routerOfAlpha.address());
        if (mapsByItself) {
            routerOfAlpha.miniupnpd("enable_natpmp=yes\nenable_upnp=yes").start();
        } else {
            routerOfAlpha.forward(PORT, alpha.host(), PORT);
        }
    }

    public MeshdHost alpha() {
        return alpha;
    }

    public MeshdHost beta() {
        return beta;
    }

    public MeshdHost gamma() {
        return gamma;
    }

    public MeshdHost relay() {
        return relay;
    }

    /** All four, relay last. */
    public List<MeshdHost> hosts() {
        return List.of(alpha, beta, gamma, relay);
    }

    /** The routers of alpha, beta and gamma. */
    public List<Router> routers() {
        return routers;
    }

    /** Where alpha's router lets others in. */
    public String mappedEndpoint() {
        return routerOfAlpha.address() + ":" + PORT;
    }

    /** The prefix that a host of the examples owns. */
    public static String prefix(MeshdHost host) {
        return "10.42." + switch (host.name()) {
            case "alpha" -> 0;
            case "beta" -> 1;
            case "gamma" -> 2;
            case "relay" -> 254;
            default -> throw new IllegalArgumentException("no host of the examples: " + host.name());
        } + ".0/24";
    }

    /** The overlay address of a host of the examples. */
    public static String address(MeshdHost host) {
        return prefix(host).replace(".0/24", ".1");
    }

    /** Drops what the routers of alpha and beta send each other, without a word. */
    public void cutDirectPath() {
        routerOfAlpha.interference().blockUdp(routerOfBeta.address());
    }

    /** Lets it pass again. */
    public void restoreDirectPath() {
        routerOfAlpha.interference().end();
    }

    /** Installs the example's configuration on each host, makes an identity there, and has all trust each other. */
    public void enrol() {
        Map<MeshdHost, String> keys = new ConcurrentHashMap<>();
        together(hosts(), host -> {
            host.install(example(host.name()).replace(RELAY_ADDRESS, relay.host().address()));
            host.meshd("identity", "init").orThrow();
            keys.put(host, host.publicKeyLine());
        });
        together(hosts(), host -> hosts().stream().filter(other -> other != host)
                .forEach(other -> host.meshd(trust(Objects.requireNonNull(keys.get(other)), other)).orThrow()));
    }

    private String[] trust(String key, MeshdHost other) {
        List<String> words = new ArrayList<>(List.of("trust", key, "--prefix", prefix(other)));
        if (other == relay) {
            words.add("--relay");
        }
        if (other == alpha && !mapsByItself) {
            words.addAll(List.of("--seed", mappedEndpoint()));
        }
        return words.toArray(String[]::new);
    }

    /** The configuration of a host as the examples have it. */
    static String example(String host) {
        try (InputStream file = MultiHost.class.getResourceAsStream("/examples/multi-host/" + host + "/meshd.toml")) {
            if (file == null) {
                throw new IllegalStateException("the build has no example for " + host);
            }
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts the daemons: relay's first, then the others' at once. */
    public void up(Consumer<MeshdHost> isUp) {
        Stream.of(List.of(relay), List.of(alpha, beta, gamma)).forEach(some -> together(some, host -> {
            host.up();
            isUp.accept(host);
        }));
    }

    /** Does something on several hosts at once, and ends when it is done on all. */
    public static void together(List<MeshdHost> some, Consumer<MeshdHost> task) {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> tasks = new ArrayList<>();
            some.forEach(host -> tasks.add(threads.submit(() -> task.accept(host))));
            for (Future<?> each : tasks) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IllegalStateException known ? known : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}

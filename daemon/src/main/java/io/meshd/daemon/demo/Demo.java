package io.meshd.daemon.demo;

import static io.meshd.daemon.lab.LabHost.await;

import io.meshd.daemon.lab.Commands;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.MeshdHost;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Four hosts become one private network before the operator's eyes.
 *
 * <p>Everything is real: namespaces, TUN devices, sockets, and the very program, driven through its command line. Each
 * step says what it did and what came out; a step that fails makes the whole demo fail.
 */
public final class Demo {
    private static final List<String> NAMES = List.of("alpha", "beta", "gamma", "relay");
    private static final Duration MESH_FORMS_WITHIN = Duration.ofSeconds(15);
    private static final Duration DEATH_SEEN_WITHIN = Duration.ofSeconds(15);
    private static final Pattern RTT = Pattern.compile("time=([0-9.]+) ms");
    private static final Pattern BITRATE = Pattern.compile("([0-9.]+ [KMG]bits/sec).*receiver");

    private final PrintStream out;
    private final Lab lab;
    private final List<MeshdHost> hosts = new ArrayList<>();
    private int step;
    private boolean failed;

    private Demo(PrintStream out, Lab lab) {
        this.out = out;
        this.lab = lab;
    }

    /**
     * Runs the demo.
     *
     * @param keep whether the mesh stays up afterwards, for exploring
     * @return 0 when everything that it showed worked, else 1
     */
    public static int run(PrintStream out, boolean keep) {
        if (!Lab.possible()) {
            out.println("meshd demo needs root, /dev/net/tun and network namespaces: sudo ./meshd demo");
            return 1;
        }
        Lab lab = Lab.open();
        Demo demo = new Demo(out, lab);
        try {
            demo.show();
            if (keep) {
                demo.explainKeeping();
                lab.keep();
            } else {
                demo.leave();
            }
        } catch (IllegalStateException e) {
            out.println("  FAILED  " + e.getMessage());
            demo.failed = true;
        } finally {
            lab.close();
        }
        out.println();
        out.println(demo.failed ? "Something above did not work." : "Everything above worked.");
        return demo.failed ? 1 : 0;
    }

    private void show() {
        makeHosts();
        startDaemons();
        meshForms();
        trafficFlows();
        transfer();
        hostDiesAndReturns();
    }

    private void heading(String title) {
        out.println();
        out.println(++step + ". " + title);
    }

    private void say(String text) {
        text.lines().forEach(line -> out.println("   " + line));
    }

    private void check(boolean worked, String what) {
        failed |= !worked;
        say((worked ? "ok      " : "FAILED  ") + what);
    }

    private void makeHosts() {
        heading("Four hosts, each in a network namespace of its own; each makes an identity and trusts the other three");
        for (String name : NAMES) {
            hosts.add(new MeshdHost(lab.host(name), ""));
        }
        MeshdHost.trustEachOther(hosts);
        for (MeshdHost host : hosts) {
            say("%-6s %-12s %s".formatted(host.name(), host.host().address(), host.publicKeyLine()));
        }
    }

    private void startDaemons() {
        heading("meshd up on each; all know one address only: relay's");
        MeshdHost relay = hosts.getLast();
        startDaemon(relay);
        for (MeshdHost host : hosts) {
            if (host != relay) {
                startDaemon(host, "--seed", relay.seed());
            }
        }
    }

    private void startDaemon(MeshdHost host, String... options) {
        long started = System.nanoTime();
        host.up(options);
        say("%-6s up after %s, %s".formatted(host.name(), seconds(started), host.overlay(false)));
    }

    private void meshForms() {
        heading("The mesh forms by gossip: everybody finds everybody");
        long started = System.nanoTime();
        boolean formed = await(MESH_FORMS_WITHIN, () -> hosts.stream()
                .allMatch(one -> hosts.stream().allMatch(other -> one == other || one.stateOf(other).equals("alive"))));
        check(formed, "all four see the other three alive after " + seconds(started));
        say("");
        say("alpha$ meshd peers");
        say(hosts.getFirst().meshd("peers").orThrow().out());
    }

    private void trafficFlows() {
        heading("Traffic flows between every pair, IPv4 and IPv6 (the system's ping)");
        for (MeshdHost from : hosts) {
            StringBuilder line = new StringBuilder("%-6s".formatted(from.name()));
            boolean all = true;
            for (MeshdHost to : hosts) {
                if (from != to) {
                    String v4 = rtt(from, to.overlay(false));
                    String v6 = rtt(from, to.overlay(true));
                    all &= !v4.equals("lost") && !v6.equals("lost");
                    line.append("  -> %-6s %6s %6s".formatted(to.name(), v4, v6));
                }
            }
            check(all, line + "  ms");
        }
    }

    private static String rtt(MeshdHost from, String address) {
        from.pings(address);
        Commands.Result ping = from.host().run("ping", "-n", "-c", "1", "-W", "2", address);
        Matcher time = RTT.matcher(ping.out());
        return time.find() ? time.group(1) : "lost";
    }

    private void transfer() {
        heading("A large transfer from beta to alpha through the tunnel (iperf3, 3 s)");
        MeshdHost alpha = hosts.get(0);
        MeshdHost beta = hosts.get(1);
        alpha.host().start("iperf3.log", "iperf3", "-s", "-1");
        await(Duration.ofSeconds(3), () -> alpha.host().run("ss", "-tln").out().contains(":5201"));
        Commands.Result result = beta.host().run("iperf3", "-c", alpha.overlay(false), "-t", "3");
        Matcher bitrate = BITRATE.matcher(result.out());
        boolean flowed = result.status() == 0 && bitrate.find();
        check(flowed, flowed ? bitrate.group(1) : result.out() + result.err());
    }

    private void hostDiesAndReturns() {
        MeshdHost gamma = hosts.get(2);
        List<MeshdHost> others = hosts.stream().filter(host -> host != gamma).toList();
        heading("gamma is killed (kill -9); the others notice, without a server to ask");
        long killed = System.nanoTime();
        gamma.kill9();
        boolean gone = await(DEATH_SEEN_WITHIN, () -> others.stream().noneMatch(o -> o.stateOf(gamma).equals("alive")));
        check(gone, "no longer alive at all others after " + seconds(killed));

        heading("gamma starts again: stale interface, socket and pid file are no obstacle");
        long restarted = System.nanoTime();
        gamma.up("--seed", hosts.getLast().seed());
        boolean back = await(MESH_FORMS_WITHIN, () -> others.stream().allMatch(o -> o.stateOf(gamma).equals("alive")));
        check(back, "alive at all others after " + seconds(restarted));
        check(await(Duration.ofSeconds(5), () -> others.getFirst().pings(gamma.overlay(false))), "and alpha pings it");
    }

    private void leave() {
        heading("meshd down on each: said goodbye, interface and routes removed");
        for (MeshdHost host : hosts) {
            Commands.Result down = host.meshd("down");
            boolean clean = down.status() == 0 && host.host().run("ip", "link", "show", "mesh0").status() != 0;
            check(clean, host.name());
        }
    }

    private void explainKeeping() {
        heading("Left up for exploring");
        for (MeshdHost host : hosts) {
            say("ip netns exec %s ./meshd --home %s status".formatted(host.host().namespace(), host.host().home()));
        }
        say("Remove all of it: for n in "
                + hosts.stream().map(h -> h.host().namespace()).reduce("", (a, b) -> a + " " + b)
                + "; do ip netns pids $n | xargs -r kill; ip netns delete $n; done");
    }

    private static String seconds(long sinceNanos) {
        return String.format(Locale.ROOT, "%.1f s", (System.nanoTime() - sinceNanos) / 1e9);
    }
}

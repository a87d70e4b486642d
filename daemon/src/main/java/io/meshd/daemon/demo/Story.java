package io.meshd.daemon.demo;

import static io.meshd.daemon.lab.LabHost.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.control.PathClass;
import io.meshd.daemon.lab.Commands;
import io.meshd.daemon.lab.Flow;
import io.meshd.daemon.lab.MeshdHost;
import io.meshd.daemon.lab.MultiHost;
import io.meshd.daemon.lab.Router;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The steps of the demo, and how each went. */
final class Story {
    private static final Duration PATHS_FOUND_WITHIN = Duration.ofSeconds(20);
    private static final Duration MAPPED_WITHIN = Duration.ofSeconds(15);
    private static final Duration BACK_WITHIN = Duration.ofSeconds(15);
    private static final Duration FLOWS_WITHIN = Duration.ofSeconds(10);
    /** The goal is one second; a machine that is busy with something else may take twice as long. */
    private static final double GAP_MS = 2_000;
    /** Each of the four sends to each of the other three. */
    private static final int PREFIXES_SEEN = 12;
    /** Of the packets between others while a path is cut, on a busy machine. */
    private static final int LOST_ELSEWHERE = 4;
    private static final Set<PathClass> STRAIGHT = Set.of(PathClass.DIRECT, PathClass.SIGNALING_THEN_DIRECT);
    private static final Pattern BITRATE = Pattern.compile("([0-9.]+ [KMG]bits/sec).*receiver");

    private final Screen screen;
    private final MultiHost network;
    private final boolean mapsByItself;
    private final Link direct;
    private final Link punched;
    private final Link relayed;
    private final List<Link> links;
    private final Watch watch;
    private final List<String> summary = new ArrayList<>();
    private Set<String> prefixes = Set.of();
    private int step;

    Story(Screen screen, MultiHost network, boolean mapsByItself) {
        this.screen = screen;
        this.network = network;
        this.mapsByItself = mapsByItself;
        this.direct = new Link(network.beta(), network.alpha(), PathClass.DIRECT);
        this.punched = new Link(network.gamma(), network.beta(), PathClass.SIGNALING_THEN_DIRECT);
        this.relayed = new Link(network.gamma(), network.alpha(), PathClass.RELAY);
        this.links = List.of(direct, punched, relayed);
        this.watch = new Watch(screen, network.hosts(), links);
    }

    MultiHost network() {
        return network;
    }

    /** One line for each step so far. */
    List<String> summary() {
        return List.copyOf(summary);
    }

    /** Plays all steps; says whether each worked. */
    boolean play() {
        picture();
        boolean worked = enrol();
        worked &= start();
        worked &= firstContact();
        worked &= transfer();
        worked &= cut();
        worked &= restore();
        worked &= restart();
        worked &= bookkeeping();
        links.forEach(link -> link.flow().close());
        return worked;
    }

    private void begin(String title, String... expected) {
        screen.heading(++step + ". " + title);
        for (String line : expected) {
            screen.say(screen.paint(Screen.Ink.FAINT, line));
        }
        watch.begin();
    }

    /** Ends a step. */
    private boolean end(boolean worked, String what, String seen) {
        screen.settle();
        screen.verdict(worked, seen);
        summary.add((worked ? screen.paint(Screen.Ink.GOOD, "ok    ") : screen.paint(Screen.Ink.BAD, "FAILED"))
                + "  %-35s  %s".formatted(what, seen));
        return worked;
    }

    private static String seconds(double seconds) {
        return String.format(Locale.ROOT, "%.1f s", seconds);
    }

    private String at() {
        return String.format(Locale.ROOT, "+%5.2f s  ", watch.seconds());
    }

    private void picture() {
        List<String> outside = network.routers().stream().map(Router::address).toList();
        List<String> inside = List.of(network.alpha().host().address(), network.beta().host().address(),
                network.gamma().host().address());
        screen.print("");
        screen.print(screen.paint(Screen.Ink.STRONG, "Four hosts in four places, all of them on this machine"));
        screen.say("""

                                         relay %s
                                              |
                 -------------+---------------+-----------+-----------------------+---------
                              |                           |                       |
                     router %-15s      router %-15s  router %-15s
                     %-22s      NAT                     NAT
                              |                           |                       |
                     alpha %-15s       beta %-15s    gamma %-15s

                alpha owns 10.42.0.0/24, beta 10.42.1.0/24, gamma 10.42.2.0/24, relay 10.42.254.0/24.
                The NATs let in only answers. Between gamma's and alpha's routers no UDP passes.
                """.formatted(network.relay().host().address(), outside.get(0), outside.get(1), outside.get(2),
                mapsByItself ? "maps ports when asked" : "one port is forwarded", inside.get(0), inside.get(1),
                inside.get(2)));
    }

    private boolean enrol() {
        begin("Each host makes a key and trusts the other three, as with ssh", "alpha$ meshd identity init",
                "alpha$ meshd trust 'ssh-ed25519 AAAAC3... beta' --prefix 10.42.1.0/24",
                "alpha$ meshd trust 'ssh-ed25519 AAAAC3... relay' --prefix 10.42.254.0/24 --relay");
        network.enrol();
        for (MeshdHost host : network.hosts()) {
            screen.say("%-6s %s".formatted(host.name(), host.meshd("identity", "fingerprint").orThrow().out()));
        }
        return end(true, "four hosts that trust each other", "after " + seconds(watch.seconds()));
    }

    private boolean start() {
        begin("meshd up on each. All know one address only, relay's",
                "Expected: alpha's router maps the port, and a peer confirms that it really does.");
        network.up(host -> screen.say(at() + host.name() + " is ready"));
        watch.look();
        links.forEach(Link::startFlow);
        return end(true, "daemons ready", "after " + seconds(watch.seconds()));
    }

    private boolean firstContact() {
        begin("First contact, with " + Flow.PER_SECOND + " packets a second in each pair from now on",
                "Expected: alpha and beta directly, gamma and beta after signalling, gamma and alpha by relay.",
                "A relay, where there is one, carries the first packets until the straight path is found.");
        boolean settled = watch.until(PATHS_FOUND_WITHIN, () -> watch.allFlow() && isUsual());
        double found = watch.seconds();
        watch.during(Duration.ofSeconds(2));
        prefixes = watch.prefixes();
        boolean stays = isUsual();
        double first = links.stream().mapToDouble(link -> watch.stretch(link).longestGapMs()).max().orElseThrow();
        boolean worked = end(settled && stays, "three pairs, three classes of path",
                "after " + seconds(found) + ", first replies within " + seconds(first / 1_000));
        boolean mapped = mapping();
        return worked && mapped;
    }

    /** A router's word is no proof, so this takes a knock of a peer. */
    private boolean mapping() {
        if (!mapsByItself) {
            return true;
        }
        boolean mapped = await(MAPPED_WITHIN, () -> {
            JsonNode status = network.alpha().json("status");
            return status.get("nat").get("port_mapped").asBoolean()
                    && status.get("public_endpoints").toString().contains(network.mappedEndpoint());
        });
        return end(mapped, "alpha's port mapped and confirmed", network.mappedEndpoint());
    }

    private boolean isUsual() {
        return isDirect() && isPunched() && watch.isOf(relayed, Set.of(relayed.usual()));
    }

    /** Who hears the other before the signal that made it send may take that for a direct path. */
    private boolean isPunched() {
        return watch.isOf(punched, STRAIGHT) && (watch.isOf(punched.from(), punched.to(), punched.usual())
                || watch.isOf(punched.to(), punched.from(), punched.usual()));
    }

    /** alpha cannot know whether it needed beta's signal, unless a peer has tried the port that its router maps. */
    private boolean isDirect() {
        return watch.isOf(direct, STRAIGHT) && watch.isOf(direct.from(), direct.to(), PathClass.DIRECT)
                && (!mapsByItself || watch.isOf(direct.to(), direct.from(), PathClass.DIRECT));
    }

    /** Straight where that is possible: who was there before needs no help to find the way back. */
    private boolean isStraightWherePossible() {
        return watch.isOf(direct, STRAIGHT) && watch.isOf(punched, STRAIGHT)
                && watch.isOf(relayed, Set.of(PathClass.RELAY));
    }

    private boolean transfer() {
        begin("How much goes through: two seconds of TCP each (iperf3)",
                "alpha > beta directly, gamma > alpha by relay, all on the processors of this machine.");
        network.beta().host().start("iperf3.log", "iperf3", "-s");
        network.alpha().host().start("iperf3.log", "iperf3", "-s");
        String straight = bitrate(network.alpha(), network.beta());
        String byRelay = bitrate(network.gamma(), network.alpha());
        boolean worked = !straight.isEmpty() && !byRelay.isEmpty();
        return end(worked, "throughput", straight + " directly, " + byRelay + " by relay");
    }

    private static String bitrate(MeshdHost from, MeshdHost to) {
        await(Duration.ofSeconds(3), () -> to.host().run("ss", "-tln").out().contains(":5201"));
        Commands.Result result = from.host().run("iperf3", "-c", MultiHost.address(to), "-O", "1", "-t", "2");
        Matcher bitrate = BITRATE.matcher(result.out());
        return bitrate.find() ? bitrate.group(1) : "";
    }

    private boolean cut() {
        begin("The direct path of alpha and beta is cut: their routers drop it without a word",
                "Expected: by relay within a second; nobody else notices; prefixes stay.");
        network.cutDirectPath();
        boolean moved = watch.until(FLOWS_WITHIN, () -> watch.isOf(direct, Set.of(PathClass.RELAY)) && watch.allFlow());
        watch.during(Duration.ofSeconds(2));
        Flow.Stretch stretch = watch.stretch(direct);
        boolean worked = moved && stretch.longestGapMs() <= GAP_MS && othersUnharmed() && watch.prefixesStay();
        return end(worked, "direct path cut: by relay", lossText(stretch));
    }

    private boolean othersUnharmed() {
        return watch.stretch(punched).lost() <= LOST_ELSEWHERE && watch.stretch(relayed).lost() <= LOST_ELSEWHERE;
    }

    private static String lossText(Flow.Stretch stretch) {
        return String.format(Locale.ROOT, "lost %d packets, longest gap %.2f s", stretch.lost(),
                stretch.longestGapMs() / 1_000);
    }

    private boolean restore() {
        begin("The path is whole again", "Expected: back on it within ten seconds, without any loss.");
        network.restoreDirectPath();
        boolean back = watch.until(BACK_WITHIN, this::isDirect);
        double found = watch.seconds();
        watch.during(Duration.ofMillis(1_500));
        Flow.Stretch stretch = watch.stretch(direct);
        boolean worked = back && stretch.longestGapMs() <= GAP_MS && watch.prefixesStay();
        return end(worked, "direct path restored: direct again", "after " + seconds(found) + ", " + lossText(stretch));
    }

    private boolean restart() {
        begin("gamma's daemon is killed (kill -9) and starts again",
                "Expected: it remembers where beta was, and reaches both again once it is ready.");
        network.gamma().kill9();
        network.gamma().up();
        screen.say(at() + "gamma is ready again");
        boolean back = watch.until(PATHS_FOUND_WITHIN, () -> watch.allFlow() && isStraightWherePossible());
        double found = watch.seconds();
        watch.during(Duration.ofSeconds(1));
        return end(back && watch.prefixes().equals(prefixes), "gamma killed and started again",
                "ready, and both reached again, after " + seconds(found));
    }

    private boolean bookkeeping() {
        begin("What stayed the same, and what alpha counted");
        JsonNode counters = network.alpha().json("counters");
        long falls = counters.get("fallback_transitions").asLong();
        long climbs = counters.get("upgrade_transitions").asLong();
        boolean whole = prefixes.size() == PREFIXES_SEEN && watch.prefixes().equals(prefixes);
        screen.say("alpha$ meshd routes");
        network.alpha().meshd("routes").orThrow().out().lines().forEach(screen::say);
        return end(whole && falls > 0 && climbs > 0, "prefixes stay, counters tell",
                "12 routes; %d fallbacks, %d upgrades, %d packets by relay".formatted(falls, climbs,
                        counters.get("relay_usage").asLong()));
    }

    /** Ends the daemons as an operator would. */
    boolean leave() {
        begin("meshd down on each", "Expected: goodbye said, interface and routes removed.");
        List<String> unclean = new ArrayList<>();
        MultiHost.together(network.hosts(), host -> {
            boolean clean = host.meshd("down").status() == 0
                    && host.host().run("ip", "link", "show", "mesh0").status() != 0;
            if (!clean) {
                synchronized (unclean) {
                    unclean.add(host.name());
                }
            }
        });
        return end(unclean.isEmpty(), "daemons stopped", unclean.isEmpty()
                ? "nothing left of them after " + seconds(watch.seconds())
                : "left something: " + unclean.stream().collect(Collectors.joining(", ")));
    }
}

package io.meshd.discovery;

import static io.meshd.discovery.Simulation.MILLI;
import static io.meshd.discovery.Simulation.SECOND;

import io.meshd.discovery.Simulation.Node;
import io.meshd.protocol.MemberState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Measures big meshes against the goals; no test, since it takes minutes.
 *
 * <p>{@code java io.meshd.discovery.Measurements crash|few|loss|steady|join|heal|restart|small|kinds|big [size [loss]]}
 */
public final class Measurements {
    private Measurements() {}

    /** Runs one measurement. */
    public static void main(String[] arguments) {
        int size = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 100;
        long began = System.nanoTime();
        switch (arguments[0]) {
            case "crash" -> crash(size, arguments.length > 2 ? Double.parseDouble(arguments[2]) : 0);
            case "few" -> few(size, arguments.length > 2 ? Double.parseDouble(arguments[2]) : 0);
            case "loss" -> loss(size, arguments.length > 2 ? Double.parseDouble(arguments[2]) : 0.1);
            case "steady" -> steady(size);
            case "join" -> join(size);
            case "heal" -> heal(size);
            case "restart" -> restart(size);
            case "small" -> small();
            case "kinds" -> kinds(size);
            case "big" -> big(size);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        System.out.printf(Locale.ROOT, "wall time %.1f s%n", (System.nanoTime() - began) / 1e9);
    }

    private static Simulation whole(long seed, int size) {
        Simulation mesh = new Simulation(seed, size, false);
        mesh.startAll(10 * MILLI);
        long took = mesh.await(60 * SECOND, mesh::isWhole);
        System.out.printf(Locale.ROOT, "N=%d whole %.2f s after the last start; %.1f frames, %.0f bytes a node%n", size,
                took / 1e9, (double) mesh.frames / size, (double) mesh.bytes / size);
        mesh.run(20 * SECOND);
        return mesh;
    }

    private static void crash(int size, double loss) {
        Simulation mesh = whole(1, size);
        mesh.loss = loss;
        mesh.run(30 * SECOND);
        List<Double> last = new ArrayList<>();
        List<Double> back = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Node victim = mesh.nodes.get(mesh.random.nextInt(1, size));
            long from = mesh.nowNanos();
            victim.crash();
            long took = mesh.await(90 * SECOND, () -> mesh.isForgotten(victim));
            last.add(took / 1e9);
            tellRemovals(mesh, from);
            back.add(comeBack(mesh, victim));
            mesh.run(5 * SECOND + mesh.random.nextLong(SECOND));
        }
        tell("crash to removed at all", last);
        tell("back at all", back);
    }

    private static void tellRemovals(Simulation mesh, long sinceNanos) {
        if (!mesh.removals(sinceNanos).isEmpty()) {
            System.out.printf(Locale.ROOT, "others removed: %s%n", mesh.removals(sinceNanos));
        }
    }

    /** One crash in each of many small meshes, since in a small one the moment of the crash counts for much. */
    private static void few(int size, double loss) {
        List<Double> last = new ArrayList<>();
        for (int seed = 0; seed < 500; seed++) {
            Simulation mesh = new Simulation(seed, size, false);
            mesh.checksTables = false;
            mesh.startAll(10 * MILLI);
            mesh.await(10 * SECOND, mesh::isWhole);
            mesh.loss = loss;
            mesh.run(20 * SECOND + 37 * MILLI * (seed % 100));
            Node victim = mesh.nodes.get(seed % size);
            victim.crash();
            last.add(mesh.await(60 * SECOND, () -> mesh.isForgotten(victim)) / 1e9);
        }
        tell("crash to removed at all, N=" + size, last);
    }

    private static double comeBack(Simulation mesh, Node victim) {
        victim.start();
        victim.connect(mesh.nodes.get(victim.place == 1 ? 2 : 1));
        return mesh.await(30 * SECOND, mesh::isWhole) / 1e9;
    }

    private static void tell(String what, List<Double> seconds) {
        List<Double> sorted = seconds.stream().sorted().toList();
        System.out.printf(Locale.ROOT, "%s: p50 %.2f p90 %.2f p99 %.2f max %.2f s, %d times%n", what,
                sorted.get(sorted.size() / 2), sorted.get(sorted.size() * 9 / 10), sorted.get(sorted.size() * 99 / 100),
                sorted.getLast(), sorted.size());
    }

    private static void loss(int size, double loss) {
        Simulation mesh = whole(2, size);
        mesh.loss = loss;
        long from = mesh.nowNanos();
        long frames = mesh.frames;
        long bytes = mesh.bytes;
        int seconds = 3600;
        mesh.run(seconds * SECOND);
        long suspicions = mesh.nodes.stream().flatMap(node -> node.told.stream())
                .filter(told -> told.atNanos() > from && told.event().toString().contains("to=SUSPECT")).count();
        System.out.printf(Locale.ROOT,
                "loss %.2f: in %d s removed %s, suspicions %d, %.2f frames and %.1f bytes a node and second%n", loss,
                seconds, mesh.removals(from), suspicions, (double) (mesh.frames - frames) / size / seconds,
                (double) (mesh.bytes - bytes) / size / seconds);
    }

    private static void steady(int size) {
        Simulation mesh = whole(3, size);
        long frames = mesh.frames;
        long bytes = mesh.bytes;
        long handshakes = mesh.handshakes;
        int seconds = 120;
        mesh.run(seconds * SECOND);
        System.out.printf(Locale.ROOT, "steady: %.3f frames, %.1f bytes, %.3f handshakes a node and second%n",
                (double) (mesh.frames - frames) / size / seconds, (double) (mesh.bytes - bytes) / size / seconds,
                (double) (mesh.handshakes - handshakes) / size / seconds);
    }

    /** Everything in one mesh, since making a big one takes minutes. */
    private static void big(int size) {
        Simulation mesh = whole(7, size);
        long frames = mesh.frames;
        long bytes = mesh.bytes;
        long handshakes = mesh.handshakes;
        mesh.run(30 * SECOND);
        System.out.printf(Locale.ROOT, "steady: %.3f frames, %.1f bytes, %.3f handshakes a node and second%n",
                (mesh.frames - frames) / 30.0 / size, (mesh.bytes - bytes) / 30.0 / size,
                (mesh.handshakes - handshakes) / 30.0 / size);
        List<Double> last = new ArrayList<>();
        List<Double> back = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Node victim = mesh.nodes.get(mesh.random.nextInt(1, size));
            long from = mesh.nowNanos();
            victim.crash();
            last.add(mesh.await(90 * SECOND, () -> mesh.isForgotten(victim)) / 1e9);
            tellRemovals(mesh, from);
            frames = mesh.frames;
            back.add(comeBack(mesh, victim));
            mesh.run(5 * SECOND);
            System.out.printf(Locale.ROOT, "removed %.2f s, back %.2f s, %.1f frames a node beyond the steady ones%n",
                    last.getLast(), back.getLast(),
                    (double) (mesh.frames - frames) / size - (back.getLast() + 5) * 2.1);
        }
        tell("crash to removed at all", last);
        tell("back at all", back);
        List<Node> dying = new ArrayList<>();
        for (int i = 0; i < size / 10; i++) {
            dying.add(mesh.nodes.get(1 + 9 * i));
        }
        long from = mesh.nowNanos();
        dying.forEach(Node::crash);
        long took = mesh.await(120 * SECOND, () -> dying.stream().allMatch(mesh::isForgotten));
        System.out.printf(Locale.ROOT, "a tenth dies at once: removed at all %.2f s (others removed: %s)%n", took / 1e9,
                mesh.removals(from));
        dying.forEach(Node::start);
        took = mesh.await(120 * SECOND, mesh::isWhole);
        System.out.printf(Locale.ROOT, "and comes back by itself: %.2f s%n", took / 1e9);
        mesh.split(size / 2);
        mesh.run(60 * SECOND);
        frames = mesh.frames;
        bytes = mesh.bytes;
        mesh.heal();
        took = mesh.await(120 * SECOND, mesh::isWhole);
        System.out.printf(Locale.ROOT, "split of 60 s healed after %.2f s; %.1f frames, %.0f bytes a node%n",
                took / 1e9, (double) (mesh.frames - frames) / size, (double) (mesh.bytes - bytes) / size);
    }

    /** How many messages of each kind travel in the steady state. */
    private static void kinds(int size) {
        Simulation mesh = whole(3, size);
        Map<String, Integer> kinds = new TreeMap<>();
        mesh.nodes.forEach(node -> node.tap = (_, frame) -> {
            List<SwimMessage> messages = Simulation.messages(frame);
            messages.forEach(message -> kinds.merge(message.getClass().getSimpleName(), 1, Integer::sum));
            kinds.merge("frame of " + messages.size(), 1, Integer::sum);
        });
        mesh.run(100 * SECOND);
        kinds.forEach((kind, count) -> System.out.printf(Locale.ROOT, "%s %.3f a node and second%n", kind,
                (double) count / size / 100));
    }

    private static void join(int size) {
        Simulation mesh = new Simulation(4, size, false);
        Node joiner = mesh.nodes.getLast();
        for (Node node : mesh.nodes) {
            if (node != joiner) {
                node.start();
                if (node.place > 0) {
                    node.connect(mesh.nodes.getFirst());
                }
                mesh.run(10 * MILLI);
            }
        }
        mesh.await(60 * SECOND, mesh::isWhole);
        mesh.run(60 * SECOND);
        for (int i = 0; i < 5; i++) {
            long frames = mesh.frames;
            long bytes = mesh.bytes;
            joiner.start();
            joiner.connect(mesh.nodes.get(i));
            long took = mesh.await(30 * SECOND, mesh::isWhole);
            mesh.run(Math.max(0, 5 * SECOND - took));
            double steady = 5 * 2.1;
            System.out.printf(Locale.ROOT,
                    "join known by all: %.2f s; %.1f frames a node in 5 s, %.1f without the steady ones; %.0f bytes%n",
                    took / 1e9, (double) (mesh.frames - frames) / size,
                    (double) (mesh.frames - frames) / size - steady, (double) (mesh.bytes - bytes) / size);
            joiner.leave();
            long gone = mesh.await(30 * SECOND, () -> mesh.nodes.stream()
                    .allMatch(node -> node == joiner || node.opinion(joiner) == MemberState.LEFT));
            System.out.printf(Locale.ROOT, "left at all: %.2f s%n", gone / 1e9);
            mesh.run(60 * SECOND);
        }
    }

    private static void heal(int size) {
        for (long outageSeconds : new long[]{30, 120, 600}) {
            Simulation mesh = whole(5, size);
            int half = size / 2;
            mesh.split(half);
            mesh.run(outageSeconds * SECOND);
            boolean apart = mesh.nodes.getFirst().opinion(mesh.nodes.getLast()) == MemberState.DEAD;
            long frames = mesh.frames;
            long bytes = mesh.bytes;
            mesh.heal();
            long took = mesh.await(120 * SECOND, mesh::isWhole);
            System.out.printf(Locale.ROOT,
                    "split for %d s (apart: %s), healed after %.2f s; %.1f frames, %.0f bytes a node%n", outageSeconds,
                    apart, took / 1e9, (double) (mesh.frames - frames) / size, (double) (mesh.bytes - bytes) / size);
        }
    }

    private static void restart(int size) {
        Simulation mesh = whole(6, size);
        for (long pauseMillis : new long[]{300, 1000, 20_000}) {
            Node victim = mesh.nodes.get(mesh.random.nextInt(1, size));
            victim.crash();
            mesh.run(pauseMillis * MILLI);
            victim.start();
            victim.connect(mesh.nodes.getFirst());
            long epoch = victim.daemon().record.epoch();
            long took = mesh.await(60 * SECOND, () -> mesh.nodes.stream().allMatch(
                    node -> node == victim || (node.epochOf(victim) == epoch && node.believesIn(victim))));
            System.out.printf(Locale.ROOT, "restart after %d ms: new epoch at all after %.2f s%n", pauseMillis,
                    took / 1e9);
            mesh.run(10 * SECOND);
        }
    }

    private static void small() {
        for (int size : new int[]{2, 3, 4, 5, 8}) {
            List<Double> crashed = new ArrayList<>();
            List<Double> back = new ArrayList<>();
            List<Double> left = new ArrayList<>();
            for (int seed = 0; seed < 30; seed++) {
                Simulation mesh = new Simulation(seed, size, false);
                mesh.startAll(10 * MILLI);
                mesh.await(10 * SECOND, mesh::isWhole);
                mesh.run(20 * SECOND + 37 * MILLI * seed);
                Node victim = mesh.nodes.get(seed % size);
                victim.crash();
                crashed.add(mesh.await(60 * SECOND, () -> mesh.isForgotten(victim)) / 1e9);
                mesh.run(5 * SECOND);
                victim.start();
                victim.connect(mesh.nodes.get((seed + 1) % size));
                back.add(mesh.await(60 * SECOND, mesh::isWhole) / 1e9);
                mesh.run(20 * SECOND);
                victim.leave();
                left.add(mesh.await(60 * SECOND, () -> mesh.nodes.stream()
                        .allMatch(node -> node == victim || node.opinion(victim) == MemberState.LEFT)) / 1e9);
            }
            System.out.printf(Locale.ROOT, "N=%d crash p50 %.2f max %.2f; back p50 %.2f max %.2f; left max %.2f%n",
                    size, median(crashed), Collections.max(crashed), median(back), Collections.max(back),
                    Collections.max(left));
        }
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }
}

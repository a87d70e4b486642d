package io.meshd.nat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import io.meshd.protocol.SearchWord;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** One search for a direct path to one peer, from the question whether to make it to its end. */
final class Search {
    private static final long MILLIS = 1_000_000L;
    private static final long SECONDS = 1_000 * MILLIS;

    /** New flows of this node a second, all that it does meanwhile included: a web page makes some hundreds. */
    static final int FLOWS_A_SECOND = 200;
    static final long TICK_NANOS = 50 * MILLIS;
    /** 180 a second, which leaves some for the gauge and for whatever else the node does. */
    private static final int FLOWS_A_TICK = 9;
    /** Ports that the hard side opens. With half of them the easy side would have to try twice as many. */
    static final int HOLES = 256;
    /** A mapping that was never answered lives 20 s at the least where it is of any use; and what was lost is made good. */
    static final long REPEAT_NANOS = 5 * SECONDS;
    /** Sends from so many ports in a row where the NAT counts: as many mappings of others may come before. */
    static final int AIMED_HOLES = 12;
    static final long REPEAT_AIMED_NANOS = 500 * MILLIS;
    /** A guess is right at once or not at all. */
    static final long AIMED_NANOS = 2 * SECONDS;
    /** The tries of the other side take eight seconds; it hears of the search later, and answers take their time. */
    static final long OPEN_NANOS = 9 * SECONDS + 500 * MILLIS;
    /** How long the other side is waited for between two steps. */
    static final long STEP_NANOS = 5 * SECONDS;
    private static final long ASK_AGAIN_NANOS = SECONDS;
    /** A guess is of use only while the holes are there. */
    private static final long AIM_AGAIN_NANOS = 400 * MILLIS;
    /** Words may be lost or overtaken, so each is said so often. */
    private static final int WORDS_MAX = 3;

    /** What is going on. */
    enum Phase {
        /** The other side is asked. */
        ASKING,
        /** Both want it; the other side is to begin. */
        READY,
        /** This node finds out how its NAT counts. */
        MEASURING,
        /** Guessed ports are tried. */
        AIMED,
        /** All ports are tried, or opened. */
        OPEN
    }

    /** How it ended. */
    enum Outcome {
        GOING, NOTHING, SILENCE, NO_ORDER, TROUBLE
    }

    /** Says a word of the search to the peer. */
    interface Voice {
        void say(PublicKey to, SearchWord word, int portStep, Outbox out);
    }

    final PublicKey peer;
    final SearchRole role;
    /** Where the peer's NAT is, which is what suffers. */
    final InetAddress outside;
    private final @Nullable InetSocketAddress place;
    private final boolean leads;
    /** Whether new flows began, so that the hour's one search is made; {@link PortSearch}'s own. */
    boolean isSpent;
    private final RouterGauge gauge;
    private final NumberedSockets sockets;
    private final RandomGenerator random;
    private final Voice voice;
    private final PortTries tries = new PortTries();
    private @Nullable Holes holes;
    private @Nullable PortMeasurement measurement;
    /** What this node said of its own NAT, once it has found out that it counts. */
    private @Nullable SearchWord ownAim;
    private int ownStep;
    /** Where the peer, whose NAT counts as well, will be; null until it said. */
    private @Nullable InetSocketAddress aim;
    private Phase phase;
    private long phaseUntilNanos;
    private long nextWordNanos;
    private int words;
    private int flows;
    private long nextNanos;

    /**
     * A search that both may want.
     *
     * @param place where a peer that is seen at one port is, for the hard side
     * @param leads whether this node begins where both are hard
     * @param first {@link Phase#ASKING} or {@link Phase#READY}
     */
    Search(long nowNanos, PublicKey peer, SearchRole role, InetAddress outside, @Nullable InetSocketAddress place,
            boolean leads, RouterGauge gauge, NumberedSockets sockets, RandomGenerator random, Voice voice,
            Phase first) {
        this.peer = peer;
        this.role = role;
        this.outside = outside;
        this.place = place;
        this.leads = leads;
        this.gauge = gauge;
        this.sockets = sockets;
        this.random = random;
        this.voice = voice;
        this.phase = first;
        this.nextNanos = nowNanos;
        this.nextWordNanos = nowNanos;
        this.phaseUntilNanos = nowNanos + (first == Phase.ASKING ? WORDS_MAX * ASK_AGAIN_NANOS : STEP_NANOS);
    }

    Phase phase() {
        return phase;
    }

    /** New flows so far. */
    int flows() {
        return flows + gauge.flows();
    }

    /** Who tells how the router fares. */
    PublicKey third() {
        return gauge.third();
    }

    String trouble() {
        return String.valueOf(gauge.trouble());
    }

    long nextDeadlineNanos() {
        return nextNanos;
    }

    private void enter(long nowNanos, Phase next, long forNanos) {
        phase = next;
        phaseUntilNanos = nowNanos + forNanos;
        words = 0;
        nextWordNanos = nowNanos;
        nextNanos = nowNanos;
    }

    // What the peer says.

    /** The other side wants it as well: whoever is to begin does. Says whether that is this node. */
    boolean agreed(long nowNanos, Outbox out) {
        boolean begins = role == SearchRole.HARD || (role == SearchRole.BOTH_HARD && leads);
        if (begins) {
            measure(nowNanos, out);
        } else {
            enter(nowNanos, Phase.READY, STEP_NANOS);
        }
        return begins;
    }

    /** The peer's NAT counts. Says whether that is of use now. */
    boolean aimed(long nowNanos, int last, int step, Outbox out) {
        if (role == SearchRole.EASY && phase == Phase.READY) {
            tries.predict(last, step);
            enter(nowNanos, Phase.AIMED, AIMED_NANOS + STEP_NANOS);
            return true;
        }
        if (role != SearchRole.BOTH_HARD || aim != null || step == 0) {
            return false;
        }
        aim = new InetSocketAddress(outside, PortTries.following(last, step, AIMED_HOLES));
        if (phase == Phase.READY) {
            measure(nowNanos, out);
        } else if (phase == Phase.AIMED) {
            openAimed(nowNanos, aim);
        }
        return true;
    }

    /** The peer sends from many ports. Says whether that is of use now. */
    boolean opened(long nowNanos) {
        boolean isNews = role == SearchRole.EASY && (phase == Phase.READY || phase == Phase.AIMED);
        if (isNews) {
            tries.searchAll();
            enter(nowNanos, Phase.OPEN, OPEN_NANOS);
        }
        return isNews;
    }

    /** A third peer answered a probe; says whether it was one of the search. */
    boolean answered(long nowNanos, Frame.PathProbeReply reply) {
        PortMeasurement measuring = measurement;
        return gauge.answered(nowNanos, reply.token())
                || (measuring != null && measuring.answered(reply.token(), reply.observed()));
    }

    // What is done.

    private void measure(long nowNanos, Outbox out) {
        List<Integer> opened = new ArrayList<>();
        for (int i = 0; i < PortMeasurement.SOCKETS; i++) {
            opened.add(sockets.open());
        }
        flows += opened.size();
        measurement = new PortMeasurement(nowNanos, opened, gauge, random, out);
        enter(nowNanos, Phase.MEASURING, PortMeasurement.PATIENCE_NANOS);
    }

    /** Does what is due; says whether the search is over. */
    Outcome tick(long nowNanos, Outbox out) {
        nextNanos = nowNanos + TICK_NANOS;
        // Nothing new passes the router before both want it.
        gauge.tick(nowNanos, phase.compareTo(Phase.MEASURING) >= 0, random, out);
        if (gauge.trouble() != null) {
            return Outcome.TROUBLE;
        }
        boolean isLate = nowNanos - phaseUntilNanos >= 0;
        return switch (phase) {
            case ASKING -> {
                repeat(nowNanos, SearchWord.of(SearchWord.Step.ASK), 0, ASK_AGAIN_NANOS, out);
                yield isLate ? Outcome.SILENCE : Outcome.GOING;
            }
            case READY -> isLate ? Outcome.SILENCE : Outcome.GOING;
            case MEASURING -> measuring(nowNanos, out);
            case AIMED -> {
                if (ownAim != null) {
                    repeat(nowNanos, ownAim, ownStep, AIM_AGAIN_NANOS, out);
                }
                send(nowNanos, out);
                yield isLate ? afterGuess(nowNanos) : Outcome.GOING;
            }
            case OPEN -> {
                if (role == SearchRole.HARD) {
                    repeat(nowNanos, SearchWord.of(SearchWord.Step.OPEN), 0, ASK_AGAIN_NANOS, out);
                }
                send(nowNanos, out);
                yield isLate ? Outcome.NOTHING : Outcome.GOING;
            }
        };
    }

    private void repeat(long nowNanos, SearchWord word, int step, long everyNanos, Outbox out) {
        if (words < WORDS_MAX && nowNanos - nextWordNanos >= 0) {
            words++;
            nextWordNanos = nowNanos + everyNanos;
            voice.say(peer, word, step, out);
        }
    }

    private Outcome measuring(long nowNanos, Outbox out) {
        PortMeasurement measuring = measurement;
        if (measuring == null || !measuring.isOver(nowNanos)) {
            return Outcome.GOING;
        }
        closeMeasured();
        int step = measuring.step();
        if (step == 0) {
            return afterGuess(nowNanos);
        }
        enter(nowNanos, Phase.AIMED, role == SearchRole.HARD ? AIMED_NANOS : STEP_NANOS);
        ownAim = new SearchWord(SearchWord.Step.AIM, measuring.last());
        ownStep = step;
        repeat(nowNanos, ownAim, step, AIM_AGAIN_NANOS, out);
        InetSocketAddress target = role == SearchRole.HARD ? place : aim;
        if (target != null) {
            openAimed(nowNanos, target);
            send(nowNanos, out);
        }
        return Outcome.GOING;
    }

    private void openAimed(long nowNanos, InetSocketAddress target) {
        if (holes == null) {
            holes = new Holes(peer, target, sockets);
            holes.want(nowNanos, AIMED_HOLES, REPEAT_AIMED_NANOS);
            phaseUntilNanos = nowNanos + AIMED_NANOS;
        }
    }

    /** No guess was right, or none was possible. */
    private Outcome afterGuess(long nowNanos) {
        InetSocketAddress target = place;
        if (role != SearchRole.HARD || target == null) {
            return phase == Phase.MEASURING ? Outcome.NO_ORDER : Outcome.NOTHING;
        }
        holes = holes == null ? new Holes(peer, target, sockets) : holes;
        holes.want(nowNanos, HOLES, REPEAT_NANOS);
        enter(nowNanos, Phase.OPEN, OPEN_NANOS);
        return Outcome.GOING;
    }

    private void send(long nowNanos, Outbox out) {
        if (holes != null) {
            flows += holes.send(nowNanos, FLOWS_A_TICK, random, out);
        }
        if (role != SearchRole.EASY) {
            return;
        }
        for (int i = 0; i < FLOWS_A_TICK; i++) {
            int port = tries.next(random);
            if (port == 0) {
                return;
            }
            flows++;
            out.sendVia(peer, new Endpoint.Direct(new InetSocketAddress(outside, port)),
                    new Frame.PathProbe(random.nextLong()));
        }
    }

    private void closeMeasured() {
        if (measurement != null) {
            measurement.sockets().forEach(sockets::close);
            measurement = null;
        }
    }

    /** It is over: temporary sockets are closed, unless a path leads by one. */
    void end(long nowNanos, Outbox out) {
        nextNanos = Deadlines.NEVER;
        gauge.end();
        closeMeasured();
        sockets.settle(nowNanos, peer, holes == null ? List.of() : holes.open(), out);
    }
}

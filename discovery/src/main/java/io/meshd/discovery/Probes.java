package io.meshd.discovery;

import io.meshd.protocol.DropReason;
import io.meshd.protocol.MemberState;
import io.scalecube.cluster.Member;
import io.scalecube.cluster.transport.api.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Pings on the wire: those of the library's failure detector, those that confirm a suspicion, and those for others.
 *
 * <p>The library gives one correlation id to a ping and to all requests to helpers that follow it, and counts each
 * request that stays unanswered as a failure; so an answer completes every request of its probe. On the wire a probe
 * has a number of ours. A request is repeated after 150 and 300 ms: otherwise at 10 % loss nearly every period has a
 * false suspicion somewhere.
 */
final class Probes {
    private static final long MILLI = 1_000_000;
    private static final long[] REPEATS_NANOS = {150 * MILLI, 300 * MILLI};
    private static final long HELPERS_AFTER_NANOS = Library.PING_TIMEOUT_MILLIS * MILLI;
    /** When a probe counts as unanswered: just after the library's own view of it. */
    private static final long JUDGED_AFTER_NANOS = Library.PING_INTERVAL_MILLIS * MILLI + 10 * MILLI;
    /** When a helper that got no answer says so: in time to show the asker, before it judges, that it can hear. */
    private static final long FRUITLESS_AFTER_NANOS = 250 * MILLI;
    /** From here on no helper's answer would come before the verdict. */
    private static final long ASK_UNTIL_NANOS = JUDGED_AFTER_NANOS - 200 * MILLI;
    /** Helpers that one probe asks at most, when some say that they cannot help. */
    private static final int ASKED_MAX = 8;
    /** Own probes under way: each lasts a second, and there is one for each suspect besides. */
    private static final int OWN_MAX = 4096;
    /** Probes for others under way; a flood of requests ends here. */
    private static final int FOR_OTHERS_MAX = 256;

    private final Self self;
    private final Timers timers;
    private final Roster roster;
    private final Links links;
    private final RandomGenerator random;
    private final Consumer<Peer> unanswered;
    private final Consumer<Peer> late;
    private final Map<Long, Probe> byNumber = new LinkedHashMap<>();
    private final Map<String, Probe> byCid = new HashMap<>();
    private final Map<Errand, Probe> errands = new HashMap<>();
    private @Nullable Library library;
    private long numbers;
    private int forOthers;

    /** A question that is asked for another; whoever asks again means the same one. */
    private record Errand(Member issuer, Member target, String cid) {}

    /** One question to one run of one peer, by whatever ways. */
    private final class Probe {
        private final long number = ++numbers;
        private final long beganNanos = timers.nowNanos();
        private final Peer target;
        private final Member targetMember;
        private final @Nullable String cid;
        private final @Nullable Member issuer;
        private final Set<Peer> helpers = new LinkedHashSet<>();
        private final List<MonoSink<Message>> waiting = new ArrayList<>();
        private int asked = 1;
        private boolean answered;
        /** The answer was that the run which was meant is over. */
        private boolean gone;

        Probe(Peer target, long epoch, @Nullable String cid, @Nullable Member issuer) {
            this.target = target;
            this.targetMember = Peer.member(target.key, epoch);
            this.cid = cid;
            this.issuer = issuer;
        }

        private void ping() {
            if (answered) {
                return;
            }
            int accused = target.suspicion == null ? SwimMessage.NOT_ACCUSED : target.suspicion.incarnation;
            links.sayNow(target, new SwimMessage.Ping(number, self.epoch, Peer.epoch(targetMember), accused));
        }

        private void ask(Peer helper) {
            if (!answered) {
                links.sayNow(helper, new SwimMessage.PingRequest(number, self.epoch, target.key,
                        Peer.epoch(targetMember)));
            }
        }

        private void askNew(Peer helper) {
            helpers.add(helper);
            ask(helper);
            repeat(() -> ask(helper));
        }
    }

    /**
     * @param unanswered what to do about a peer that answered neither directly nor through helpers
     * @param late       what to do about a peer whose answer came when the library had given up
     */
    Probes(Self self, Timers timers, Roster roster, Links links, RandomGenerator random, Consumer<Peer> unanswered,
            Consumer<Peer> late) {
        this.self = self;
        this.timers = timers;
        this.roster = roster;
        this.links = links;
        this.random = random;
        this.unanswered = unanswered;
        this.late = late;
    }

    /** Whose questions are answered through here. Once, before anything else. */
    void serve(Library newLibrary) {
        library = newLibrary;
    }

    /** The library pings. */
    Mono<Message> ping(Peer target, long epoch, String cid) {
        return Mono.create(sink -> {
            Probe probe = open(new Probe(target, epoch, cid, null));
            if (probe != null) {
                await(probe, sink);
                probe.ping();
                repeat(probe::ping);
            }
        });
    }

    /** The library asks a helper. */
    Mono<Message> pingRequest(Peer helper, String cid) {
        return Mono.create(sink -> {
            Probe probe = byCid.get(cid);
            if (probe != null && probe.helpers.size() < ASKED_MAX) {
                await(probe, sink);
                probe.askNew(helper);
            }
        });
    }

    private static void await(Probe probe, MonoSink<Message> sink) {
        probe.waiting.add(sink);
        sink.onDispose(() -> probe.waiting.remove(sink));
    }

    /** Asks a suspect itself, and some helpers, whether it is alive; tells it that it is under suspicion. */
    void verify(Peer target) {
        Probe probe = open(new Probe(target, target.epoch, null, null));
        if (probe == null) {
            return;
        }
        probe.ping();
        repeat(probe::ping);
        timers.after(HELPERS_AFTER_NANOS, () -> {
            for (int i = 0; i < Library.HELPERS && !probe.answered; i++) {
                askAnother(probe);
            }
        });
    }

    /** Tells a suspect again that it is accused; its refutation is the answer that counts. */
    void remind(Peer target) {
        if (target.suspicion != null) {
            links.saySoon(target, new SwimMessage.Ping(++numbers, self.epoch, target.epoch,
                    target.suspicion.incarnation));
        }
    }

    /** The library pings for a member that asked this node to. */
    void pingFor(Member issuer, Peer target, long epoch, String cid) {
        Errand errand = new Errand(issuer, Peer.member(target.key, epoch), cid);
        Probe under = errands.get(errand);
        if (under != null) {
            askAgain(under, errand);
            return;
        }
        Probe probe = open(new Probe(target, epoch, cid, issuer));
        if (probe != null) {
            errands.put(errand, probe);
            probe.ping();
            timers.after(FRUITLESS_AFTER_NANOS, () -> sayFruitless(probe, errand));
        }
    }

    /** Who asks again may be asking for what was lost: the question, or the answer that this node has. */
    private void askAgain(Probe probe, Errand errand) {
        if (probe.asked++ > REPEATS_NANOS.length) {
            return;
        }
        if (!probe.answered) {
            probe.ping();
        } else if (!probe.gone && library != null) {
            library.answeredFor(errand.issuer(), errand.target(), errand.cid());
        }
    }

    /** Who asked hears from us that we heard nothing, so it knows that the silence is not its own deafness. */
    private void sayFruitless(Probe probe, Errand errand) {
        Peer asker = roster.at(errand.issuer().address());
        if (!probe.answered && asker != null) {
            links.sayNow(asker, new SwimMessage.Nack(Long.parseLong(errand.cid())));
        }
    }

    private @Nullable Probe open(Probe probe) {
        boolean full = probe.issuer == null
                ? byNumber.size() - forOthers >= OWN_MAX
                : forOthers >= FOR_OTHERS_MAX;
        if (full) {
            links.drop(DropReason.OVERFLOW);
            return null;
        }
        byNumber.put(probe.number, probe);
        forOthers += probe.issuer == null ? 0 : 1;
        if (probe.cid != null && probe.issuer == null) {
            byCid.put(probe.cid, probe);
        }
        timers.after(JUDGED_AFTER_NANOS, () -> judge(probe));
        return probe;
    }

    private void judge(Probe probe) {
        byNumber.remove(probe.number);
        if (probe.issuer != null && probe.cid != null) {
            forOthers--;
            errands.remove(new Errand(probe.issuer, probe.targetMember, probe.cid));
        } else if (probe.cid != null) {
            byCid.remove(probe.cid);
        }
        if (!probe.answered && probe.issuer == null && isCurrent(probe)) {
            unanswered.accept(probe.target);
        }
    }

    private void repeat(Runnable question) {
        for (long delayNanos : REPEATS_NANOS) {
            timers.after(delayNanos, question);
        }
    }

    /** A peer answers, for itself or as a helper. */
    void onAck(Peer from, SwimMessage.Ack ack) {
        Probe probe = byNumber.get(ack.cid());
        if (probe == null) {
            return;
        }
        boolean direct = from.equals(probe.target);
        // That a run is over is for its owner to say: a helper could have members removed by it.
        if (!direct && (ack.gone() || !probe.helpers.contains(from))) {
            return;
        }
        if (direct && !ack.gone()) {
            from.lastAckNanos = timers.nowNanos();
        }
        if (probe.answered || library == null) {
            return;
        }
        probe.answered = true;
        probe.gone = ack.gone();
        if (probe.issuer != null) {
            if (!ack.gone() && probe.cid != null) {
                library.answeredFor(probe.issuer, probe.targetMember, probe.cid);
            }
        } else if (probe.cid != null) {
            complete(probe, library.ack(probe.targetMember, probe.cid, ack.gone()));
        } else if (ack.gone() && probe.target.member != null && probe.target.epoch == Peer.epoch(probe.targetMember)) {
            library.remove(probe.target.member, probe.target.incarnation());
        }
    }

    private void complete(Probe probe, Message answer) {
        if (probe.waiting.isEmpty() && isCurrent(probe)) {
            // Too late for the library, which suspects the target by now, and only a refutation will change that.
            late.accept(probe.target);
        }
        List.copyOf(probe.waiting).forEach(sink -> sink.success(answer));
        probe.waiting.clear();
    }

    private static boolean isCurrent(Probe probe) {
        return probe.target.isListed() && probe.target.epoch == Peer.epoch(probe.targetMember);
    }

    /** A helper cannot help: another is asked while there is time, so that its silence is no evidence. */
    void onNack(Peer from, SwimMessage.Nack nack) {
        Probe probe = byNumber.get(nack.cid());
        if (probe != null && !probe.answered && probe.helpers.contains(from)
                && timers.nowNanos() - probe.beganNanos < ASK_UNTIL_NANOS) {
            askAnother(probe);
        }
    }

    private void askAnother(Probe probe) {
        List<Peer> others = new ArrayList<>();
        for (Peer peer : roster.all()) {
            if (peer.state == MemberState.ALIVE && !peer.equals(probe.target)
                    && !probe.helpers.contains(peer)) {
                others.add(peer);
            }
        }
        if (!others.isEmpty() && probe.helpers.size() < ASKED_MAX) {
            probe.askNew(others.get(random.nextInt(others.size())));
        }
    }
}

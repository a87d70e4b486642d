package io.meshd.nat.relay;

import io.meshd.identity.PublicKey;
import io.meshd.nat.Allowance;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import io.meshd.protocol.RelayHeader;
import io.meshd.protocol.RelayReason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The relay's side: between which pairs of peers this node carries datagrams. One channel for each unordered pair.
 *
 * <p>The caller passes on only what came in a session with a trusted peer on a direct path. A channel ends with the
 * session or the direct path of either end, with trust, and when nothing passed for long. Bounded: so many peers at a
 * time, so many channels for each, and so many questions a second of each.
 */
public final class Switchboard {
    /** Most channels of one peer: more active peers without any direct path than that, it reaches by another relay. */
    public static final int CIRCUITS_OF_PEER_MAX = 64;

    /** Longer than four keepalives of the path that may run through it, and than two refreshes by its owner. */
    static final long IDLE_NANOS = 120_000_000_000L;
    private static final long SWEEP_NANOS = 10_000_000_000L;
    /** Openings at once: all peers of a small mesh, twice. */
    private static final int ASKING_BURST = 64;
    private static final int ASKING_RATE = 8;
    /** A far end that takes nothing is not bothered again before this by the same peer. */
    private static final long PEACE_NANOS = 30_000_000_000L;
    /** Most such refusals that are remembered of one peer's wishes; forgetting them all only costs a question each. */
    private static final int REFUSALS_MAX = 256;

    private final RandomGenerator random;
    private final Map<Integer, Circuit> byChannel = new LinkedHashMap<>();
    private final Map<PublicKey, Subscriber> subscribers = new LinkedHashMap<>();
    private final Map<PublicKey, Asker> askers = new LinkedHashMap<>();
    private boolean serves;
    private int peersMax;
    private boolean changed;
    private long sweepNanos = Deadlines.NEVER;
    private long opened;
    private long refused;
    private long ignored;

    /** The channels of one end, by the far end. */
    private static final class Subscriber {
        final Map<PublicKey, Circuit> circuits = new LinkedHashMap<>();
    }

    /** What one peer may ask, and who wanted nothing of it and when. */
    private static final class Asker {
        final Allowance questions = new Allowance(ASKING_BURST, ASKING_RATE);
        final Map<PublicKey, Long> refusedNanos = new LinkedHashMap<>();

        void refusedBy(PublicKey far, long nowNanos) {
            if (refusedNanos.size() >= REFUSALS_MAX) {
                refusedNanos.clear();
            }
            refusedNanos.put(far, nowNanos);
        }

        boolean isRefusedBy(PublicKey far, long nowNanos) {
            Long at = refusedNanos.get(far);
            return at != null && nowNanos - at < PEACE_NANOS;
        }
    }

    /**
     * A relay that carries nothing until {@link #serve}.
     *
     * @param random where channel numbers come from
     */
    public Switchboard(RandomGenerator random) {
        this.random = random;
    }

    /**
     * Whether this node serves, and how many peers at a time. Who is served beyond a lower number stays until it goes.
     */
    public void serve(boolean isServing, int mostPeers, Outbox out) {
        serves = isServing;
        peersMax = mostPeers;
        if (!serves) {
            List.copyOf(byChannel.values()).forEach(circuit -> end(circuit, null, RelayReason.NOT_SERVING, out));
        }
    }

    /** A peer asks for a channel to another, or keeps the one that it has. */
    public void open(long nowNanos, PublicKey from, PublicKey to, Reach reach, Outbox out) {
        if (!mayAsk(nowNanos, from)) {
            return;
        }
        Circuit known = find(from, to);
        if (known != null && serves) {
            known.used(nowNanos);
            out.send(from, new Frame.RelayChannel(known.channel(), to));
            return;
        }
        RelayReason refusal = asker(from).isRefusedBy(to, nowNanos)
                ? RelayReason.REFUSED
                : refusal(from, to, reach);
        if (refusal != null) {
            refused++;
            out.send(from, new Frame.RelayClose(true, 0, refusal, to));
            return;
        }
        Circuit circuit = new Circuit(freeChannel(), from, to, nowNanos);
        byChannel.put(circuit.channel(), circuit);
        subscriber(from).circuits.put(to, circuit);
        subscriber(to).circuits.put(from, circuit);
        opened++;
        changed = true;
        sweepNanos = sweepNanos == Deadlines.NEVER ? nowNanos + SWEEP_NANOS : sweepNanos;
        // The far end first: the opener's data follow its answer.
        out.send(to, new Frame.RelayChannel(circuit.channel(), from));
        out.send(from, new Frame.RelayChannel(circuit.channel(), to));
    }

    private boolean mayAsk(long nowNanos, PublicKey from) {
        boolean may = asker(from).questions.take(nowNanos);
        ignored += may ? 0 : 1;
        return may;
    }

    private Asker asker(PublicKey from) {
        return askers.computeIfAbsent(from, _ -> new Asker());
    }

    private @Nullable RelayReason refusal(PublicKey from, PublicKey to, Reach reach) {
        if (!serves) {
            return RelayReason.NOT_SERVING;
        }
        if (from.equals(to) || reach == Reach.STRANGER) {
            return RelayReason.UNKNOWN_PEER;
        }
        if (reach == Reach.AWAY) {
            return RelayReason.UNREACHABLE;
        }
        int newPeers = (subscribers.containsKey(from) ? 0 : 1) + (subscribers.containsKey(to) ? 0 : 1);
        boolean isFull = subscribers.size() + newPeers > peersMax || isFull(from) || isFull(to);
        return isFull ? RelayReason.QUOTA : null;
    }

    private boolean isFull(PublicKey end) {
        Subscriber subscriber = subscribers.get(end);
        return subscriber != null && subscriber.circuits.size() >= CIRCUITS_OF_PEER_MAX;
    }

    private Subscriber subscriber(PublicKey end) {
        return subscribers.computeIfAbsent(end, _ -> new Subscriber());
    }

    private @Nullable Circuit find(PublicKey from, PublicKey to) {
        Subscriber subscriber = subscribers.get(from);
        return subscriber == null ? null : subscriber.circuits.get(to);
    }

    /** Random, so that nobody learns from a number how many there are. */
    private int freeChannel() {
        int channel = random.nextInt(1, RelayHeader.CHANNEL_MAX);
        while (byChannel.containsKey(channel)) {
            channel = random.nextInt(1, RelayHeader.CHANNEL_MAX);
        }
        return channel;
    }

    /** An end gives a channel up, or asks what one is. */
    public void closed(long nowNanos, PublicKey from, Frame.RelayClose close, Outbox out) {
        Circuit circuit = byChannel.get(close.channel());
        if (circuit == null || !circuit.joins(from)) {
            unknown(nowNanos, from, close.channel(), out);
        } else if (close.reason() != RelayReason.WHICH) {
            if (close.reason() == RelayReason.REFUSED) {
                asker(circuit.other(from)).refusedBy(from, nowNanos);
            }
            end(circuit, from, close.reason(), out);
        } else if (mayAsk(nowNanos, from)) {
            out.send(from, new Frame.RelayChannel(circuit.channel(), circuit.other(from)));
        }
    }

    /** A peer sent by a channel that it is no end of: an old one, or a guess. */
    public void unknown(long nowNanos, PublicKey from, int channel, Outbox out) {
        if (channel > 0 && mayAsk(nowNanos, from)) {
            out.send(from, new Frame.RelayClose(true, channel, RelayReason.GONE, null));
        }
    }

    /** There is no session with a peer on a direct path any more. */
    public void lost(PublicKey peer, Outbox out) {
        Subscriber subscriber = subscribers.get(peer);
        if (subscriber != null) {
            List.copyOf(subscriber.circuits.values()).forEach(circuit -> end(circuit, peer, RelayReason.GONE, out));
        }
    }

    /** A peer is trusted no more. */
    public void forget(PublicKey peer, Outbox out) {
        lost(peer, out);
        askers.remove(peer);
        askers.values().forEach(asker -> asker.refusedNanos.remove(peer));
    }

    /** Ends a channel and tells both ends but the one that knows. */
    private void end(Circuit circuit, @Nullable PublicKey knowing, RelayReason reason, Outbox out) {
        byChannel.remove(circuit.channel());
        for (PublicKey end : List.of(circuit.first(), circuit.second())) {
            Subscriber subscriber = subscribers.get(end);
            if (subscriber != null) {
                subscriber.circuits.remove(circuit.other(end));
                if (subscriber.circuits.isEmpty()) {
                    subscribers.remove(end);
                }
            }
            if (knowing == null || !end.equals(knowing)) {
                out.send(end, new Frame.RelayClose(true, circuit.channel(), reason, null));
            }
        }
        changed = true;
    }

    /** Ends what nobody used for long. */
    public void handleTimeout(long nowNanos, Outbox out) {
        if (!Deadlines.isDue(sweepNanos, nowNanos)) {
            return;
        }
        for (Circuit circuit : new ArrayList<>(byChannel.values())) {
            if (nowNanos - circuit.usedNanos() >= IDLE_NANOS) {
                end(circuit, null, RelayReason.GONE, out);
            }
        }
        sweepNanos = byChannel.isEmpty() ? Deadlines.NEVER : nowNanos + SWEEP_NANOS;
    }

    /** When {@link #handleTimeout} is to be called, or {@link Deadlines#NEVER}. */
    public long nextDeadlineNanos() {
        return sweepNanos;
    }

    /** All channels. */
    public Collection<Circuit> circuits() {
        return Collections.unmodifiableCollection(byChannel.values());
    }

    /** How many peers are served now. */
    public int peersServed() {
        return subscribers.size();
    }

    /** Whether {@link #circuits} changed since this was last asked. */
    public boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    public SwitchboardCounters counters() {
        return new SwitchboardCounters(opened, refused, ignored);
    }
}

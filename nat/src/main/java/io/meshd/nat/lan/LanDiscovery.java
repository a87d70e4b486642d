package io.meshd.nat.lan;

import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.nat.Allowance;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Decoded;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Finds missing peers in the local networks of this host, and lets them find it.
 *
 * <p>A call names nobody, so a recorded one asks nothing of those who hear it again elsewhere. An answer is bound to the
 * call, so it is of this moment: no clocks need agree. Both go to the whole network and to no address that somebody
 * named; what follows a slot that is this node's is a handshake with the address that the slot covers. Whom a node
 * answers does not depend on who calls, only on whether it misses somebody: so answers give nobody away.
 *
 * <p>Pure; one thread owns it. A slot proves no path: the handshake does.
 */
public final class LanDiscovery {
    /** Most links: each is called into, and each has sockets. */
    public static final int LINKS_MAX = 16;

    private static final long MILLI = 1_000_000L;
    private static final long SECOND = 1_000 * MILLI;

    /** How long answers to a call count: they are at most {@link #ANSWER_NANOS_MAX} and the way late. */
    static final long CALL_NANOS = 3 * SECOND;
    /** Those who hear a call answer within this time, not all at once. */
    static final long ANSWER_NANOS_MAX = 50 * MILLI;
    /** Answers at once: as many as four calls of four hosts. */
    static final int ANSWERS_BURST = 16;
    /** One answer more each. Everybody may be called by everybody, and the air has no room for the square of that. */
    static final long ANSWERS_EACH_NANOS = 2 * SECOND;
    /** Beacons of one source that are looked at, at once and a second after that: four calls and four answers, twice. */
    static final int SOURCE_BURST = 16;
    static final int SOURCE_RATE = 2;
    /** Sources that are told apart: as many as a large network has; beyond that the one that is silent for longest goes. */
    static final int SOURCES_MAX = 256;
    /** Peers that are looked for in one answer, a hash each; the others have their turn with later calls. */
    static final int SOUGHT_MAX = 256;
    /** Between two lots of secrets that are made, so that a thousand of them take a twentieth of the thread's time. */
    private static final long PREPARE_NANOS = 50 * MILLI;

    private final LanCompany company;
    private final RandomGenerator random;
    private final PairSecrets secrets;
    private final LanSchedule schedule;
    private final ArrayDeque<OwnCall> calls = new ArrayDeque<>();
    private final ArrayDeque<DueAnswer> answers = new ArrayDeque<>();
    private final Allowance answering = Allowance.oneEach(ANSWERS_EACH_NANOS, ANSWERS_BURST);
    private final Map<InetAddress, Allowance> sources = new LinkedHashMap<>();
    private List<LanLink> links = List.of();
    private int port;
    private int soughtFrom;
    private int namedFrom;
    private long prepareNanos = Deadlines.NEVER;

    private long callsSent;
    private long callsHeard;
    private long answersSent;
    private long answersHeard;
    private long found;
    private long unexpected;
    private long refused;
    private long malformed;

    /** An answer that waits for its moment. */
    private record DueAnswer(LanLink link, LanNonce call, long atNanos) {}

    /** Silent until there are {@link #links}. */
    public LanDiscovery(Identity identity, LanCompany company, RandomGenerator random) {
        this.company = company;
        this.random = random;
        this.secrets = new PairSecrets(identity.tunnelPrivateKey());
        this.schedule = new LanSchedule(random);
    }

    /**
     * The links that beacons can go into are now these; none when discovery is switched off.
     *
     * @param udpPort where this node takes handshakes
     */
    public void links(long nowNanos, List<LanLink> now, int udpPort) {
        List<LanLink> usable = now.stream().distinct().limit(LINKS_MAX).toList();
        boolean isNew = udpPort != port || !links.containsAll(usable);
        links = usable;
        port = udpPort;
        if (links.isEmpty()) {
            schedule.end();
            calls.clear();
            answers.clear();
            prepareNanos = Deadlines.NEVER;
        } else if (isNew) {
            schedule.begin(nowNanos);
        }
    }

    /** These are trusted now. Whoever is no longer is forgotten; for whoever is new there is a call. */
    public void trust(long nowNanos, Set<PublicKey> trusted, boolean isSomebodyNew) {
        secrets.retain(trusted);
        if (isSomebodyNew && !links.isEmpty()) {
            schedule.begin(nowNanos);
        }
    }

    /** A datagram came to the group by this link. */
    public void handle(long nowNanos, LanLink at, InetAddress from, byte[] datagram, LanOutbox out) {
        if (!links.contains(at)) {
            return;
        }
        if (!mayBring(nowNanos, from)) {
            refused++;
            return;
        }
        switch (LanCodec.decode(datagram)) {
            case Decoded.Malformed<LanBeacon> _ -> malformed++;
            case Decoded.Message<LanBeacon>(LanBeacon.Call(LanNonce nonce)) -> called(nowNanos, at, nonce);
            case Decoded.Message<LanBeacon>(LanBeacon.Answer answer) -> answered(nowNanos, at, from, answer, out);
        }
    }

    private boolean mayBring(long nowNanos, InetAddress source) {
        Allowance allowance = sources.remove(source);
        if (allowance == null) {
            if (sources.size() >= SOURCES_MAX) {
                sources.remove(sources.keySet().iterator().next());
            }
            allowance = new Allowance(SOURCE_BURST, SOURCE_RATE);
        }
        // Put in anew, it is the last to go.
        sources.put(source, allowance);
        return allowance.take(nowNanos);
    }

    private void called(long nowNanos, LanLink at, LanNonce nonce) {
        if (ownCall(nowNanos, nonce) != null) {
            // A host hears itself, by another link as well: so several nodes on one host hear each other.
            return;
        }
        callsHeard++;
        if (company.missing(nowNanos).isEmpty()) {
            return;
        }
        if (!answering.take(nowNanos)) {
            refused++;
            return;
        }
        answers.add(new DueAnswer(at, nonce, nowNanos + random.nextLong(ANSWER_NANOS_MAX)));
    }

    private void answered(long nowNanos, LanLink at, InetAddress from, LanBeacon.Answer answer, LanOutbox out) {
        OwnCall call = ownCall(nowNanos, answer.call());
        if (call == null || !call.link.equals(at)) {
            unexpected++;
            return;
        }
        if (!call.takes(answer)) {
            refused++;
            return;
        }
        answersHeard++;
        for (PublicKey peer : call.sought) {
            PairSecret secret = secrets.of(peer);
            int told = secret == null ? 0 : secret.port(answer, from);
            if (told != 0) {
                found++;
                out.found(peer, new InetSocketAddress(from, told));
            }
        }
    }

    private @Nullable OwnCall ownCall(long nowNanos, LanNonce nonce) {
        while (!calls.isEmpty() && nowNanos - calls.getFirst().madeNanos > CALL_NANOS) {
            calls.removeFirst();
        }
        for (OwnCall call : calls) {
            if (call.nonce.equals(nonce)) {
                return call;
            }
        }
        return null;
    }

    /** Does what is due. */
    public void handleTimeout(long nowNanos, LanOutbox out) {
        if (Deadlines.isDue(prepareNanos, nowNanos)) {
            prepare(nowNanos, company.missing(nowNanos));
        }
        answers.removeIf(due -> {
            boolean isDue = Deadlines.isDue(due.atNanos, nowNanos);
            if (isDue && links.contains(due.link)) {
                answer(nowNanos, due, out);
            }
            return isDue;
        });
        if (schedule.isDue(nowNanos)) {
            call(nowNanos, out);
        }
    }

    private void call(long nowNanos, LanOutbox out) {
        List<PublicKey> missing = company.missing(nowNanos);
        if (missing.isEmpty()) {
            schedule.rest(nowNanos);
            return;
        }
        prepare(nowNanos, missing);
        List<PublicKey> sought = some(missing, soughtFrom, SOUGHT_MAX);
        soughtFrom = (soughtFrom + sought.size()) % missing.size();
        for (LanLink link : links) {
            // Another for each, or who sees two networks would know that both calls are of one host.
            LanNonce nonce = LanNonce.random(random);
            calls.add(new OwnCall(link, nonce, sought, nowNanos));
            callsSent++;
            out.multicast(link, LanCodec.encode(new LanBeacon.Call(nonce)));
        }
        schedule.called(nowNanos, company.isAlone(nowNanos));
    }

    private void answer(long nowNanos, DueAnswer due, LanOutbox out) {
        List<PublicKey> missing = company.missing(nowNanos);
        if (missing.isEmpty()) {
            return;
        }
        prepare(nowNanos, missing);
        List<PublicKey> named = some(missing, namedFrom, LanCodec.SLOTS);
        namedFrom = (namedFrom + named.size()) % missing.size();
        LanNonce nonce = LanNonce.random(random);
        List<Slot> slots = new ArrayList<>(LanCodec.SLOTS);
        for (PublicKey peer : named) {
            PairSecret secret = secrets.of(peer);
            if (secret != null) {
                slots.add(secret.slot(due.call, nonce, due.link.local(), port));
            }
        }
        while (slots.size() < LanCodec.SLOTS) {
            slots.add(Slot.random(random));
        }
        answersSent++;
        out.multicast(due.link, LanCodec.encode(new LanBeacon.Answer(due.call, nonce, slots)));
    }

    /** So many of the list from there on, beginning again at its end. */
    private static List<PublicKey> some(List<PublicKey> all, int from, int most) {
        List<PublicKey> some = new ArrayList<>();
        for (int i = 0; i < Math.min(all.size(), most); i++) {
            some.add(all.get((from + i) % all.size()));
        }
        return some;
    }

    private void prepare(long nowNanos, List<PublicKey> missing) {
        prepareNanos = secrets.prepare(missing) ? Deadlines.NEVER : nowNanos + PREPARE_NANOS;
    }

    /** When {@link #handleTimeout} is to be called, or {@link Deadlines#NEVER}. */
    public long nextDeadlineNanos() {
        long next = Deadlines.earlier(schedule.nextDeadlineNanos(), prepareNanos);
        for (DueAnswer due : answers) {
            next = Deadlines.earlier(next, due.atNanos);
        }
        return next;
    }

    /** The links that beacons go into. */
    public List<LanLink> links() {
        return links;
    }

    /** What was done and heard. */
    public LanCounters counters() {
        return new LanCounters(callsSent, callsHeard, answersSent, answersHeard, found, unexpected, refused, malformed);
    }

    /** Overwrites every secret; not to be used afterwards. */
    public void wipe() {
        secrets.wipe();
    }
}

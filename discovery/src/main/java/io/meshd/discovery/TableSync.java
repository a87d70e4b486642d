package io.meshd.discovery;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compares this node's table with another's and exchanges what differs (the library's SYNC, which sends all of it).
 *
 * <p>One side sends a digest; the other answers with a summary of the buckets that differ; the first pushes what the
 * other lacks and asks for what it lacks itself. Each message stands alone and fits a frame, so nothing is fragmented.
 * What is lost on the way is made good by a comparison soon after, until one shows no difference.
 */
final class TableSync {
    /** Most records that take part in a comparison. */
    static final int RECORDS_MAX = 4096;
    private static final int MEMBERS_PER_BUCKET = 8;
    /** A digest with more of our members than this in a bucket, on average, is too coarse: its summary fits no frame. */
    private static final int MEMBERS_PER_BUCKET_MAX = 24;
    /** Upper bounds that keep a summary within a frame. */
    private static final int ENTRIES_PER_SUMMARY = 44;
    private static final int KEYS_PER_WANT = 128;
    /** Two digests that differ lawfully, since the two nodes trust differently, are not compared again for so long. */
    private static final long RECONCILED_NANOS = 60_000_000_000L;
    /** So often two digests that differ are worth a summary: what the first ones led to may have been lost. */
    private static final int SUMMARIES_MAX = 3;
    /** When both sides begin at the same time, the finer digest, or else the lower key, has the word for so long. */
    private static final long TIE_NANOS = 1_000_000_000L;
    private static final long AGAIN_NANOS = 1_000_000_000L;
    /** The first wait of a series of comparisons: what was pushed has arrived. Each is twice as long as the one before. */
    private static final long FOLLOW_NANOS = 500_000_000L;
    private static final long FOLLOW_NANOS_MAX = 16_000_000_000L;

    private final Self self;
    private final Timers timers;
    private final Roster roster;
    private final Links links;
    private final Map<Peer, Long> asked = new HashMap<>();
    private final Map<Peer, Series> series = new HashMap<>();
    private long pushes;

    /** Comparisons with one peer that follow each other since they showed differences: when the next or last one is due. */
    private record Series(long gapNanos, long dueNanos) {}

    TableSync(Self self, Timers timers, Roster roster, Links links) {
        this.self = self;
        this.timers = timers;
        this.roster = roster;
        this.links = links;
    }

    /** Begins a comparison with a member. */
    void begin(Peer with) {
        if (with.suspicion != null) {
            // It answered a ping although it is under suspicion: what it needs is the case against it.
            with.suspicion.accusations().forEach(accusation -> links.saySoon(with, accusation));
            return;
        }
        asked.put(with, timers.nowNanos());
        links.saySoon(with, digest(shape(roster.members())));
    }

    /** Tells a peer that does not know this node who is here, and begins a comparison. */
    void introduce(Peer to) {
        asked.put(to, timers.nowNanos());
        links.saySoon(to, new Rumour.Described(self.record), self.alive, digest(shape(roster.members())));
    }

    /** Introduces this node to a peer that takes it for a member although it is none here, at most once a second. */
    void introduceAgain(Peer to) {
        Long last = asked.get(to);
        if (last == null || timers.nowNanos() - last >= AGAIN_NANOS) {
            introduce(to);
        }
    }

    void forget(Peer peer) {
        asked.remove(peer);
        series.remove(peer);
    }

    static int shape(int members) {
        int wanted = Math.max(1, members / MEMBERS_PER_BUCKET);
        return Math.min(SwimCodec.BUCKETS_MAX, Integer.highestOneBit(wanted));
    }

    private SwimMessage.Digest digest(int shape) {
        int[] hashes = new int[shape];
        for (SwimMessage.Entry entry : table()) {
            hashes[bucket(entry.shortKey(), shape)] += hash(entry);
        }
        List<Integer> buckets = new ArrayList<>(shape);
        for (int hash : hashes) {
            buckets.add(hash);
        }
        return new SwimMessage.Digest(buckets);
    }

    private List<SwimMessage.Entry> table() {
        List<SwimMessage.Entry> entries = new ArrayList<>();
        entries.add(entry(self.alive));
        for (Peer peer : roster.all()) {
            if (peer.isPresent() && peer.alive != null && entries.size() < RECORDS_MAX) {
                entries.add(entry(peer.alive));
            }
        }
        return entries;
    }

    private static SwimMessage.Entry entry(Rumour.Alive alive) {
        return new SwimMessage.Entry(SwimMessage.shortKey(alive.node()), alive.epoch(), alive.incarnation(),
                alive.sequence());
    }

    private static int bucket(long shortKey, int shape) {
        return (int) (shortKey & (shape - 1));
    }

    private static int hash(SwimMessage.Entry entry) {
        long mixed = mix(mix(mix(mix(entry.shortKey()) + entry.epoch()) + entry.incarnation()) + entry.sequence());
        return (int) (mixed >>> Integer.SIZE);
    }

    /** The finaliser of SplitMix64: every bit of the input moves about half the bits of the output. */
    private static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    void onDigest(Peer from, SwimMessage.Digest theirs) {
        int shape = theirs.buckets().size();
        boolean coarse = roster.members() > shape * MEMBERS_PER_BUCKET_MAX;
        Long mine = asked.get(from);
        boolean bothBegan = mine != null && timers.nowNanos() - mine < TIE_NANOS;
        if (bothBegan && (coarse || (!from.isPresent() && hasTheWord(from, shape)))) {
            return;
        }
        if (coarse) {
            begin(from);
            return;
        }
        SwimMessage.Digest ours = digest(shape);
        List<Integer> different = new ArrayList<>();
        for (int i = 0; i < shape; i++) {
            if (!ours.buckets().get(i).equals(theirs.buckets().get(i))) {
                different.add(i);
            }
        }
        if (!different.isEmpty() && isWorthASummary(from, mix(ours.hashCode()) + theirs.hashCode())) {
            summarise(from, shape, different);
        }
    }

    private boolean hasTheWord(Peer against, int theirShape) {
        int ours = shape(roster.members());
        return ours > theirShape || (ours == theirShape && self.key.compareTo(against.key) < 0);
    }

    private boolean isWorthASummary(Peer from, long pair) {
        if (from.reconciled != pair || timers.nowNanos() - from.reconciledNanos >= RECONCILED_NANOS) {
            from.reconciled = pair;
            from.reconciledNanos = timers.nowNanos();
            from.summaries = 0;
        }
        return from.summaries++ < SUMMARIES_MAX;
    }

    private void summarise(Peer to, int shape, List<Integer> buckets) {
        Map<Integer, List<SwimMessage.Entry>> byBucket = new HashMap<>();
        for (SwimMessage.Entry entry : table()) {
            byBucket.computeIfAbsent(bucket(entry.shortKey(), shape), _ -> new ArrayList<>()).add(entry);
        }
        List<Integer> about = new ArrayList<>();
        List<SwimMessage.Entry> entries = new ArrayList<>();
        for (int bucket : buckets) {
            List<SwimMessage.Entry> content = byBucket.getOrDefault(bucket, List.of());
            if (!about.isEmpty() && entries.size() + content.size() > ENTRIES_PER_SUMMARY) {
                links.saySoon(to, new SwimMessage.Summary(shape, List.copyOf(about), List.copyOf(entries)));
                about.clear();
                entries.clear();
            }
            about.add(bucket);
            // A bucket that is fuller than a body carries is told in part: what is not told is only pushed in vain.
            entries.addAll(content.subList(0, Math.min(content.size(), SwimCodec.ENTRIES_MAX - entries.size())));
        }
        links.saySoon(to, new SwimMessage.Summary(shape, about, entries));
    }

    void onSummary(Peer from, SwimMessage.Summary theirs) {
        long pushesBefore = pushes;
        Set<Long> told = new HashSet<>();
        List<Long> wanted = new ArrayList<>();
        for (SwimMessage.Entry entry : theirs.entries()) {
            told.add(entry.shortKey());
            if (compare(from, entry)) {
                wanted.add(entry.shortKey());
            }
        }
        Set<Integer> buckets = new HashSet<>(theirs.buckets());
        for (SwimMessage.Entry entry : table()) {
            if (buckets.contains(bucket(entry.shortKey(), theirs.shape())) && !told.contains(entry.shortKey())) {
                push(from, entry.shortKey());
            }
        }
        for (int i = 0; i < wanted.size(); i += KEYS_PER_WANT) {
            links.saySoon(from,
                    new SwimMessage.Want(List.copyOf(wanted.subList(i, Math.min(wanted.size(), i + KEYS_PER_WANT)))));
        }
        if (!wanted.isEmpty() || pushes > pushesBefore) {
            beginAgainLater(from);
        }
    }

    /** Looks again whether all arrived, later each time. */
    private void beginAgainLater(Peer with) {
        long now = timers.nowNanos();
        Series last = series.get(with);
        if (last != null && last.dueNanos() - now > 0) {
            return;
        }
        long gapNanos = last != null && now - last.dueNanos() < RECONCILED_NANOS ? 2 * last.gapNanos() : FOLLOW_NANOS;
        if (gapNanos > FOLLOW_NANOS_MAX) {
            return;
        }
        Series next = new Series(gapNanos, now + gapNanos);
        series.put(with, next);
        timers.after(gapNanos, () -> {
            if (next.equals(series.get(with)) && with.session) {
                begin(with);
            }
        });
    }

    /** Pushes what the other side has an older view of; true when it is this side that has to learn. */
    private boolean compare(Peer from, SwimMessage.Entry theirs) {
        Rumour.Alive ours = statement(theirs.shortKey());
        Peer peer = roster.named(theirs.shortKey());
        if (peer == null) {
            if (ours == null) {
                return false;
            }
            if (theirs.epoch() < ours.epoch() || theirs.incarnation() < ours.incarnation()) {
                push(from, theirs.shortKey());
            }
            // A later run of this very identity: its statement is wanted as evidence.
            return theirs.epoch() > ours.epoch();
        }
        boolean newer = !peer.isOver(theirs.epoch()) && (theirs.epoch() != peer.epoch
                || theirs.incarnation() > peer.incarnation() || theirs.sequence() > sequence(ours));
        if (newer) {
            return peer.left == null || theirs.epoch() != peer.epoch;
        }
        boolean older = theirs.epoch() != peer.epoch || theirs.incarnation() < peer.incarnation()
                || !peer.isPresent();
        if (older) {
            push(from, theirs.shortKey());
        }
        return false;
    }

    private static long sequence(Rumour.@Nullable Alive statement) {
        return statement == null ? -1 : statement.sequence();
    }

    private Rumour.@Nullable Alive statement(long shortKey) {
        if (shortKey == SwimMessage.shortKey(self.key)) {
            return self.alive;
        }
        Peer peer = roster.named(shortKey);
        return peer == null ? null : peer.alive;
    }

    void onWant(Peer from, SwimMessage.Want want) {
        want.shortKeys().forEach(shortKey -> push(from, shortKey));
    }

    /** Tells all that is known of one member: record and statement, or why it is gone. */
    private void push(Peer to, long shortKey) {
        pushes++;
        if (shortKey == SwimMessage.shortKey(self.key)) {
            links.saySoon(to, new Rumour.Described(self.record), self.alive);
            return;
        }
        Peer about = roster.named(shortKey);
        if (about == null || (to.budget != null && !to.budget.take(1, timers.nowNanos()))) {
            return;
        }
        if (about.left != null) {
            links.saySoon(to, about.left);
        } else if (!about.isPresent()) {
            about.verdict.forEach(accusation -> links.saySoon(to, accusation));
        } else if (about.alive != null && about.record != null) {
            links.saySoon(to, new Rumour.Described(about.record), about.alive);
        }
    }
}

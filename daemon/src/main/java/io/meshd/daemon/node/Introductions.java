package io.meshd.daemon.node;

import io.meshd.identity.Bytes;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Introduction;
import io.meshd.protocol.IntroductionSet;
import io.meshd.protocol.Outbox;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Whom this node introduces to its peers, and whom those introduce that it trusts as introducers. Node thread.
 *
 * <p>Who trusts an introducer asks it, page by page, whenever the introducer runs anew or says that its set has another
 * digest; the set is heard whole or not at all, so what is no longer in it is withdrawn. Only who asked is told that the
 * set has changed, until it has it. Nothing is passed on: an introducer speaks for itself, in its own sessions.
 */
final class Introductions {
    /** A question, its answer or the news may be lost: the first repeat, then twice as long each time. */
    private static final long REPEAT_NANOS = 1_000_000_000L;
    private static final long REPEAT_NANOS_MAX = 256_000_000_000L;

    private final Neighbours neighbours;
    private final Surroundings surroundings;
    private final Counters counters;
    private IntroductionSet forAll = IntroductionSet.EMPTY;
    private IntroductionSet forInvited = IntroductionSet.EMPTY;
    private Set<PublicKey> invited = Set.of();
    private final Map<PublicKey, Listener> listeners = new LinkedHashMap<>();
    private final Map<PublicKey, Hearing> introducers = new LinkedHashMap<>();

    /** Somebody who has asked. */
    private static final class Listener {
        final RateLimit questions = new RateLimit(64, 50_000_000L);
        Bytes known = IntroductionSet.UNHEARD;
        long newsNanos = Deadlines.NEVER;
        long waitNanos = REPEAT_NANOS;
    }

    /** What was heard of one introducer. */
    private static final class Hearing {
        /** The set that is known whole, and the introducer's run in which it was confirmed. */
        Bytes known = IntroductionSet.UNHEARD;
        long confirmedEpoch = -1;
        /** The set that is being asked for. */
        Bytes wanted = IntroductionSet.UNHEARD;
        final List<Introduction> pages = new ArrayList<>();
        int page;
        long askNanos = Deadlines.NEVER;
        long waitNanos = REPEAT_NANOS;
        /** A set of all pages at once; more is an introducer that changes its mind with every answer. */
        final RateLimit questions = new RateLimit(256, 50_000_000L);

        void begin() {
            pages.clear();
            page = 0;
            waitNanos = REPEAT_NANOS;
        }
    }

    Introductions(Neighbours neighbours, Surroundings surroundings, Counters counters) {
        this.neighbours = neighbours;
        this.surroundings = surroundings;
        this.counters = counters;
    }

    /**
     * What this node says of others from now on.
     *
     * @param toAll     whom it admitted by invitation
     * @param toInvited what those hear that came so: everybody, since they have nobody else to ask
     * @param newcomers those
     */
    void offer(long nowNanos, IntroductionSet toAll, IntroductionSet toInvited, Collection<PublicKey> newcomers) {
        forAll = toAll;
        forInvited = toInvited;
        invited = new HashSet<>(newcomers);
        listeners.keySet().removeIf(peer -> neighbours.of(peer) == null);
        listeners.forEach((peer, listener) -> {
            if (!listener.known.equals(setFor(peer).digest())) {
                listener.waitNanos = REPEAT_NANOS;
                listener.newsNanos = nowNanos;
            }
        });
    }

    private IntroductionSet setFor(PublicKey peer) {
        return invited.contains(peer) ? forInvited : forAll;
    }

    /** These are trusted as introducers from now on, and no others. */
    void believe(long nowNanos, Collection<PublicKey> trusted) {
        introducers.keySet().retainAll(trusted);
        for (PublicKey key : trusted) {
            if (!introducers.containsKey(key)) {
                Hearing hearing = new Hearing();
                introducers.put(key, hearing);
                if (hasSession(nowNanos, key)) {
                    hearing.askNanos = nowNanos;
                }
            }
        }
    }

    private boolean hasSession(long nowNanos, PublicKey key) {
        Neighbour neighbour = neighbours.of(key);
        return neighbour != null && neighbour.tunnel.hasSession(nowNanos);
    }

    /** A neighbour said hello, in this run of its own. */
    void greeted(long nowNanos, PublicKey from, long epoch) {
        Hearing hearing = introducers.get(from);
        if (hearing != null && hearing.confirmedEpoch != epoch && hearing.askNanos == Deadlines.NEVER) {
            hearing.begin();
            hearing.askNanos = nowNanos;
        }
    }

    /** Somebody asks. */
    void handle(long nowNanos, PublicKey from, Frame.IntroductionsAsked asked, Outbox outbox) {
        Listener listener = listeners.computeIfAbsent(from, _ -> new Listener());
        if (!listener.questions.allows(nowNanos)) {
            counters.dropped(DropReason.RATE_LIMITED);
            return;
        }
        IntroductionSet set = setFor(from);
        listener.known = asked.known();
        listener.newsNanos = Deadlines.NEVER;
        if (asked.known().equals(set.digest())) {
            outbox.send(from, new Frame.Introductions(set.digest(), 0, 0, List.of()));
        } else {
            List<List<Introduction>> pages = set.pages();
            int page = Math.min(asked.page(), pages.size() - 1);
            outbox.send(from, new Frame.Introductions(set.digest(), page, pages.size(), pages.get(page)));
        }
    }

    /** An introducer answers, or has news. */
    void handle(long nowNanos, PublicKey from, Frame.Introductions answer, Outbox outbox) {
        Hearing hearing = introducers.get(from);
        Neighbour neighbour = neighbours.of(from);
        if (hearing == null || neighbour == null
                || answer.introductions().stream().anyMatch(introduction -> !introduction.introducer().equals(from))) {
            counters.dropped(DropReason.UNAUTHORIZED_PEER);
        } else if (answer.pages() == 0) {
            if (answer.digest().equals(hearing.known)) {
                hearing.askNanos = Deadlines.NEVER;
                hearing.confirmedEpoch = neighbour.record() == null ? -1 : neighbour.record().epoch();
            } else if (!answer.digest().equals(hearing.wanted) || hearing.askNanos == Deadlines.NEVER) {
                hearing.wanted = answer.digest();
                hearing.begin();
                ask(nowNanos, from, hearing, outbox);
            }
        } else if (hearing.askNanos != Deadlines.NEVER) {
            page(nowNanos, from, hearing, answer, outbox);
        }
    }

    private void page(long nowNanos, PublicKey from, Hearing hearing, Frame.Introductions answer, Outbox outbox) {
        if (!answer.digest().equals(hearing.wanted)) {
            // It has changed meanwhile: from the beginning.
            hearing.wanted = answer.digest();
            hearing.begin();
        }
        if (answer.page() != hearing.page) {
            if (hearing.page == 0) {
                ask(nowNanos, from, hearing, outbox);
            }
            return;
        }
        hearing.pages.addAll(answer.introductions());
        hearing.page++;
        hearing.waitNanos = REPEAT_NANOS;
        if (hearing.page == answer.pages() || hearing.pages.size() >= IntroductionSet.INTRODUCTIONS_MAX) {
            IntroductionSet whole = IntroductionSet.of(hearing.pages);
            hearing.begin();
            if (!whole.digest().equals(answer.digest())) {
                // It says that it said something else: nothing to act on, and no reason to ask at once.
                counters.dropped(DropReason.MALFORMED);
                hearing.askNanos = nowNanos + REPEAT_NANOS_MAX;
                return;
            }
            hearing.known = whole.digest();
            surroundings.introduced(from, whole.introductions());
        }
        // The next page, or when all are there, that they are.
        ask(nowNanos, from, hearing, outbox);
    }

    private static void ask(long nowNanos, PublicKey of, Hearing hearing, Outbox outbox) {
        if (hearing.questions.allows(nowNanos)) {
            outbox.send(of, new Frame.IntroductionsAsked(hearing.known, hearing.page));
        }
        hearing.askNanos = nowNanos + hearing.waitNanos;
        hearing.waitNanos = Math.min(2 * hearing.waitNanos, REPEAT_NANOS_MAX);
    }

    void handleTimeout(long nowNanos, Outbox outbox) {
        introducers.forEach((key, hearing) -> {
            if (Deadlines.isDue(hearing.askNanos, nowNanos)) {
                if (hasSession(nowNanos, key)) {
                    ask(nowNanos, key, hearing, outbox);
                } else {
                    // Its greeting in the next session is when to go on.
                    hearing.askNanos = Deadlines.NEVER;
                    hearing.confirmedEpoch = -1;
                }
            }
        });
        listeners.forEach((key, listener) -> {
            if (Deadlines.isDue(listener.newsNanos, nowNanos)) {
                if (hasSession(nowNanos, key)) {
                    outbox.send(key, new Frame.Introductions(setFor(key).digest(), 0, 0, List.of()));
                }
                listener.newsNanos = nowNanos + listener.waitNanos;
                listener.waitNanos = Math.min(2 * listener.waitNanos, REPEAT_NANOS_MAX);
            }
        });
    }

    long nextDeadlineNanos() {
        long next = Deadlines.NEVER;
        for (Hearing hearing : introducers.values()) {
            next = Deadlines.earlier(next, hearing.askNanos);
        }
        for (Listener listener : listeners.values()) {
            next = Deadlines.earlier(next, listener.newsNanos);
        }
        return next;
    }
}

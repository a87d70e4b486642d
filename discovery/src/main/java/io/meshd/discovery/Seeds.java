package io.meshd.discovery;

import io.meshd.identity.HostPort;
import io.meshd.identity.IpAddress;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Outbox;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Knocks at seeds until somebody answers, for ever.
 *
 * <p>Seeds are tried in the order of {@link SeedSource}: every 5 s at least while no session exists at all, rarely when
 * the mesh is reached. At a seed that does not say who is there, first the key with that {@code seed=} is tried, then the
 * key that was last seen there, then all other trusted keys, at most 20 a second. Names are looked up by the caller.
 * Owner: the node thread.
 */
public final class Seeds {
    /** Most seeds of one source; the rest is ignored. */
    public static final int SEEDS_MAX = 64;

    private static final long SECOND = 1_000_000_000L;
    /** While there is no session. */
    private static final long ALONE_NANOS_MAX = 5 * SECOND;
    /** While there is one. */
    private static final long IN_COMPANY_NANOS = 60 * SECOND;
    private static final long IN_COMPANY_NANOS_MAX = 900 * SECOND;
    /** Between two keys that are tried at a seed without identity. */
    private static final long GUESS_NANOS = SECOND / 20;
    /** Each source waits so much longer than the one before it. */
    private static final long SOURCE_NANOS = SECOND / 5;
    /** How old the answer to a name may be when it is needed. */
    private static final long NAME_NANOS = 60 * SECOND;
    /** How old the answer to a domain may be: while there is no session, and otherwise. */
    private static final long DOMAIN_ALONE_NANOS = 30 * SECOND;
    private static final long DOMAIN_NANOS = 900 * SECOND;
    private static final int DOUBLINGS_MAX = 5;

    private final Map<SeedSource, List<SeedEntry>> entries = new EnumMap<>(SeedSource.class);
    private final Map<String, Domain> domains = new LinkedHashMap<>();
    private final SortedMap<PublicKey, Endpoint> sessions = new TreeMap<>();
    private final Map<PublicKey, Set<InetSocketAddress>> lastSeen = new TreeMap<>();
    private SortedSet<PublicKey> trusted;
    private long nextGuessNanos;
    private boolean guessed;

    private static final class Domain {
        private List<Seed> seeds = List.of();
        private boolean wanted = true;
        private @Nullable Long askedNanos;
        private @Nullable String lastError;
        private long nextNanos;

        Domain(long nextNanos) {
            this.nextNanos = nextNanos;
        }
    }

    /**
     * @param nowNanos the present
     * @param trusted  the keys that a seed without identity may turn out to be
     * @param known    what was remembered of earlier runs: the seeds of {@link SeedSource#DISK}
     */
    public Seeds(long nowNanos, SortedSet<PublicKey> trusted, List<KnownPeer> known) {
        this.trusted = new TreeSet<>(trusted);
        List<Seed> disk = new ArrayList<>();
        for (KnownPeer peer : known) {
            Set<InetSocketAddress> places = new LinkedHashSet<>(peer.lastGood());
            lastSeen.put(peer.node(), Set.copyOf(places));
            if (peer.record() != null) {
                places.addAll(peer.record().endpoints());
            }
            places.stream().limit(2)
                    .forEach(place -> disk.add(new Seed(SeedSource.DISK, hostPort(place), peer.node())));
        }
        replace(nowNanos, SeedSource.DISK, disk);
    }

    private static HostPort hostPort(InetSocketAddress place) {
        return new HostPort(IpAddress.of(place.getAddress()).toString(), place.getPort());
    }

    /** All seeds of one source, replacing its earlier ones; those that stay keep their history. */
    public void replace(long nowNanos, SeedSource source, List<Seed> seeds) {
        List<SeedEntry> before = entries.getOrDefault(source, List.of());
        List<SeedEntry> after = new ArrayList<>();
        for (Seed seed : new LinkedHashSet<>(seeds)) {
            if (after.size() < SEEDS_MAX) {
                after.add(before.stream().filter(entry -> entry.seed.equals(seed)).findFirst()
                        .orElseGet(() -> new SeedEntry(seed, nowNanos + source.ordinal() * SOURCE_NANOS)));
            }
        }
        entries.put(source, after);
    }

    /** All domains whose TXT records name seeds. */
    public void domains(long nowNanos, SortedSet<String> names) {
        domains.keySet().retainAll(names);
        names.stream().limit(SEEDS_MAX).forEach(name -> domains.computeIfAbsent(name, _ -> new Domain(nowNanos)));
        replaceTxt(nowNanos);
    }

    /** The trusted keys have changed. */
    public void trust(long nowNanos, SortedSet<PublicKey> keys) {
        trusted = new TreeSet<>(keys);
        sessions.keySet().retainAll(trusted);
        for (SeedEntry entry : all()) {
            entry.guesses.removeIf(key -> !trusted.contains(key));
            if (entry.answered != null && !trusted.contains(entry.answered)) {
                entry.answered = null;
            }
        }
        hurryIfAlone(nowNanos);
    }

    private List<SeedEntry> all() {
        return entries.values().stream().flatMap(List::stream).toList();
    }

    /** A session with this peer came up here. */
    public void sessionUp(long nowNanos, PublicKey peer, Endpoint via) {
        sessions.put(peer, via);
        for (SeedEntry entry : all()) {
            boolean there = via instanceof Endpoint.Direct direct && entry.addresses().contains(direct.address());
            if (there && entry.seed.peer() == null) {
                entry.answered = peer;
            }
            if (there || Objects.equals(peer, entry.peer())) {
                entry.guesses.clear();
                entry.failures = 0;
                entry.lastError = null;
                entry.nextNanos = nowNanos + IN_COMPANY_NANOS;
            }
        }
        if (via instanceof Endpoint.Direct direct) {
            lastSeen.put(peer, Set.of(direct.address()));
        }
    }

    /** No session with this peer is left: where it should be is looked at now, and not when the next look is due. */
    public void sessionDown(long nowNanos, PublicKey peer) {
        if (sessions.remove(peer) != null) {
            for (SeedEntry entry : all()) {
                if (Objects.equals(peer, entry.peer())) {
                    entry.nextNanos = Deadlines.earlier(entry.nextNanos, nowNanos);
                }
            }
            hurryIfAlone(nowNanos);
        }
    }

    private void hurryIfAlone(long nowNanos) {
        if (!sessions.isEmpty()) {
            return;
        }
        for (SeedEntry entry : all()) {
            entry.failures = 0;
            entry.nextNanos = Deadlines.earlier(entry.nextNanos,
                    nowNanos + entry.seed.source().ordinal() * SOURCE_NANOS);
        }
    }

    /** Host names that wait for {@link #resolved} or {@link #resolutionFailed}. */
    public SortedSet<String> unresolved() {
        SortedSet<String> names = new TreeSet<>();
        all().stream().filter(entry -> entry.unresolved).forEach(entry -> names.add(entry.seed.at().host()));
        return names;
    }

    /** A host name has these addresses. */
    public void resolved(long nowNanos, String host, List<InetAddress> addresses) {
        if (addresses.isEmpty()) {
            resolutionFailed(nowNanos, host, "no address");
            return;
        }
        for (SeedEntry entry : named(host)) {
            boolean first = entry.addresses().isEmpty();
            entry.resolved(addresses, nowNanos);
            if (first) {
                entry.lastError = null;
                entry.nextNanos = Deadlines.earlier(entry.nextNanos, nowNanos);
            }
        }
    }

    /** A host name could not be looked up; an earlier answer stays in use. */
    public void resolutionFailed(long nowNanos, String host, String error) {
        for (SeedEntry entry : named(host)) {
            entry.unresolved = false;
            entry.lastError = error;
            entry.failures++;
            entry.nextNanos = nowNanos + backoffNanos(entry.failures);
        }
    }

    private List<SeedEntry> named(String host) {
        return all().stream().filter(entry -> entry.isName && entry.seed.at().host().equals(host)).toList();
    }

    /** Domains that wait for {@link #domainResolved} or {@link #domainFailed}. */
    public SortedSet<String> unresolvedDomains() {
        SortedSet<String> names = new TreeSet<>();
        domains.forEach((name, domain) -> {
            if (domain.wanted) {
                names.add(name);
            }
        });
        return names;
    }

    /** The TXT records of a domain; those that are none of ours are ignored. */
    public void domainResolved(long nowNanos, String name, List<String> records) {
        Domain domain = domains.get(name);
        if (domain == null) {
            return;
        }
        List<Seed> seeds = new ArrayList<>();
        for (String record : records) {
            Seed seed = SeedText.parseTxt(record);
            if (seed != null) {
                seeds.add(seed);
            }
        }
        domain.seeds = seeds;
        answered(domain, nowNanos, seeds.isEmpty() ? "no record v=meshd1" : null);
        replaceTxt(nowNanos);
    }

    /** The TXT records of a domain could not be looked up; earlier ones stay in use. */
    public void domainFailed(long nowNanos, String name, String error) {
        Domain domain = domains.get(name);
        if (domain != null) {
            answered(domain, nowNanos, error);
        }
    }

    private void answered(Domain domain, long nowNanos, @Nullable String error) {
        domain.wanted = false;
        domain.askedNanos = nowNanos;
        domain.lastError = error;
        domain.nextNanos = nowNanos + (sessions.isEmpty() ? DOMAIN_ALONE_NANOS : DOMAIN_NANOS);
    }

    private void replaceTxt(long nowNanos) {
        replace(nowNanos, SeedSource.TXT, domains.values().stream().flatMap(domain -> domain.seeds.stream()).toList());
    }

    /** Tries what is due. */
    public void handleTimeout(long nowNanos, Outbox outbox) {
        for (Domain domain : domains.values()) {
            if (Deadlines.isDue(domain.nextNanos, nowNanos)) {
                domain.wanted = true;
                domain.nextNanos = Deadlines.NEVER;
            }
        }
        for (SeedEntry entry : all()) {
            if (Deadlines.isDue(entry.nextNanos, nowNanos)) {
                attempt(entry, nowNanos, outbox);
            }
        }
    }

    private void attempt(SeedEntry entry, long nowNanos, Outbox outbox) {
        if (entry.isStale(nowNanos, NAME_NANOS) || (entry.isName && entry.addresses().isEmpty())) {
            entry.unresolved = true;
        }
        PublicKey peer = entry.peer();
        if (peer != null && sessions.containsKey(peer)) {
            entry.nextNanos = nowNanos + IN_COMPANY_NANOS;
        } else if (entry.addresses().isEmpty()) {
            entry.nextNanos = Deadlines.NEVER;
        } else if (peer != null && !trusted.contains(peer)) {
            failed(entry, nowNanos, "not a trusted peer");
        } else if (entry.seed.peer() != null) {
            knock(entry, entry.seed.peer(), nowNanos, outbox);
            failed(entry, nowNanos, entry.failures == 0 ? entry.lastError : "no answer");
        } else {
            guess(entry, nowNanos, outbox);
        }
    }

    private void guess(SeedEntry entry, long nowNanos, Outbox outbox) {
        if (guessed && nextGuessNanos - nowNanos > 0) {
            entry.nextNanos = nextGuessNanos;
            return;
        }
        if (entry.guesses.isEmpty()) {
            entry.guesses.addAll(candidates(entry));
        }
        PublicKey candidate = entry.guesses.poll();
        if (candidate != null) {
            knock(entry, candidate, nowNanos, outbox);
            guessed = true;
            nextGuessNanos = nowNanos + GUESS_NANOS;
        }
        if (entry.guesses.isEmpty()) {
            String error = "none of " + trusted.size() + " trusted peers answers";
            failed(entry, nowNanos, entry.failures == 0 ? entry.lastError : error);
        } else {
            entry.nextNanos = nextGuessNanos;
        }
    }

    /** All trusted keys without a session: who answered there, who has that seed=, who was last seen there, the others. */
    private Set<PublicKey> candidates(SeedEntry entry) {
        Set<PublicKey> ordered = new LinkedHashSet<>();
        if (entry.answered != null) {
            ordered.add(entry.answered);
        }
        for (SeedEntry other : entries.getOrDefault(SeedSource.TRUST, List.of())) {
            if (other.seed.peer() != null && other.seed.at().equals(entry.seed.at())) {
                ordered.add(other.seed.peer());
            }
        }
        lastSeen.forEach((key, places) -> {
            if (entry.addresses().stream().anyMatch(places::contains)) {
                ordered.add(key);
            }
        });
        ordered.addAll(trusted);
        ordered.removeIf(key -> !trusted.contains(key) || sessions.containsKey(key));
        return ordered;
    }

    private static void knock(SeedEntry entry, PublicKey peer, long nowNanos, Outbox outbox) {
        entry.lastAttemptNanos = nowNanos;
        entry.addresses().forEach(address -> outbox.connect(peer, new Endpoint.Direct(address)));
    }

    private void failed(SeedEntry entry, long nowNanos, @Nullable String error) {
        entry.lastError = error;
        entry.failures++;
        entry.nextNanos = nowNanos + backoffNanos(entry.failures);
    }

    private long backoffNanos(int failures) {
        int doublings = Math.min(DOUBLINGS_MAX, failures - 1);
        return sessions.isEmpty()
                ? Math.min(ALONE_NANOS_MAX, SECOND << doublings)
                : Math.min(IN_COMPANY_NANOS_MAX, IN_COMPANY_NANOS << doublings);
    }

    /** When {@link #handleTimeout} is to be called, or {@code Deadlines.NEVER}. */
    public long nextDeadlineNanos() {
        long next = Deadlines.NEVER;
        for (SeedEntry entry : all()) {
            next = Deadlines.earlier(next, entry.nextNanos);
        }
        for (Domain domain : domains.values()) {
            next = Deadlines.earlier(next, domain.nextNanos);
        }
        return next;
    }

    /** For {@code status}, in the order in which seeds are tried. */
    public List<SeedStatus> status() {
        List<SeedStatus> lines = new ArrayList<>();
        for (SeedSource source : SeedSource.values()) {
            if (source == SeedSource.TXT) {
                domains.forEach((name, domain) -> lines.add(status(name, domain)));
            }
            entries.getOrDefault(source, List.of()).forEach(entry -> lines.add(status(entry)));
        }
        return lines;
    }

    private SeedStatus status(SeedEntry entry) {
        PublicKey peer = entry.peer();
        SeedStatus.State state;
        if (peer != null && sessions.containsKey(peer)) {
            state = SeedStatus.State.CONNECTED;
        } else if (!entry.addresses().isEmpty()) {
            state = SeedStatus.State.TRYING;
        } else {
            state = entry.unresolved ? SeedStatus.State.RESOLVING : SeedStatus.State.UNRESOLVED;
        }
        return new SeedStatus(entry.seed.source(), entry.seed.at().toString(), peer, state, entry.lastAttemptNanos,
                entry.lastError);
    }

    private static SeedStatus status(String name, Domain domain) {
        SeedStatus.State state = domain.wanted ? SeedStatus.State.RESOLVING : SeedStatus.State.UNRESOLVED;
        return new SeedStatus(SeedSource.TXT, "txt://" + name, null,
                domain.seeds.isEmpty() ? state : SeedStatus.State.RESOLVED, domain.askedNanos, domain.lastError);
    }
}

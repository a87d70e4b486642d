package io.meshd.discovery;

import io.meshd.identity.IpAddress;
import io.meshd.identity.Parsed;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Outbox;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Seeds that are addresses: each is tried every 5 s until a session comes up there. Names are not looked up yet. */
public final class Seeds {
    private static final long RETRY_NANOS = 5_000_000_000L;

    private final Map<SeedSource, List<Knock>> bySource = new EnumMap<>(SeedSource.class);
    private SortedSet<PublicKey> trusted;

    private static final class Knock {
        final Seed seed;
        final @Nullable InetSocketAddress address;
        long nextNanos;
        @Nullable
        Long lastNanos;
        @Nullable
        PublicKey answered;

        Knock(Seed seed, @Nullable InetSocketAddress address, long nextNanos) {
            this.seed = seed;
            this.address = address;
            this.nextNanos = nextNanos;
        }
    }

    /**
     * @param trusted the keys that a seed without identity may turn out to be
     * @param known   what was remembered of earlier runs: the seeds of {@link SeedSource#DISK}
     */
    public Seeds(SortedSet<PublicKey> trusted, List<KnownPeer> known) {
        this.trusted = new TreeSet<>(trusted);
        List<Knock> disk = new ArrayList<>();
        for (KnownPeer peer : known) {
            for (InetSocketAddress good : peer.lastGood()) {
                Seed seed = new Seed(SeedSource.DISK, good.getAddress().getHostAddress(), good.getPort(), peer.node());
                disk.add(new Knock(seed, good, Long.MIN_VALUE / 2));
            }
        }
        bySource.put(SeedSource.DISK, disk);
    }

    /** All seeds of one source, replacing its earlier ones. */
    public void replace(long nowNanos, SeedSource source, List<Seed> seeds) {
        List<Knock> knocks = new ArrayList<>();
        for (Seed seed : seeds) {
            knocks.add(new Knock(seed, literal(seed), nowNanos));
        }
        bySource.put(source, knocks);
    }

    private static @Nullable InetSocketAddress literal(Seed seed) {
        return IpAddress.parse(seed.host()) instanceof Parsed.Valid<IpAddress>(IpAddress address)
                ? new InetSocketAddress(address.toInetAddress(), seed.port())
                : null;
    }

    /** The trusted keys have changed. */
    public void trust(long nowNanos, SortedSet<PublicKey> newTrusted) {
        trusted = new TreeSet<>(newTrusted);
        all().forEach(knock -> knock.nextNanos = nowNanos);
    }

    /** A session with this peer came up here. */
    public void sessionUp(long nowNanos, PublicKey peer, Endpoint via) {
        if (via instanceof Endpoint.Direct(InetSocketAddress address)) {
            all().stream().filter(knock -> address.equals(knock.address)).forEach(knock -> knock.answered = peer);
        }
    }

    /** No session with this peer is left. */
    public void sessionDown(long nowNanos, PublicKey peer) {
        all().stream().filter(knock -> peer.equals(knock.answered)).forEach(knock -> {
            knock.answered = null;
            knock.nextNanos = nowNanos;
        });
    }

    /** Host names to be looked up now; each is answered by {@link #resolved} or {@link #resolutionFailed}. */
    public SortedSet<String> unresolved() {
        return Collections.emptySortedSet();
    }

    /** A host name has these addresses. */
    public void resolved(long nowNanos, String host, List<InetAddress> addresses) {}

    /** A host name could not be looked up. */
    public void resolutionFailed(long nowNanos, String host, String error) {}

    /** Tries what is due. */
    public void handleTimeout(long nowNanos, Outbox outbox) {
        for (Knock knock : all()) {
            InetSocketAddress address = knock.address;
            if (address == null || knock.answered != null || knock.nextNanos - nowNanos > 0) {
                continue;
            }
            knock.lastNanos = nowNanos;
            knock.nextNanos = nowNanos + RETRY_NANOS;
            PublicKey expected = knock.seed.peer();
            for (PublicKey key : trusted) {
                if (expected == null || expected.equals(key)) {
                    outbox.connect(key, new Endpoint.Direct(address));
                }
            }
        }
    }

    /** When {@link #handleTimeout} is to be called, or {@code Deadlines.NEVER}. */
    public long nextDeadlineNanos() {
        return all().stream().filter(knock -> knock.address != null && knock.answered == null)
                .mapToLong(knock -> knock.nextNanos).reduce(Deadlines.NEVER, Deadlines::earlier);
    }

    /** For {@code status}, in the order in which seeds are tried. */
    public List<SeedStatus> status() {
        return all().stream()
                .map(knock -> new SeedStatus(knock.seed.source(), knock.seed.address(), knock.answered,
                        knock.answered == null ? SeedStatus.State.TRYING : SeedStatus.State.CONNECTED,
                        knock.lastNanos, null))
                .toList();
    }

    private List<Knock> all() {
        return bySource.values().stream().flatMap(List::stream).toList();
    }
}

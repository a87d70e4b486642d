package io.meshd.nat.mapping;

import io.meshd.identity.Bytes;
import io.meshd.protocol.Deadlines;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One port at one router: all protocols are tried together, the best answer is used, and when it is lost all begin again.
 *
 * <p>Together, but not so that one router makes two mappings: PCP asks at once, NAT-PMP when PCP is not spoken or not
 * answered for 500 ms, UPnP looks for its device at once and maps after 800 ms. The first public address ends the search;
 * a private one is used while the others go on. What they hold is remembered, and given back at exit.
 */
final class GatewayMapping {
    private final Gateway gateway;
    private final RandomGenerator random;
    private final LeaseKeeper pcp;
    /** IPv4 only, both. */
    private final @Nullable LeaseKeeper natPmp;
    private final @Nullable IgdKeeper igd;
    private final List<MappingKeeper> keepers;
    private @Nullable MappingKeeper used;
    private long natPmpNanos = Deadlines.NEVER;
    private long igdNanos = Deadlines.NEVER;
    private long retryNanos = Deadlines.NEVER;
    private long anewNanos = Deadlines.NEVER;
    private int doubts;
    private boolean searching;
    /** When giving back has taken too long; never while it has not begun. */
    private long releaseEndNanos = Deadlines.NEVER;
    private boolean released;

    GatewayMapping(Gateway gateway, int port, Bytes secret, RandomGenerator random) {
        this.gateway = gateway;
        this.random = random;
        this.pcp = new LeaseKeeper(gateway, new PcpDialect(gateway, port, secret), port, random);
        this.natPmp = gateway.isV4() ? new LeaseKeeper(gateway, new NatPmpDialect(port), port, random) : null;
        this.igd = gateway.isV4() ? new IgdKeeper(gateway, port, random) : null;
        List<MappingKeeper> all = new ArrayList<>(List.of(pcp));
        if (natPmp != null && igd != null) {
            all.add(natPmp);
            all.add(igd);
        }
        this.keepers = List.copyOf(all);
    }

    Gateway gateway() {
        return gateway;
    }

    void begin(long nowNanos, MappingOutbox out) {
        used = null;
        searching = true;
        retryNanos = Deadlines.NEVER;
        natPmpNanos = natPmp == null ? Deadlines.NEVER : nowNanos + MappingTimings.NAT_PMP_HEAD_START_NANOS;
        igdNanos = igd == null ? Deadlines.NEVER : nowNanos + MappingTimings.UPNP_HEAD_START_NANOS;
        keepers.forEach(MappingKeeper::rest);
        pcp.begin(nowNanos, out);
        if (igd != null) {
            igd.begin(nowNanos, out);
        }
    }

    /** A datagram that came to this gateway's socket. What is not from the gateway itself is nothing. */
    void handle(long nowNanos, InetSocketAddress from, byte[] datagram, MappingOutbox out) {
        if (!from.getAddress().equals(gateway.router())) {
            return;
        }
        if (from.getPort() == GatewayDialect.PORT) {
            pcp.handle(nowNanos, datagram, out);
            if (natPmp != null) {
                natPmp.handle(nowNanos, datagram, out);
            }
        } else if (igd != null) {
            // Not always from port 1900.
            igd.found(nowNanos, datagram, out);
        }
        conclude(nowNanos, out);
    }

    /** A datagram to the group that hears of restarts. */
    void announced(long nowNanos, InetSocketAddress from, byte[] datagram) {
        boolean isAnnouncement = from.getAddress().equals(gateway.router()) && from.getPort() == GatewayDialect.PORT
                && (pcp.isAnnouncement(datagram) || (natPmp != null && natPmp.isAnnouncement(datagram)));
        if (!isAnnouncement || isReleasing()) {
            return;
        }
        pcp.hint(nowNanos);
        if (natPmp != null) {
            natPmp.hint(nowNanos);
        }
        if (used == null && !searching) {
            // The router has just come up, and speaks one of these.
            long soon = nowNanos + random.nextLong(MappingTimings.HINT_NANOS);
            retryNanos = Deadlines.earlier(retryNanos, soon);
        }
    }

    void handle(long nowNanos, HttpAnswer answer, MappingOutbox out) {
        if (igd != null) {
            igd.handle(nowNanos, answer, out);
            conclude(nowNanos, out);
        }
    }

    /** A peer could not reach this node there: it is made anew, each time after a longer while. */
    void doubt(long nowNanos) {
        if (used != null && anewNanos == Deadlines.NEVER) {
            long pause = MappingTimings.DOUBT_FIRST_NANOS << Math.min(doubts, 6);
            doubts++;
            anewNanos = nowNanos + Math.min(pause, MappingTimings.DOUBT_MAX_NANOS);
        }
    }

    /** A peer has reached this node there. */
    void confirmed() {
        doubts = 0;
        anewNanos = Deadlines.NEVER;
    }

    /** Somebody wants to know now: what is not mapped is asked for again, a router that maps whether it lives. */
    void look(long nowNanos, MappingOutbox out) {
        if (isReleasing()) {
            return;
        }
        if (used == null && !searching) {
            begin(nowNanos, out);
        } else if (used == pcp) {
            pcp.look(nowNanos);
        } else if (natPmp != null && used == natPmp) {
            natPmp.look(nowNanos);
        }
    }

    /** Whether nothing is mapped yet and that is being asked for. */
    boolean isAsking() {
        return searching && used == null && !isReleasing();
    }

    /** Gives everything back; go on until {@link #isReleased()}. */
    void release(long nowNanos, MappingOutbox out) {
        releaseEndNanos = nowNanos + MappingTimings.RELEASE_NANOS;
        used = null;
        natPmpNanos = Deadlines.NEVER;
        igdNanos = Deadlines.NEVER;
        retryNanos = Deadlines.NEVER;
        anewNanos = Deadlines.NEVER;
        keepers.forEach(keeper -> keeper.release(nowNanos, out));
    }

    boolean isReleasing() {
        return released || releaseEndNanos != Deadlines.NEVER;
    }

    boolean isReleased() {
        return released || (isReleasing() && keepers.stream().allMatch(MappingKeeper::isReleased));
    }

    void handleTimeout(long nowNanos, MappingOutbox out) {
        for (MappingKeeper keeper : keepers) {
            keeper.handleTimeout(nowNanos, out);
        }
        if (Deadlines.isDue(releaseEndNanos, nowNanos)) {
            // Enough waited: what is left ends with its lease.
            released = true;
            releaseEndNanos = Deadlines.NEVER;
        }
        if (Deadlines.isDue(retryNanos, nowNanos)) {
            begin(nowNanos, out);
        }
        if (Deadlines.isDue(anewNanos, nowNanos)) {
            anewNanos = Deadlines.NEVER;
            if (used != null) {
                used.makeAnew(nowNanos, out);
            }
        }
        conclude(nowNanos, out);
    }

    /** Looks at what the keepers have, and what is to be done about it. */
    private void conclude(long nowNanos, MappingOutbox out) {
        if (isReleasing()) {
            return;
        }
        startWhatIsDue(nowNanos, out);
        if (used != null && used.mapped() == null) {
            // What served is over; whatever the others found at the time is old.
            begin(nowNanos, out);
            return;
        }
        choose();
        if (searching && used == null && natPmpNanos == Deadlines.NEVER
                && keepers.stream().allMatch(MappingKeeper::hasFailed)) {
            searching = false;
            retryNanos = nowNanos + retryPause();
        }
    }

    private void startWhatIsDue(long nowNanos, MappingOutbox out) {
        if (natPmp != null && natPmpNanos != Deadlines.NEVER
                && (pcp.hasFailed() || Deadlines.isDue(natPmpNanos, nowNanos))) {
            natPmpNanos = Deadlines.NEVER;
            if (!isGood(pcp)) {
                natPmp.begin(nowNanos, out);
            }
        }
        if (igd != null && Deadlines.isDue(igdNanos, nowNanos)) {
            igdNanos = Deadlines.NEVER;
            igd.allow(nowNanos, out);
        }
    }

    private void choose() {
        for (MappingKeeper keeper : keepers) {
            boolean better = keeper != used && keeper.mapped() != null
                    && (used == null || (isGood(keeper) && !isGood(used)));
            used = better ? keeper : used;
        }
        if (searching && used != null && isGood(used)) {
            searching = false;
            natPmpNanos = Deadlines.NEVER;
            igdNanos = Deadlines.NEVER;
            keepers.stream().filter(keeper -> keeper != used).forEach(MappingKeeper::rest);
        }
    }

    private static boolean isGood(MappingKeeper keeper) {
        MappedPort mapped = keeper.mapped();
        return mapped != null && mapped.isPublic();
    }

    private long retryPause() {
        long asked = keepers.stream().mapToLong(MappingKeeper::waitNanos).filter(wait -> wait > 0).min()
                .orElse(MappingTimings.RETRY_NANOS);
        return Math.clamp(asked, MappingTimings.RETRY_MIN_NANOS, MappingTimings.RETRY_MAX_NANOS);
    }

    @Nullable
    MappedPort mapped() {
        return used == null ? null : used.mapped();
    }

    /** What each protocol came to, for operators. */
    List<PortMappings.Attempt> attempts() {
        List<PortMappings.Attempt> attempts = new ArrayList<>();
        attempts.add(attempt(MappingProtocol.PCP, pcp));
        if (natPmp != null && igd != null) {
            attempts.add(attempt(MappingProtocol.NAT_PMP, natPmp));
            attempts.add(attempt(MappingProtocol.UPNP, igd));
        }
        return attempts;
    }

    private PortMappings.Attempt attempt(MappingProtocol protocol, MappingKeeper keeper) {
        return new PortMappings.Attempt(gateway, protocol, keeper.state(), keeper == used, keeper.untilNanos());
    }

    long nextDeadlineNanos() {
        long next = Deadlines.earlier(Deadlines.earlier(natPmpNanos, igdNanos),
                Deadlines.earlier(retryNanos, anewNanos));
        next = Deadlines.earlier(next, releaseEndNanos);
        for (MappingKeeper keeper : keepers) {
            next = Deadlines.earlier(next, keeper.nextDeadlineNanos());
        }
        return next;
    }
}

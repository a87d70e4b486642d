package io.meshd.nat.stun;

import io.meshd.identity.HostPort;
import io.meshd.identity.IpAddress;
import io.meshd.protocol.Deadlines;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One configured server, with the addresses of its name. Belongs to {@link StunClient}. */
final class StunServer {
    private static final long NAME_NANOS = 3_600_000_000_000L;
    private static final long NAME_RETRY_NANOS = 30_000_000_000L;

    private final HostPort place;
    private final boolean isName;
    private List<InetAddress> addresses;
    private boolean wantsLookup;
    private long nextLookupNanos;
    private final Standing standing4 = new Standing();
    private final Standing standing6 = new Standing();

    /** What is known of it in one family. */
    private static final class Standing {
        boolean answers;
        /** When that was found out, or {@link Deadlines#NEVER}. */
        long atNanos = Deadlines.NEVER;
        long tookNanos;
    }

    StunServer(HostPort place, long nowNanos) {
        IpAddress literal = place.address();
        this.place = place;
        this.isName = literal == null;
        this.addresses = literal == null ? List.of() : List.of(literal.toInetAddress());
        this.nextLookupNanos = isName ? nowNanos : Deadlines.NEVER;
    }

    HostPort place() {
        return place;
    }

    boolean isCalled(String host) {
        return isName && place.host().equals(host);
    }

    /** Its address in a family; null when it has none or it is not known yet. */
    @Nullable
    InetSocketAddress at(boolean v6) {
        for (InetAddress address : addresses) {
            if (address instanceof Inet6Address == v6) {
                return new InetSocketAddress(address, place.port());
            }
        }
        return null;
    }

    void resolved(long nowNanos, List<InetAddress> found) {
        wantsLookup = false;
        // An answer without addresses does not make a server vanish that was there before.
        addresses = found.isEmpty() ? addresses : List.copyOf(found);
        nextLookupNanos = nowNanos + (found.isEmpty() ? NAME_RETRY_NANOS : NAME_NANOS);
    }

    boolean wantsLookup() {
        return wantsLookup;
    }

    long nextLookupNanos() {
        return nextLookupNanos;
    }

    void lookUpIfDue(long nowNanos) {
        if (Deadlines.isDue(nextLookupNanos, nowNanos)) {
            wantsLookup = true;
            nextLookupNanos = Deadlines.NEVER;
        }
    }

    /** It answered there, after so long. */
    void answered(long nowNanos, boolean v6, long tookNanos) {
        found(nowNanos, v6, true, tookNanos);
    }

    /** It does not answer there; its name may have moved. */
    void silent(long nowNanos, boolean v6) {
        found(nowNanos, v6, false, 0);
        if (isName && !wantsLookup) {
            nextLookupNanos = Deadlines.earlier(nextLookupNanos, nowNanos + NAME_RETRY_NANOS);
        }
    }

    private void found(long nowNanos, boolean v6, boolean answers, long tookNanos) {
        Standing standing = standing(v6);
        standing.answers = answers;
        standing.atNanos = nowNanos;
        standing.tookNanos = tookNanos;
    }

    boolean answers(boolean v6) {
        return standing(v6).answers;
    }

    private Standing standing(boolean v6) {
        return v6 ? standing6 : standing4;
    }

    /** What operators see of it in a family; null when it has no address of that. */
    @Nullable
    StunServerView view(boolean v6) {
        InetSocketAddress at = at(v6);
        Standing standing = standing(v6);
        return at == null
                ? null
                : new StunServerView(place, at, standing.answers, standing.atNanos, standing.tookNanos);
    }
}

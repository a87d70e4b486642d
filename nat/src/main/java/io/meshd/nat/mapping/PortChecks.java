package io.meshd.nat.mapping;

import io.meshd.identity.Bytes;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether mapped ports really lead to this node, by asking peers to knock.
 *
 * <p>A router's word is not enough: there are some that list a mapping and drop its packets. So a peer is told, inside
 * the session, a random id and the mapped address, and sends there one STUN indication with that id from a port that it
 * never used before. No hole that this node has punched lets that in, so what arrives came by the mapping. The id is
 * known to the two alone, so nobody else can make this node believe it. When several peers knocked in vain, the mapping
 * is in doubt. Owned by one thread.
 */
public final class PortChecks {
    /** Bytes of a knock's id: a STUN transaction id. */
    public static final int ID_BYTES = 12;

    private static final long SECOND_NANOS = 1_000_000_000L;
    /** How long a knock may take: two paths, and a record that has to be there first. */
    private static final long PATIENCE_NANOS = 3 * SECOND_NANOS;
    /** A mapping is worth a look so often; one datagram each. */
    private static final long AGAIN_NANOS = 1_800 * SECOND_NANOS;
    /**
     * When nobody is there to ask, or what was asked was in vain. Longer than a doubted mapping takes to be made anew: a
     * knock just before that would have the peer refuse the one just after.
     */
    private static final long PAUSE_NANOS = 90 * SECOND_NANOS;
    /** The record that names the address goes to peers at the same time; it should be there first. */
    private static final long FIRST_NANOS = SECOND_NANOS / 2;
    /** So many knock in vain before that says something: a datagram may be lost, a peer behind a firewall. */
    private static final int KNOCKS_MAX = 3;
    private static final int STUN_HEADER_BYTES = 20;
    /** RFC 8489 section 5: a binding indication. */
    private static final short BINDING_INDICATION = 0x0011;
    private static final int MAGIC_COOKIE = 0x2112_a442;

    private final RandomGenerator random;
    private final Map<MappedPort, Check> checks = new LinkedHashMap<>();

    /** Who can be asked to knock at a port: peers with a session, outside of the network behind the router. */
    @FunctionalInterface
    public interface Helpers {
        /** The best first. */
        List<PublicKey> of(MappedPort port);
    }

    /** Hears what was found out. */
    @FunctionalInterface
    public interface Verdicts {
        /** The port leads here, or does not although several peers knocked. */
        void found(MappedPort port, boolean reached);
    }

    private static final class Check {
        private final Set<PublicKey> asked = new LinkedHashSet<>();
        private Bytes id = Bytes.EMPTY;
        private boolean confirmed;
        private long nextNanos;

        Check(long nextNanos) {
            this.nextNanos = nextNanos;
        }
    }

    /** Nothing to check yet; {@code random} is one that nobody can predict. */
    public PortChecks(RandomGenerator random) {
        this.random = random;
    }

    /** The mapped ports are now these; what is new, or was made anew, is not confirmed. */
    public void mapped(long nowNanos, List<MappedPort> ports) {
        checks.keySet().retainAll(ports);
        for (MappedPort port : ports) {
            checks.computeIfAbsent(port, _ -> new Check(nowNanos + FIRST_NANOS));
        }
    }

    /** A peer that may help has appeared: what waits for one waits no longer. */
    public void helperAppeared(long nowNanos) {
        for (Check check : checks.values()) {
            if (!check.confirmed && check.asked.isEmpty()) {
                check.nextNanos = Deadlines.earlier(check.nextNanos, nowNanos + FIRST_NANOS);
            }
        }
    }

    /** Asks whom it is time to ask. */
    public void handleTimeout(long nowNanos, Helpers helpers, Outbox out, Verdicts verdicts) {
        List<MappedPort> unreached = new ArrayList<>();
        checks.forEach((port, check) -> {
            if (Deadlines.isDue(check.nextNanos, nowNanos) && !knock(nowNanos, port, check, helpers, out)) {
                unreached.add(port);
            }
        });
        unreached.forEach(port -> verdicts.found(port, false));
    }

    /** Asks the next peer; false when enough have knocked in vain. */
    private boolean knock(long nowNanos, MappedPort port, Check check, Helpers helpers, Outbox out) {
        // A private address cannot be reached from outside, so nobody can say more than the router did.
        PublicKey helper = !port.isPublic() || check.asked.size() >= KNOCKS_MAX
                ? null
                : helpers.of(port).stream().filter(peer -> !check.asked.contains(peer)).findFirst().orElse(null);
        if (helper == null) {
            boolean inVain = !check.asked.isEmpty();
            check.confirmed &= !inVain;
            check.asked.clear();
            check.id = Bytes.EMPTY;
            check.nextNanos = nowNanos + PAUSE_NANOS;
            return !inVain;
        }
        check.asked.add(helper);
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        check.id = Bytes.copyOf(id);
        check.nextNanos = nowNanos + PATIENCE_NANOS;
        out.send(helper, new Frame.Knock(check.id, port.external()));
        return true;
    }

    /** A STUN message; true when it was a knock that this node asked for. */
    public boolean handle(long nowNanos, byte[] datagram, Verdicts verdicts) {
        Bytes id = knockId(datagram);
        if (id == null) {
            return false;
        }
        for (Map.Entry<MappedPort, Check> entry : checks.entrySet()) {
            Check check = entry.getValue();
            if (check.id.equals(id)) {
                check.confirmed = true;
                check.id = Bytes.EMPTY;
                check.asked.clear();
                check.nextNanos = nowNanos + AGAIN_NANOS;
                verdicts.found(entry.getKey(), true);
                return true;
            }
        }
        return false;
    }

    /** When {@link #handleTimeout} is to be called, or {@link Deadlines#NEVER}. */
    public long nextDeadlineNanos() {
        long next = Deadlines.NEVER;
        for (Check check : checks.values()) {
            next = Deadlines.earlier(next, check.nextNanos);
        }
        return next;
    }

    /** All mapped ports and whether a peer has confirmed them. */
    public Map<MappedPort, Boolean> ports() {
        Map<MappedPort, Boolean> ports = new LinkedHashMap<>();
        checks.forEach((port, check) -> ports.put(port, check.confirmed));
        return ports;
    }

    /** Where the routers say that this node can be reached, confirmed or not. */
    public List<InetSocketAddress> endpoints() {
        return checks.keySet().stream().map(MappedPort::external).distinct().toList();
    }

    /** The datagram that knocks with an id. */
    public static byte[] knock(Bytes id) {
        return ByteBuffer.allocate(STUN_HEADER_BYTES).putShort(BINDING_INDICATION).putShort((short) 0)
                .putInt(MAGIC_COOKIE).put(id.toArray()).array();
    }

    private static @Nullable Bytes knockId(byte[] datagram) {
        ByteBuffer in = ByteBuffer.wrap(datagram);
        return datagram.length == STUN_HEADER_BYTES && in.getShort(0) == BINDING_INDICATION && in.getShort(2) == 0
                && in.getInt(4) == MAGIC_COOKIE
                        ? Bytes.copyOf(datagram, STUN_HEADER_BYTES - ID_BYTES, ID_BYTES)
                        : null;
    }
}

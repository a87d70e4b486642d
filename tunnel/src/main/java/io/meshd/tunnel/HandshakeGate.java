package io.meshd.tunnel;

import io.meshd.identity.TunnelKey;
import io.meshd.protocol.DatagramKind;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Which handshake messages are worth the node thread's time: {@code mac1}, and under load {@code mac2} and the rate of
 * each source (WireGuard paper, sections 5.3 and 5.4.4 to 5.4.7).
 *
 * <p>Any thread, and pure. Threads that read sockets ask before they queue anything: so a flood from forged addresses
 * never reaches the queue, and whoever proved its address finds room there. Nothing here costs a curve operation.
 */
public final class HandshakeGate {
    // Load comes in bursts: one second later is still under load, as in WireGuard.
    private static final long LOAD_LASTS_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int COOKIE_RECEIVER_OFFSET = 4;
    private static final int RESPONSE_RECEIVER_OFFSET = 8;
    private static final int SENDER_OFFSET = 4;
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final IndexTable indices;
    private final CookieChecker cookies;
    private final SourceLimiter limiter = new SourceLimiter();
    private final AtomicLong loadedUntilNanos = new AtomicLong(Deadlines.NEVER);

    /** Sends what goes back to a sender that must first prove its address. */
    @FunctionalInterface
    public interface Challenge {
        /** Sends a cookie reply with {@link Tunnel#HANDSHAKE_TRAFFIC_CLASS}, from where the message arrived. */
        void send(Endpoint to, byte[] cookieReply);
    }

    HandshakeGate(TunnelKey own, IndexTable indices, RandomGenerator random) {
        this.indices = indices;
        this.cookies = new CookieChecker(own, random);
    }

    /**
     * Why a handshake message is refused, or null when it may go on to {@link Tunnel#handleAdmitted}.
     *
     * @param buffer    holds the whole datagram; neither kept nor changed
     * @param underLoad whether so many handshakes wait that this one must first prove its address: WireGuard says so
     *                  when the queue for them is an eighth full. It holds for one second more.
     */
    public @Nullable DropReason refuse(long nowNanos, byte[] buffer, int offset, int length, Endpoint from,
            boolean underLoad, Challenge challenge) {
        boolean isLoaded = isLoaded(nowNanos, underLoad);
        return switch (DatagramKind.of(buffer, offset, length)) {
            case INITIATION -> refuseUnproven(nowNanos, buffer, offset, length, from, isLoaded, challenge);
            case RESPONSE -> {
                // Who knows the public key can make the first MAC; the index knows only who got our initiation.
                boolean awaited = indices.find((int) INT.get(buffer, offset + RESPONSE_RECEIVER_OFFSET)) != null;
                DropReason refused = refuseUnproven(nowNanos, buffer, offset, length, from, isLoaded && awaited,
                        challenge);
                yield refused != null || awaited ? refused : DropReason.NO_SESSION;
            }
            case COOKIE_REPLY -> {
                IndexTable.Entry entry = indices.find((int) INT.get(buffer, offset + COOKIE_RECEIVER_OFFSET));
                if (entry == null) {
                    yield DropReason.NO_SESSION;
                }
                yield entry.mayTakeCookie() ? null : DropReason.RATE_LIMITED;
            }
            case DATA, STUN, OTHER -> DropReason.MALFORMED;
        };
    }

    private @Nullable DropReason refuseUnproven(long nowNanos, byte[] buffer, int offset, int length, Endpoint from,
            boolean isLoaded, Challenge challenge) {
        if (!cookies.hasValidMac1(buffer, offset, length)) {
            return DropReason.BAD_MAC;
        }
        if (!isLoaded) {
            return null;
        }
        byte[] cookie = cookies.cookie(nowNanos, from);
        if (!CookieChecker.hasValidMac2(cookie, buffer, offset, length)) {
            int sender = (int) INT.get(buffer, offset + SENDER_OFFSET);
            challenge.send(from, cookies.reply(cookie, buffer, offset, length, sender).encode());
            return DropReason.RATE_LIMITED;
        }
        return limiter.allows(nowNanos, from) ? null : DropReason.RATE_LIMITED;
    }

    private boolean isLoaded(long nowNanos, boolean underLoad) {
        if (underLoad) {
            loadedUntilNanos.set(nowNanos + LOAD_LASTS_NANOS);
            return true;
        }
        long until = loadedUntilNanos.get();
        if (until == Deadlines.NEVER) {
            return false;
        }
        if (nowNanos - until < 0) {
            return true;
        }
        // Forgotten, since the difference of two moments says nothing once they are centuries apart.
        loadedUntilNanos.compareAndSet(until, Deadlines.NEVER);
        return false;
    }

    void wipe() {
        cookies.wipe();
    }
}

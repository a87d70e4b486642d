package io.meshd.tunnel;

import static io.meshd.tunnel.Lab.MILLIS;
import static io.meshd.tunnel.Lab.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.HandshakeMessage;
import io.meshd.protocol.HandshakeMessage.CookieReply;
import io.meshd.protocol.HandshakeMessage.Initiation;
import io.meshd.tunnel.Lab.Host;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What reader threads ask before a handshake message is queued. */
class HandshakeGateTest {
    private static final Endpoint STRANGER = Lab.endpoint("203.0.113.1", 4000);

    private final Lab lab = new Lab(31);
    private final Host a = lab.host(1);
    private final Host b = lab.host(2);
    private final HandshakeGate gate = b.tunnel.gate();
    private final List<byte[]> replies = new ArrayList<>();
    private final SplittableRandom random = new SplittableRandom(7);

    private @Nullable DropReason ask(byte[] message, Endpoint from, boolean underLoad) {
        return gate.refuse(lab.nowNanos, message, 0, message.length, from, underLoad, (_, reply) -> replies.add(reply));
    }

    /** An initiation as a stranger makes it who knows the public key: right first MAC, nothing else. */
    private byte[] forged(Host target) {
        byte[] message = new byte[Initiation.BYTES];
        random.nextBytes(message);
        Arrays.fill(message, 0, 4, (byte) 0);
        message[0] = Initiation.TYPE;
        new CookieJar(target.tunnel.publicKey(), true).stamp(0, message, STRANGER);
        return message;
    }

    @Test
    void letsARightFirstMacPassWithoutLoad() {
        assertThat(ask(forged(b), STRANGER, false)).isNull();
        assertThat(ask(forged(a), STRANGER, false)).isEqualTo(DropReason.BAD_MAC);
        assertThat(replies).isEmpty();
    }

    @Test
    void readsAMessageInTheMiddleOfABuffer() {
        byte[] message = forged(b);
        byte[] buffer = new byte[400];
        System.arraycopy(message, 0, buffer, 131, message.length);

        assertThat(gate.refuse(0, buffer, 131, message.length, STRANGER, false, (_, reply) -> replies.add(reply)))
                .isNull();
        assertThat(gate.refuse(0, buffer, 131, message.length, STRANGER, true, (_, reply) -> replies.add(reply)))
                .isEqualTo(DropReason.RATE_LIMITED);
        int sender = Objects.requireNonNull((Initiation) HandshakeMessage.parse(message)).sender();
        assertThat(Objects.requireNonNull((CookieReply) HandshakeMessage.parse(replies.getFirst())).receiver())
                .isEqualTo(sender);
    }

    @Test
    void letsTheSameMessageWithACookieForItsAddressPassUnderLoad() {
        CookieJar jar = new CookieJar(b.tunnel.publicKey(), true);
        byte[] message = forged(b);
        jar.stamp(lab.nowNanos, message, STRANGER);
        assertThat(ask(message, STRANGER, true)).isEqualTo(DropReason.RATE_LIMITED);
        CookieReply reply = Objects.requireNonNull((CookieReply) HandshakeMessage.parse(replies.getFirst()));
        assertThat(jar.accept(lab.nowNanos, reply, STRANGER)).isTrue();
        jar.stamp(lab.nowNanos, message, STRANGER);

        assertThat(ask(message, STRANGER, true)).isNull();
        assertThat(ask(message, Lab.endpoint("203.0.113.1", 4001), true)).isEqualTo(DropReason.RATE_LIMITED);
        for (int i = 0; i < 4; i++) {
            assertThat(ask(message, STRANGER, true)).isNull();
        }
        assertThat(replies).hasSize(2);
        assertThat(ask(message, STRANGER, true)).as("the sixth at once").isEqualTo(DropReason.RATE_LIMITED);
        assertThat(replies).hasSize(2);
    }

    @Test
    void refusesResponsesThatNobodyWaitsForWithoutACookie() {
        byte[] response = new byte[HandshakeMessage.Response.BYTES];
        random.nextBytes(response);
        Arrays.fill(response, 0, 4, (byte) 0);
        response[0] = HandshakeMessage.Response.TYPE;
        new CookieJar(b.tunnel.publicKey(), true).stamp(0, response, STRANGER);

        assertThat(ask(response, STRANGER, true)).isEqualTo(DropReason.NO_SESSION);
        assertThat(replies).isEmpty();
    }

    @Test
    void refusesCookieRepliesThatNobodyWaitsForAndBoundsThoseToOneIndex() {
        byte[] reply = new byte[CookieReply.BYTES];
        reply[0] = CookieReply.TYPE;
        assertThat(ask(reply, STRANGER, false)).isEqualTo(DropReason.NO_SESSION);
        b.add(a);
        b.connect(a);
        System.arraycopy(b.sent(1).getFirst().bytes, 4, reply, 4, 4);

        int passed = 0;
        for (int i = 0; i < 10_000; i++) {
            passed += ask(reply, STRANGER, i % 2 == 0) == null ? 1 : 0;
        }

        assertThat(passed).isEqualTo(5 * 33);
        assertThat(ask(reply, STRANGER, false)).isEqualTo(DropReason.RATE_LIMITED);
    }

    @Test
    void refusesEverythingThatIsNoHandshake() {
        for (int length = 0; length < 200; length++) {
            byte[] message = Arrays.copyOf(forged(b), length);
            DropReason expected = length == Initiation.BYTES ? null : DropReason.MALFORMED;
            assertThat(ask(message, STRANGER, false)).isEqualTo(expected);
        }
    }

    /**
     * A minute of 10,000 forged initiations a second from ever other addresses, before a queue of 1,024 that is worked
     * off at 5,000 a second: the queue holds but what came before it was an eighth full, and a peer gets through by
     * its second initiation.
     */
    @Test
    void keepsTheQueueFreeForWhoProvedItsAddressUnderAFlood() {
        a.add(b, true, null, 0);
        b.add(a, true, null, 0);
        ArrayDeque<byte[]> queue = new ArrayDeque<>();
        long begunNanos = lab.nowNanos;
        int worked = 0;
        int longest = 0;
        Endpoint from = a.addresses.getFirst();
        List<byte[]> flood = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            flood.add(forged(b));
        }
        lab.fate = datagram -> new long[0];
        int delivered = 0;
        for (int tick = 0; tick < 12_000; tick++) {
            lab.nowNanos = begunNanos + tick * SECONDS / 200;
            for (int i = 0; i < 50; i++) {
                byte[] message = flood.get((tick * 50 + i) % flood.size());
                Endpoint source = Lab.endpoint("203.0." + random.nextInt(256) + "." + random.nextInt(256), 4000);
                if (gate.refuse(lab.nowNanos, message, 0, message.length, source, queue.size() >= 128,
                        (_, _) -> {}) == null) {
                    queue.add(message);
                }
            }
            if (tick == 2_000) {
                a.connect(b);
            }
            a.tunnel.handleTimeout(lab.nowNanos, a);
            for (; delivered < a.sent(1).size(); delivered++) {
                byte[] initiation = a.sent(1).get(delivered).bytes;
                DropReason refused = gate.refuse(lab.nowNanos, initiation, 0, initiation.length, from,
                        queue.size() >= 128, (_, reply) -> a.receive(reply, b.addresses.getFirst()));
                if (refused == null) {
                    assertThat(queue.size()).isLessThan(1_024);
                    b.tunnel.handleAdmitted(lab.nowNanos, initiation, from, b);
                }
            }
            longest = Math.max(longest, queue.size());
            for (int i = 0; i < 25 && !queue.isEmpty(); i++) {
                queue.poll();
                worked++;
            }
        }

        assertThat(longest).isLessThanOrEqualTo(128 + 1);
        assertThat(worked).as("of 600,000, in a minute").isLessThan(60 * 256);
        assertThat(b.sent(2)).isNotEmpty();
        assertThat(b.sent(2).getFirst().sentNanos - a.sent(1).getFirst().sentNanos)
                .isLessThan(5 * SECONDS + 400 * MILLIS);
    }

    @Test
    void answersManyThreadsAtOnce() throws Exception {
        CookieJar jar = new CookieJar(b.tunnel.publicKey(), true);
        byte[] proven = forged(b);
        jar.stamp(lab.nowNanos, proven, STRANGER);
        ask(proven, STRANGER, true);
        assertThat(jar.accept(lab.nowNanos,
                Objects.requireNonNull((CookieReply) HandshakeMessage.parse(replies.getFirst())), STRANGER)).isTrue();
        jar.stamp(lab.nowNanos, proven, STRANGER);
        AtomicInteger passed = new AtomicInteger();
        Callable<Integer> work = () -> {
            for (int i = 0; i < 500; i++) {
                if (gate.refuse(lab.nowNanos, proven, 0, proven.length, STRANGER, true, (_, _) -> {}) == null) {
                    passed.incrementAndGet();
                }
            }
            return 0;
        };
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            CountDownLatch start = new CountDownLatch(3);
            List<Future<Integer>> running = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                running.add(threads.submit(() -> {
                    start.countDown();
                    start.await();
                    return work.call();
                }));
            }
            for (Future<Integer> one : running) {
                assertThat(one.get()).isZero();
            }
        }

        assertThat(passed).as("the burst of one source, however many ask").hasValue(5);
    }
}

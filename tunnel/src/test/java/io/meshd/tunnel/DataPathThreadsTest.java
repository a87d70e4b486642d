package io.meshd.tunnel;

import static io.meshd.tunnel.Lab.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.TransportHeader;
import io.meshd.tunnel.Lab.Host;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What real threads do to the parts that several of them share. */
class DataPathThreadsTest {
    private static final int THREADS = 3;
    private static final int PACKETS = 3_000;

    private final Lab lab = new Lab(19);
    private final Host a = lab.host(1);
    private final Host b = lab.host(2);

    private static <T> List<T> inParallel(int threads, Callable<T> work) throws Exception {
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            CountDownLatch start = new CountDownLatch(threads);
            List<Future<T>> futures = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                futures.add(executor.submit(() -> {
                    start.countDown();
                    start.await();
                    return work.call();
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get());
            }
            return results;
        }
    }

    private List<byte[]> seal(int packets) {
        DataPath path = a.tunnel.newDataPath();
        List<byte[]> sealed = new ArrayList<>();
        byte[] buffer = new byte[200];
        byte[] inner = Lab.ip(1, 2, 100);
        for (int i = 0; i < packets; i++) {
            int length = path.seal(lab.nowNanos, a.peer(b), inner, 0, inner.length, buffer, 0, 1420);
            if (length < 0) {
                break;
            }
            sealed.add(Arrays.copyOf(buffer, length));
        }
        return sealed;
    }

    @Test
    void sealsEveryPacketUnderItsOwnCounter() throws Exception {
        lab.connect(a, b);
        List<byte[]> sealed = inParallel(THREADS, () -> seal(PACKETS)).stream().flatMap(List::stream).toList();

        assertThat(sealed).hasSize(THREADS * PACKETS);
        assertThat(sealed.stream().map(datagram -> TransportHeader.counter(datagram, 0)).distinct()).hasSize(
                THREADS * PACKETS);
    }

    @Test
    void deliversEachPacketOnceWhicheverThreadGetsIt() throws Exception {
        lab.connect(a, b);
        List<byte[]> sealed = seal(PACKETS);
        Endpoint from = a.addresses.getFirst();
        AtomicInteger opened = new AtomicInteger();
        inParallel(THREADS, () -> {
            DataPath path = b.tunnel.newDataPath();
            byte[] inner = new byte[200];
            for (byte[] datagram : sealed) {
                if (path.open(lab.nowNanos, datagram, 0, datagram.length, from, inner, 0) > 0) {
                    opened.incrementAndGet();
                }
            }
            return 0;
        });

        assertThat(opened).hasValue(PACKETS);
        assertThat(b.peer(a).packetsReceived()).isEqualTo(PACKETS + 2);
    }

    @Test
    void confirmsASessionOnceWhicheverThreadGetsTheFirstPacket() throws Exception {
        a.add(b);
        b.add(a);
        lab.fate = datagram -> datagram.type() == 4 ? new long[0] : new long[]{1};
        a.connect(b);
        lab.run(SECONDS);
        List<byte[]> sealed = seal(THREADS);
        AtomicInteger next = new AtomicInteger();
        inParallel(THREADS, () -> {
            byte[] datagram = sealed.get(next.getAndIncrement());
            return b.tunnel.newDataPath().open(lab.nowNanos, datagram, 0, datagram.length, a.addresses.getFirst(),
                    new byte[200], 0);
        });
        assertThat(b.tunnel.wantsCollect()).isTrue();
        b.tunnel.collect(lab.nowNanos, b);

        assertThat(b.events(Event.SessionEstablished.class)).hasSize(1);
        assertThat(b.peer(a).hasSession(lab.nowNanos)).isTrue();
        assertThat(b.tunnel.wantsCollect()).isFalse();
    }

    /** A key that is being wiped seals nothing: neither under zeros nor under half of itself. */
    @Test
    void sealsNothingUnderAKeyThatIsBeingWiped() throws Exception {
        for (int round = 0; round < 200; round++) {
            byte[] secret = new byte[32];
            Arrays.fill(secret, (byte) (round + 1));
            SessionKey shared = new SessionKey(secret.clone());
            CountDownLatch started = new CountDownLatch(1);
            Thread wiper = Thread.ofPlatform().start(() -> {
                try {
                    started.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                shared.destroy();
            });
            TransportCipher cipher = new TransportCipher();
            List<byte[]> sealed = new ArrayList<>();
            started.countDown();
            for (int i = 0; i < 100_000; i++) {
                byte[] datagram = new byte[48];
                if (cipher.seal(shared, i, new byte[32], 0, 32, 0, datagram, 0) < 0) {
                    break;
                }
                sealed.add(datagram);
            }
            wiper.join();
            SessionKey whole = new SessionKey(secret);
            for (int i = 0; i < sealed.size(); i++) {
                assertThat(cipher.open(whole, i, sealed.get(i), 0, 48, new byte[32], 0)).isEqualTo(32);
            }
            assertThat(sealed.size()).isLessThan(100_000);
        }
    }

    @Test
    void asksForAttentionOnceAndLosesNoPeer() throws Exception {
        Attention attention = new Attention();
        List<Peer> peers = new ArrayList<>();
        for (int i = 3; i < 40; i++) {
            peers.add(a.add(lab.host(i)));
        }
        for (int round = 0; round < 50; round++) {
            inParallel(THREADS, () -> {
                peers.forEach(attention::ask);
                return 0;
            });
            List<Peer> asked = new ArrayList<>();
            for (Peer peer = attention.takeAll(); peer != null; peer = peer.belowInAttention) {
                peer.asksForAttention.set(false);
                asked.add(peer);
            }
            assertThat(asked).containsExactlyInAnyOrderElementsOf(peers);
            assertThat(attention.isAsked()).isFalse();
        }
    }
}

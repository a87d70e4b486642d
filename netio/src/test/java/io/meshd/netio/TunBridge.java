package io.meshd.netio;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Carries packets between TUNs of two namespaces in one JVM, without any cipher: for tests and measurements. */
final class TunBridge implements AutoCloseable {
    static final String NAME = "mesh0";

    private final List<Thread> threads = new ArrayList<>();
    final TunDevice left;
    final TunDevice right;
    final LongAdder packets = new LongAdder();
    final LongAdder reads = new LongAdder();
    final LongAdder written = new LongAdder();
    final LongAdder writes = new LongAdder();
    final LongAdder refused = new LongAdder();

    private TunBridge(TunDevice left, TunDevice right) {
        this.left = left;
        this.right = right;
    }

    /** Devices mesh0 with 10.9.0.1 and .2, fd09::1 and ::2, and a thread for each direction. */
    static TunBridge between(Namespace a, Namespace b, boolean offload) throws Exception {
        TunBridge bridge = new TunBridge(device(a, 1, offload), device(b, 2, offload));
        bridge.threads.add(Thread.ofPlatform().name("bridge-right").start(() -> bridge.run(bridge.left, bridge.right)));
        bridge.threads.add(Thread.ofPlatform().name("bridge-left").start(() -> bridge.run(bridge.right, bridge.left)));
        return bridge;
    }

    static TunDevice device(Namespace namespace, int last, boolean offload) throws Exception {
        TunDevice device = namespace.call(() -> TunDevice.open(new TunSettings(NAME, 1420, offload)));
        namespace.ip("addr add 10.9.0." + last + "/24 dev " + NAME);
        namespace.ip("addr add fd09::" + last + "/64 dev " + NAME + " nodad");
        namespace.ip("link set " + NAME + " up");
        // Also without the search for others who have it, the kernel takes an IPv6 address into use only a moment later.
        int looks = 0;
        while (!namespace.ip("-6 route show table local dev " + NAME).contains("local fd09::" + last)) {
            looks++;
            if (looks == 1000) {
                throw new IOException(NAME + " gets no address");
            }
        }
        return device;
    }

    private void run(TunDevice from, TunDevice to) {
        PacketBatch batch = PacketBatch.forReading(new PacketRoom(16, 16, 16, 1420));
        TunWriter writer = to.newWriter();
        try {
            int count;
            while ((count = from.read(batch)) >= 0) {
                packets.add(count);
                reads.increment();
                writer.write(batch);
            }
        } catch (IOException e) {
            if (!to.isClosed()) {
                throw new IllegalStateException("bridge " + from.name(), e);
            }
        } finally {
            written.add(writer.packetsWritten());
            writes.add(writer.writes());
            refused.add(writer.packetsRefused());
        }
    }

    @Override
    public void close() {
        left.close();
        right.close();
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

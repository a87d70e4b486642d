package io.meshd.daemon.runtime;

import io.meshd.daemon.node.MeshNode;
import io.meshd.daemon.node.PacketWalk;
import io.meshd.netio.BootClock;
import io.meshd.netio.DatagramBatch;
import io.meshd.netio.PacketBatch;
import io.meshd.netio.PacketRoom;
import io.meshd.netio.TunDevice;
import io.meshd.netio.TunException;
import io.meshd.netio.UdpPort;
import io.meshd.netio.UdpSocket;
import io.meshd.protocol.Endpoint;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The threads that move packets: one for the TUN, one for each socket.
 *
 * <p>Each does its own cryptography; nothing is handed from thread to thread but what the node thread must see.
 */
final class Readers {
    /** How long a full send buffer holds the TUN's reader up: then the loss is the network's, not hidden in a queue. */
    private static final int SEND_PATIENCE_MILLIS = 5;
    private static final long JOIN_MILLIS = 2_000;
    private static final int ANSWERS_ARENA_BYTES = 64 * 1024;

    private final MeshNode node;
    private final Inbox inbox;
    private final BootClock clock;
    private final Targets targets;
    private final Outside outside;
    private final OnePort port;
    private final ExtraSockets extras;
    private final @Nullable MeshInterface tun;
    private final FailureListener failures;
    private final List<Thread> threads = new ArrayList<>();

    /** Hears that a thread cannot go on. */
    interface FailureListener {
        /** The interface was removed by others: true when there is a new one. */
        boolean interfaceGone(TunDevice device);

        /** Something that must end the daemon. */
        void failed(String what, Throwable cause);
    }

    Readers(MeshNode node, Inbox inbox, BootClock clock, Targets targets, Outside outside, OnePort port,
            ExtraSockets extras, @Nullable MeshInterface tun, FailureListener failures) {
        this.node = node;
        this.inbox = inbox;
        this.clock = clock;
        this.targets = targets;
        this.outside = outside;
        this.port = port;
        this.extras = extras;
        this.tun = tun;
        this.failures = failures;
    }

    void start() {
        port.readBy(this::read);
        if (tun != null) {
            MeshInterface device = tun;
            run("meshd-tun", () -> readInterface(device));
        }
    }

    /** Begins to read the sockets of a port, until it is closed. */
    private void read(UdpPort opened) {
        for (UdpSocket socket : opened.sockets()) {
            run("meshd-udp" + (socket.isV6() ? "6" : "4"), () -> readSocket(socket));
        }
    }

    /** Begins to read the extra sockets, until there are none. */
    void startExtras() {
        run("meshd-extra", this::readExtras);
    }

    private interface Loop {
        void run() throws IOException;
    }

    private synchronized void run(String name, Loop loop) {
        threads.removeIf(thread -> !thread.isAlive());
        threads.add(Thread.ofPlatform().name(name).daemon(true).start(() -> {
            try {
                loop.run();
            } catch (ClosedChannelException _) {
                // The daemon stops.
                return;
            } catch (IOException | RuntimeException | Error e) {
                failures.failed("thread " + name, e);
            }
        }));
    }

    private void readSocket(UdpSocket socket) throws IOException {
        DatagramBatch batch = socket.newBatch();
        InboundLane lane = lane(batch);
        while (socket.receive(batch) >= 0) {
            take(batch, lane, Endpoint.ONE_PORT);
        }
    }

    private InboundLane lane(DatagramBatch batch) {
        return new InboundLane(batch, node.dataPlane().newWalk(), targets, inbox, outside, port.newSender(0),
                new OutboundLane(port.newSender(SEND_PATIENCE_MILLIS), targets, inbox, _ -> {}), tun);
    }

    private void take(DatagramBatch batch, InboundLane lane, int socket) throws IOException {
        if (!batch.isEmpty()) {
            lane.take(clock.bootNanos(), socket);
            if (node.dataPlane().wantsCollect()) {
                inbox.collect();
            }
        }
    }

    private void readExtras() throws IOException {
        Map<UdpSocket, Integer> open = extras.open();
        if (open.isEmpty()) {
            return;
        }
        DatagramBatch batch = open.keySet().iterator().next().newBatch();
        InboundLane lane = lane(batch);
        for (; !open.isEmpty(); open = extras.open()) {
            for (UdpSocket ready : extras.await(List.copyOf(open.keySet()))) {
                Integer number = open.get(ready);
                // Closed meanwhile is no failure.
                if (number != null && ready.receive(batch, 0) >= 0) {
                    take(batch, lane, number);
                }
            }
        }
    }

    private void readInterface(MeshInterface device) throws IOException {
        PacketWalk walk = node.dataPlane().newWalk();
        InterfaceWriter writer = device.newWriter();
        PacketBatch answers = new PacketBatch(64, ANSWERS_ARENA_BYTES, PacketRoom.NONE);
        OutboundLane lane = new OutboundLane(port.newSender(SEND_PATIENCE_MILLIS), targets, inbox,
                packet -> answers.copy(packet, 0, packet.length));
        PacketBatch batch = MeshInterface.newBatch();
        while (!device.isClosed()) {
            TunDevice current = device.device();
            try {
                if (current.read(batch) < 0) {
                    continue;
                }
            } catch (TunException e) {
                if (!failures.interfaceGone(current)) {
                    throw e;
                }
                continue;
            }
            long now = clock.bootNanos();
            lane.begin(now);
            for (int i = 0; i < batch.count(); i++) {
                walk.outbound(now, batch.arena(), batch.offset(i), batch.length(i), lane);
            }
            lane.flush();
            if (!answers.isEmpty()) {
                writer.write(answers);
                answers.clear();
            }
            if (node.dataPlane().wantsCollect()) {
                inbox.collect();
            }
        }
    }

    /** Ends the threads; the port and the interface are closed by their owner first. */
    void close() throws InterruptedException {
        for (Thread thread : threads) {
            thread.join(JOIN_MILLIS);
        }
    }
}

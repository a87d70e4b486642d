package io.meshd.netio;

import java.io.IOException;
import java.util.function.Consumer;

/**
 * Tells of changes to the host's links, addresses, routes and rules while they happen.
 *
 * <p>{@link Netlink} says how things are; a monitor is opened first, so that nothing falls between.
 */
public final class NetworkMonitor implements AutoCloseable {
    /** Room for the routes of an interface that vanishes under a big table; beyond it the kernel reports an overrun. */
    private static final int RECEIVE_BUFFER_BYTES = 1 << 20;
    private static final int FOR_EVER = -1;

    private final NetlinkSocket socket;

    private NetworkMonitor(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Begins to listen; what happens from now on is delivered by {@link #run}. */
    public static NetworkMonitor open() throws IOException {
        NetlinkSocket socket = new NetlinkSocket(Rtnetlink.ALL_GROUPS);
        try {
            socket.receiveBufferBytes(RECEIVE_BUFFER_BYTES);
            return new NetworkMonitor(socket);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Delivers events on the calling thread until {@link #close()}. When events were lost, {@link NetworkEvent.Resync}
     * stands for them.
     */
    public void run(Consumer<NetworkEvent> sink) throws IOException {
        while (!socket.isClosed()) {
            int length;
            try {
                length = socket.receive(FOR_EVER);
            } catch (IOException e) {
                if (socket.isClosed()) {
                    return;
                }
                throw e;
            }
            if (length < 0) {
                sink.accept(new NetworkEvent.Resync());
            } else {
                deliver(new NetlinkMessage(socket.reply.buffer, length), sink);
            }
        }
    }

    private static void deliver(NetlinkMessage message, Consumer<NetworkEvent> sink) {
        while (message.next()) {
            NetworkEvent event = NetlinkParser.event(message);
            if (event != null) {
                sink.accept(event);
            }
        }
    }

    /** Ends {@link #run}. */
    @Override
    public void close() {
        socket.close();
    }
}

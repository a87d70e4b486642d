package io.meshd.daemon.runtime;

import io.meshd.netio.UdpPoll;
import io.meshd.netio.UdpPort;
import io.meshd.netio.UdpSettings;
import io.meshd.netio.UdpSocket;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The local sockets beside the one port: hundreds for some seconds while a port is searched, then the few by which paths
 * lead. Only IPv4, since nothing translates IPv6.
 *
 * <p>The node thread opens and closes; any thread looks one up. All are read by one thread, which there is only while
 * there are any.
 */
final class ExtraSockets implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("io.meshd.nat");
    /** More than a search and the paths that earlier ones found need: see {@code PortSearch}. */
    private static final int SOCKETS_MAX = 512;

    private final Map<Integer, UdpPort> ports = new ConcurrentHashMap<>();
    private @Nullable Means means;
    private boolean isRead;

    /** How sockets are opened and read, while the daemon runs. */
    private record Means(EventLoopGroup group, UdpSettings settings, UdpPoll poll, Runnable reader) {}

    /**
     * From now on sockets may be opened.
     *
     * @param mark   the firewall mark of what they send
     * @param reader starts the thread that reads until what is {@link #open} is nothing
     */
    synchronized void begin(EventLoopGroup group, int mark, Runnable reader) throws IOException {
        // What becomes a path carries as much as the one port does.
        UdpSettings settings = UdpSettings.onPort(0).withFamilies(UdpSettings.Families.IPV4).withMark(mark);
        means = new Means(group, settings, new UdpPoll(SOCKETS_MAX), reader);
    }

    /** Opens the socket of this number; without one nothing is sent, as if it were lost. */
    synchronized void open(int number) {
        Means by = means;
        if (by == null || ports.size() >= SOCKETS_MAX || ports.containsKey(number)) {
            return;
        }
        try {
            ports.put(number, UdpPort.open(by.settings, by.group));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "no extra socket: {0}", e.getMessage());
            return;
        }
        if (isRead) {
            by.poll.wakeup();
        } else {
            isRead = true;
            by.reader.run();
        }
    }

    synchronized void close(int number) {
        UdpPort port = ports.remove(number);
        Means by = means;
        if (port != null && by != null) {
            port.close();
            by.poll.wakeup();
        }
    }

    /** The socket of a number; null when it is closed. */
    @Nullable
    UdpSocket socket(int number) {
        UdpPort port = ports.get(number);
        return port == null ? null : port.ipv4();
    }

    /** All that are open, by socket. When there are none the reader is to end, and is started again for the next one. */
    synchronized Map<UdpSocket, Integer> open() {
        Map<UdpSocket, Integer> open = new HashMap<>();
        ports.forEach((number, port) -> {
            UdpSocket socket = port.ipv4();
            if (socket != null) {
                open.put(socket, number);
            }
        });
        isRead = !open.isEmpty();
        return open;
    }

    /** Waits for one of these to have something to read; none when others are open now. */
    List<UdpSocket> await(List<UdpSocket> open) throws IOException {
        UdpPoll poll;
        synchronized (this) {
            poll = means == null ? null : means.poll;
        }
        return poll == null ? List.of() : poll.await(open);
    }

    /** Closes all, for good. */
    @Override
    public synchronized void close() {
        Means by = means;
        means = null;
        ports.values().forEach(UdpPort::close);
        ports.clear();
        if (by != null) {
            by.poll.wakeup();
            by.poll.close();
        }
    }
}

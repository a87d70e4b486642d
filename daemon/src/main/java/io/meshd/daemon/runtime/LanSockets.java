package io.meshd.daemon.runtime;

import io.meshd.daemon.node.LanNews;
import io.meshd.identity.Bytes;
import io.meshd.nat.lan.LanCodec;
import io.meshd.nat.lan.LanLink;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The sockets by which the node calls into the local networks of its host: one pair for each address there.
 *
 * <p>The node hears only of links whose sockets are open, so what it sends leaves. Everything is a task for the loop.
 */
final class LanSockets {
    private final EventLoop loop;
    private final Inbox inbox;
    private int port;
    private final Map<LanLink, LanSocket> sockets = new LinkedHashMap<>();
    private List<LanLink> links = List.of();
    private List<LanLink> told = List.of();
    private boolean wanted;

    /**
     * Nothing is open yet: {@link #links} and {@link #want} begin.
     *
     * @param port where the node takes handshakes
     */
    LanSockets(EventLoop loop, Inbox inbox, int port) {
        this.loop = loop;
        this.inbox = inbox;
        this.port = port;
    }

    /** The addresses of this host in local networks are now these. */
    void links(List<LanLink> now) {
        loop.execute(() -> {
            links = List.copyOf(now);
            apply();
        });
    }

    /** Whether peers are to be looked for in local networks, and answered there. */
    void want(boolean discovery) {
        loop.execute(() -> {
            wanted = discovery;
            apply();
        });
    }

    /** The node takes handshakes at this port now. */
    void port(int now) {
        loop.execute(() -> {
            port = now;
            told = List.of();
            tell();
        });
    }

    /** Sends a beacon to all in the network of a link. */
    void multicast(LanLink link, byte[] beacon) {
        loop.execute(() -> {
            LanSocket socket = sockets.get(link);
            if (socket != null) {
                socket.multicast(beacon);
            }
        });
    }

    private void apply() {
        List<LanLink> now = wanted ? links : List.of();
        sockets.entrySet().removeIf(entry -> {
            boolean gone = !now.contains(entry.getKey()) || entry.getValue().hasFailed();
            if (gone) {
                entry.getValue().close();
            }
            return gone;
        });
        for (LanLink link : now) {
            sockets.computeIfAbsent(link,
                    one -> LanSocket.open(loop, one, (from, datagram) -> arrived(one, from, datagram), this::tell));
        }
        tell();
    }

    private void arrived(LanLink at, InetSocketAddress from, byte[] datagram) {
        if (datagram.length == LanCodec.BEACON_BYTES) {
            LanNews news = new LanNews.Beacon(at, from.getAddress(), Bytes.copyOf(datagram));
            boolean _ = inbox.offerLan((node, now) -> node.lan(now, news));
        }
    }

    private void tell() {
        List<LanLink> open = sockets.entrySet().stream().filter(entry -> entry.getValue().isOpen())
                .map(Map.Entry::getKey).toList();
        if (!open.equals(told) && inbox.offer((node, now) -> node.lan(now, new LanNews.Links(open, port)))) {
            told = open;
        }
    }

    /** Closes all; what is sent afterwards is lost. */
    void close() {
        want(false);
    }
}

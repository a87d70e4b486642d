package io.meshd.daemon.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A steady flow of small datagrams to another host's overlay address and back, each with its number, on sockets of this
 * program in the hosts' namespaces. Notes when which came back.
 *
 * <p>What was lost shows only when later ones have come back: ask a moment after the trouble.
 */
public final class Flow implements AutoCloseable {
    public static final int PER_SECOND = 100;

    private static final long PAUSE_NANOS = 1_000_000_000L / PER_SECOND;
    private static final int BYTES = 100;

    private final DatagramChannel sender;
    private final DatagramChannel mirror;
    private final InetSocketAddress target;
    private final long startedNanos = System.nanoTime();
    private final List<Reply> replies = new ArrayList<>();

    /**
     * One that came back.
     *
     * @param number  counts what was sent, from 0
     * @param atNanos when it came back
     */
    private record Reply(long number, long atNanos, long rttNanos) {}

    /**
     * What became of a stretch of the flow, from the last reply before its beginning until now.
     *
     * @param received     replies
     * @param lost         packets that did not come back, of those sent between its first and last reply
     * @param longestGapMs the longest time without a reply, the present one counted
     * @param medianRttMs  of the round trips; 0 without a reply
     */
    public record Stretch(int received, long lost, double longestGapMs, double medianRttMs) {}

    private Flow(DatagramChannel sender, DatagramChannel mirror, InetSocketAddress target) {
        this.sender = sender;
        this.mirror = mirror;
        this.target = target;
    }

    /** Starts one between the overlay addresses of two hosts, which they must have. There need be no route yet. */
    public static Flow start(LabHost from, String fromAddress, LabHost to, String toAddress) {
        try {
            DatagramChannel mirror = open(to, toAddress);
            DatagramChannel sender = open(from, fromAddress);
            Flow flow = new Flow(sender, mirror, (InetSocketAddress) mirror.getLocalAddress());
            for (Runnable loop : List.<Runnable>of(flow::send, flow::mirror, flow::receive)) {
                Thread.ofPlatform().daemon().start(loop);
            }
            return flow;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static DatagramChannel open(LabHost host, String address) throws IOException {
        return NamespaceCall.in(host.namespace(), () -> DatagramChannel
                .open(address.contains(":") ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET)
                .bind(new InetSocketAddress(address, 0)));
    }

    private void send() {
        ByteBuffer packet = ByteBuffer.allocate(BYTES);
        long dueNanos = startedNanos;
        for (long number = 0; sender.isOpen(); number++) {
            packet.clear().putLong(0, number).putLong(Long.BYTES, System.nanoTime());
            send(sender, packet, target);
            dueNanos += PAUSE_NANOS;
            LockSupport.parkNanos(dueNanos - System.nanoTime());
        }
    }

    private void mirror() {
        ByteBuffer packet = ByteBuffer.allocate(BYTES);
        while (mirror.isOpen()) {
            SocketAddress from = receive(mirror, packet);
            if (from != null) {
                send(mirror, packet.flip(), from);
            }
        }
    }

    private void receive() {
        ByteBuffer packet = ByteBuffer.allocate(BYTES);
        while (sender.isOpen()) {
            if (receive(sender, packet) != null) {
                long now = System.nanoTime();
                synchronized (replies) {
                    replies.add(new Reply(packet.getLong(0), now, now - packet.getLong(Long.BYTES)));
                }
            }
        }
    }

    private static void send(DatagramChannel channel, ByteBuffer packet, SocketAddress to) {
        try {
            channel.send(packet, to);
        } catch (IOException _) {
            // No route or no interface at the moment, or the end of the flow: a lost packet.
        }
    }

    private static @Nullable SocketAddress receive(DatagramChannel channel, ByteBuffer packet) {
        try {
            return channel.receive(packet.clear());
        } catch (ClosedChannelException _) {
            return null;
        } catch (IOException _) {
            // What an ICMP message said of an earlier packet; there may be many in a row.
            LockSupport.parkNanos(1_000_000);
            return null;
        }
    }

    /** This moment, to be given to {@link #since}. */
    public int mark() {
        synchronized (replies) {
            return replies.size();
        }
    }

    /** What became of it since then; 0 means the start. */
    public Stretch since(int mark) {
        List<Reply> all;
        synchronized (replies) {
            all = List.copyOf(replies.subList(Math.max(0, mark - 1), replies.size()));
        }
        Reply before = mark > 0 ? all.getFirst() : new Reply(-1, startedNanos, 0);
        List<Reply> some = mark > 0 ? all.subList(1, all.size()) : all;
        long highest = before.number();
        long longest = 0;
        long atNanos = before.atNanos();
        int late = 0;
        for (Reply reply : some) {
            longest = Math.max(longest, reply.atNanos() - atNanos);
            atNanos = reply.atNanos();
            late += reply.number() < before.number() ? 1 : 0;
            highest = Math.max(highest, reply.number());
        }
        longest = Math.max(longest, System.nanoTime() - atNanos);
        double[] rtts = some.stream().mapToDouble(Reply::rttNanos).sorted().toArray();
        return new Stretch(some.size(), Math.max(0, highest - before.number() - (some.size() - late)), longest / 1e6,
                rtts.length == 0 ? 0 : rtts[rtts.length / 2] / 1e6);
    }

    /** For how long nothing has come back; since the start when nothing ever did. */
    public double silentMs() {
        synchronized (replies) {
            long last = replies.isEmpty() ? startedNanos : replies.getLast().atNanos();
            return (System.nanoTime() - last) / 1e6;
        }
    }

    /** How many came back within the last second. */
    public int rate() {
        long fromNanos = System.nanoTime() - 1_000_000_000L;
        synchronized (replies) {
            int count = 0;
            for (int i = replies.size() - 1; i >= 0 && replies.get(i).atNanos() - fromNanos > 0; i--) {
                count++;
            }
            return count;
        }
    }

    @Override
    public void close() {
        try {
            sender.close();
            mirror.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.meshd.daemon.runtime;

import io.meshd.daemon.cli.GuestAnswer;
import io.meshd.daemon.node.GuestCall;
import io.meshd.identity.HostPort;
import io.meshd.identity.Identity;
import io.meshd.identity.IpAddress;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.InvitationToken;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A socket for one {@link GuestCall}: at any port, open for some seconds. One thread; names are looked up on others.
 *
 * <p>The daemon that is to join need not run, and its port stays its own.
 */
final class GuestSocket implements AutoCloseable, GuestCall.Outlet {
    private static final int DATAGRAM_BYTES_MAX = 65_536;
    private static final long WAIT_MILLIS_MAX = 1_000;
    /** Of one name; more are of no use, and an invitation names few. */
    private static final int ADDRESSES_MAX = 8;

    private final InvitationToken token;
    private final DatagramChannel channel;
    private final Selector selector;
    private final GuestCall call;
    /** The name by which an address is known, where it was one. */
    private final Map<InetSocketAddress, HostPort> named = new HashMap<>();
    private final Queue<Resolved> resolved = new ConcurrentLinkedQueue<>();

    private record Resolved(HostPort name, InetSocketAddress at) {}

    GuestSocket(InvitationToken token, Identity newcomer, String name, InstantSource clock) throws IOException {
        this.token = token;
        this.channel = DatagramChannel.open();
        this.selector = Selector.open();
        channel.bind(null);
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ);
        long now = System.nanoTime();
        this.call = new GuestCall(token, newcomer, name, now, TimeUnit.MILLISECONDS.toNanos(clock.millis()) - now,
                new SecureRandom());
    }

    /** Tries all places of the invitation until there is an answer or the time is over. */
    GuestAnswer call(Duration patience) throws IOException, InterruptedException {
        long endNanos = System.nanoTime() + patience.toNanos();
        List<Endpoint.Direct> places = new ArrayList<>();
        for (HostPort endpoint : token.invitation().endpoints()) {
            IpAddress address = endpoint.address();
            if (address == null) {
                lookUp(endpoint);
            } else {
                places.add(new Endpoint.Direct(new InetSocketAddress(address.toInetAddress(), endpoint.port())));
            }
        }
        call.tryAt(System.nanoTime(), places, this);
        ByteBuffer buffer = ByteBuffer.allocate(DATAGRAM_BYTES_MAX);
        while (call.answer() == null && System.nanoTime() - endNanos < 0) {
            await(endNanos);
            takeResolved();
            receiveAll(buffer);
            long now = System.nanoTime();
            if (Deadlines.isDue(call.nextDeadlineNanos(), now)) {
                call.handleTimeout(now, this);
            }
        }
        return answer();
    }

    private GuestAnswer answer() {
        Endpoint.Direct from = call.answeredFrom();
        return switch (call.answer()) {
            case Frame.Welcome welcome when from != null -> new GuestAnswer.Welcome(welcome, named.getOrDefault(
                    from.address(), new HostPort(IpAddress.of(from.address().getAddress()).toString(),
                            from.address().getPort())));
            case Frame.JoinRefused refusal -> new GuestAnswer.Refused(refusal);
            case null, default -> new GuestAnswer.Silence(call.isHeard());
        };
    }

    private void await(long endNanos) throws IOException, InterruptedException {
        long deadline = Deadlines.earlier(call.nextDeadlineNanos(), endNanos);
        long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()) + 1;
        selector.select(Math.clamp(millis, 1, WAIT_MILLIS_MAX));
        selector.selectedKeys().clear();
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    private void receiveAll(ByteBuffer buffer) throws IOException {
        while (true) {
            InetSocketAddress from = receive(buffer.clear());
            if (from == null) {
                return;
            }
            byte[] datagram = new byte[buffer.flip().remaining()];
            buffer.get(datagram);
            call.receive(System.nanoTime(), datagram, new Endpoint.Direct(from), this);
        }
    }

    private @Nullable InetSocketAddress receive(ByteBuffer buffer) throws IOException {
        return (InetSocketAddress) channel.receive(buffer);
    }

    private void lookUp(HostPort name) {
        Thread.ofVirtual().start(() -> {
            try {
                InetAddress[] addresses = InetAddress.getAllByName(name.host());
                for (int i = 0; i < Math.min(addresses.length, ADDRESSES_MAX); i++) {
                    resolved.add(new Resolved(name, new InetSocketAddress(addresses[i], name.port())));
                }
                selector.wakeup();
            } catch (UnknownHostException _) {
                // The other places may do; if none does, that is told.
                selector.wakeup();
            }
        });
    }

    private void takeResolved() {
        for (Resolved one = resolved.poll(); one != null; one = resolved.poll()) {
            named.put(one.at, one.name);
            call.tryAt(System.nanoTime(), List.of(new Endpoint.Direct(one.at)), this);
        }
    }

    @Override
    public void transmit(Endpoint.Direct to, byte[] datagram) {
        try {
            channel.send(ByteBuffer.wrap(datagram), to.address());
        } catch (IOException | UnsupportedOperationException _) {
            // No way there from this host, or not in this family: one of the other places may do.
            selector.wakeup();
        }
    }

    @Override
    public void close() throws IOException {
        call.shutdown();
        selector.close();
        channel.close();
    }
}

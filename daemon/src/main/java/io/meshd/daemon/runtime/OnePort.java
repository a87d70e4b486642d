package io.meshd.daemon.runtime;

import io.meshd.netio.UdpPort;
import io.meshd.netio.UdpSettings;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one UDP port, which a reload may move to another number while packets flow.
 *
 * <p>The new port is open before the old one is given up. For a while both are heard, and what is sent leaves by both, the
 * new one first: a peer takes the first copy and so learns the new place; a peer behind a NAT or firewall that lets only
 * the old port in goes on hearing that, until it has sent something to the new one itself. The window of each session
 * drops the second copy. Any thread.
 */
final class OnePort implements AutoCloseable {
    /** Longer than it takes a peer that hears of the new place to try it, several times over. */
    private static final long BOTH_MILLIS = 5_000;

    private final EventLoopGroup group;
    private final int mark;
    private volatile Doors doors;
    private Consumer<UdpPort> reader = _ -> {};
    private boolean closed;

    /**
     * What is open now; another object whenever that changes.
     *
     * @param port   where peers are told to send to
     * @param former where some still do; null when all have had time enough
     */
    record Doors(UdpPort port, @Nullable UdpPort former) {}

    private OnePort(EventLoopGroup group, int mark, UdpPort port) {
        this.group = group;
        this.mark = mark;
        this.doors = new Doors(port, null);
    }

    /** Opens the port with this number; 0 picks a free one. {@code mark} is the firewall mark of all that is sent. */
    static OnePort open(int number, int mark, EventLoopGroup group) throws IOException {
        return new OnePort(group, mark, open(group, mark, number));
    }

    private static UdpPort open(EventLoopGroup group, int mark, int number) throws IOException {
        return UdpPort.open(UdpSettings.onPort(number).withMark(mark), group);
    }

    /** The number that peers are told. */
    int number() {
        return doors.port.port();
    }

    /** What is open now. */
    Doors doors() {
        return doors;
    }

    /** From now on every port that is opened is read by this, the present one first. */
    synchronized void readBy(Consumer<UdpPort> newReader) {
        reader = newReader;
        newReader.accept(doors.port);
    }

    /**
     * Moves to another number: what it is now is closed when peers have had time to learn of it. Back to the number that
     * it had a moment ago the way is open still.
     *
     * @throws IOException when that port cannot be had; nothing has changed then
     */
    synchronized void moveTo(int number) throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        Doors before = doors;
        UdpPort former = before.former;
        UdpPort port;
        if (former != null && former.port() == number) {
            port = former;
        } else {
            port = open(group, mark, number);
            reader.accept(port);
            if (former != null) {
                former.close();
            }
        }
        Doors now = new Doors(port, before.port);
        doors = now;
        var _ = group.next().schedule(() -> retire(now), BOTH_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Closes the former port, unless there has been another move since. */
    @SuppressWarnings("ReferenceEquality")
    private synchronized void retire(Doors then) {
        if (doors == then && then.former != null) {
            doors = new Doors(then.port, null);
            then.former.close();
        }
    }

    /**
     * A sender for the calling thread's use.
     *
     * @param patienceMillis how long a send waits when the send buffer is full; 0 drops at once
     */
    PortSender newSender(int patienceMillis) {
        return new PortSender(this, patienceMillis);
    }

    /** Ends the readers and frees the port. */
    @Override
    public synchronized void close() {
        closed = true;
        Doors now = doors;
        now.port.close();
        if (now.former != null) {
            now.former.close();
        }
    }
}

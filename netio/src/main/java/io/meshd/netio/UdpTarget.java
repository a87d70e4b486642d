package io.meshd.netio;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where datagrams go and, if that matters, the local address and interface that they leave from.
 *
 * <p>Made once for a path and kept, so that sending allocates nothing. Immutable.
 */
public final class UdpTarget {
    final boolean isV6;
    final long high;
    final long low;
    final int port;
    final int scope;
    final boolean hasSource;
    final long sourceHigh;
    final long sourceLow;
    final int interfaceIndex;
    /** The socket to leave by; null for the sender's own of the family. */
    final @Nullable UdpSocket socket;
    private final InetSocketAddress address;

    private UdpTarget(InetSocketAddress address, boolean hasSource, long sourceHigh, long sourceLow,
            int interfaceIndex, @Nullable UdpSocket socket) {
        InetAddress host = address.getAddress();
        if (host == null) {
            throw new IllegalArgumentException("unresolved destination " + address);
        }
        this.address = address;
        this.isV6 = SocketAddresses.isV6(host);
        this.high = SocketAddresses.high(host);
        this.low = SocketAddresses.low(host);
        this.port = address.getPort();
        this.scope = host instanceof Inet6Address v6 ? v6.getScopeId() : 0;
        this.hasSource = hasSource;
        this.sourceHigh = sourceHigh;
        this.sourceLow = sourceLow;
        this.interfaceIndex = interfaceIndex;
        this.socket = socket;
    }

    /** To this address; the kernel chooses the source. */
    public static UdpTarget of(InetSocketAddress address) {
        return new UdpTarget(address, false, 0, 0, 0, null);
    }

    /**
     * To this address, from that one.
     *
     * @param source         an address of this host, of the same family
     * @param interfaceIndex the interface to leave by; 0 for the routing table's choice
     */
    public static UdpTarget from(InetAddress source, int interfaceIndex, InetSocketAddress address) {
        UdpTarget target = new UdpTarget(address, true, SocketAddresses.high(source), SocketAddresses.low(source),
                interfaceIndex, null);
        if (target.isV6 != SocketAddresses.isV6(source)) {
            throw new IllegalArgumentException("no datagram goes from " + source + " to " + address);
        }
        return target;
    }

    /** Back to where datagram {@code index} came from, from the address and interface where it arrived. */
    public static UdpTarget replyTo(DatagramBatch batch, int index) {
        return new UdpTarget(batch.source(index), batch.hasLocal(index), batch.localHigh(index),
                batch.localLow(index), batch.interfaceIndex(index), null);
    }

    /** Whether {@link #replyTo} would make an equal target; allocates nothing. */
    public boolean isReplyTo(DatagramBatch batch, int index) {
        return isFrom(batch, index) && hasSource == batch.hasLocal(index) && sourceHigh == batch.localHigh(index)
                && sourceLow == batch.localLow(index) && interfaceIndex == batch.interfaceIndex(index);
    }

    /** Whether datagram {@code index} came from this target's address and port; allocates nothing. */
    public boolean isFrom(DatagramBatch batch, int index) {
        return low == batch.sourceLow(index) && high == batch.sourceHigh(index) && port == batch.sourcePort(index)
                && isV6 == batch.isV6() && scope == batch.sourceScope(index);
    }

    /** The same destination, with the source left to the kernel. */
    public UdpTarget withoutSource() {
        return hasSource ? new UdpTarget(address, false, 0, 0, 0, socket) : this;
    }

    /** The same, by this socket of its family rather than by that of the sender's port. */
    public UdpTarget through(UdpSocket other) {
        if (other.isV6() != isV6) {
            throw new IllegalArgumentException("no datagram goes to " + address + " by a socket of the other family");
        }
        return new UdpTarget(address, hasSource, sourceHigh, sourceLow, interfaceIndex, other);
    }

    /** Whether a socket of its own was given by {@link #through}. */
    public boolean isThroughOtherSocket() {
        return socket != null;
    }

    /** The destination. */
    public InetSocketAddress address() {
        return address;
    }

    /** The local address to send from; null when the kernel chooses. */
    public @Nullable InetAddress source() {
        return hasSource ? SocketAddresses.address(isV6, sourceHigh, sourceLow, 0) : null;
    }

    /** The interface to leave by; 0 when the kernel chooses. */
    public int interfaceIndex() {
        return interfaceIndex;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof UdpTarget target && target.address.equals(address) && target.hasSource == hasSource
                && target.sourceHigh == sourceHigh && target.sourceLow == sourceLow
                && target.interfaceIndex == interfaceIndex && target.socket == socket;
    }

    @Override
    public int hashCode() {
        return 31 * address.hashCode() + Long.hashCode(sourceLow);
    }

    @Override
    public String toString() {
        return hasSource ? address + " from " + source() + " dev #" + interfaceIndex : address.toString();
    }
}

package io.meshd.netio;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Datagrams of one socket in one array, those that the kernel had joined already taken apart.
 *
 * <p>Reused for ever and bounded. A batch belongs to one reader thread and one family; it may read many sockets in turn.
 */
public final class DatagramBatch {
    /** More than the kernel joins into one (64, newer ones 128). */
    private static final int MAX_DATAGRAMS = 256;
    /** Two of the biggest things that one call can bring. */
    private static final int ARENA_BYTES = 2 * 65_536;
    private static final int RECEIVE_BYTES = 65_536;
    private static final int ECN_MASK = 3;

    private final boolean isV6;
    private final byte[] arena = new byte[ARENA_BYTES];
    private final int[] offsets = new int[MAX_DATAGRAMS];
    private final int[] lengths = new int[MAX_DATAGRAMS];
    private final long[] sourceHighs = new long[MAX_DATAGRAMS];
    private final long[] sourceLows = new long[MAX_DATAGRAMS];
    private final int[] sourcePorts = new int[MAX_DATAGRAMS];
    private final int[] sourceScopes = new int[MAX_DATAGRAMS];
    private final long[] localHighs = new long[MAX_DATAGRAMS];
    private final long[] localLows = new long[MAX_DATAGRAMS];
    private final int[] interfaces = new int[MAX_DATAGRAMS];
    private final byte[] trafficClasses = new byte[MAX_DATAGRAMS];
    private final SourceCache sources;
    private final NativeMemory content = new NativeMemory(RECEIVE_BYTES);
    private final MessageHeader header = new MessageHeader(content);
    private final ControlMessages control = new ControlMessages();
    private int count;
    private int used;

    DatagramBatch(boolean isV6) {
        this.isV6 = isV6;
        this.sources = new SourceCache(isV6);
    }

    void clear() {
        count = 0;
        used = 0;
    }

    /** Whether the biggest thing that one call can bring still fits. */
    boolean hasRoom() {
        return count <= MAX_DATAGRAMS / 2 && ARENA_BYTES - used >= 65_536;
    }

    /** One recvmsg; the length, or -1 for an error. What came is then {@link #take taken} or forgotten. */
    long recvmsg(int fd) {
        header.beforeReceive();
        return Libc.recvmsg(fd, header.address(), MessageHeader.MSG_DONTWAIT);
    }

    /** Whether the datagram that was just received is worth taking: neither empty nor cut off. */
    boolean isWhole(int length) {
        // Without the control message that says where the pieces end, joined datagrams are worth nothing.
        return length > 0 && (header.flags() & (MessageHeader.MSG_TRUNC | MessageHeader.MSG_CTRUNC)) == 0;
    }

    /** Takes what the last call brought; returns into how many datagrams it was split. */
    int take(int length) {
        ByteBuffer buffer = header.buffer();
        control.read(buffer, MessageHeader.CONTROL_AT, (int) buffer.getLong(MessageHeader.CONTROL_LENGTH));
        content.buffer.get(0, arena, used, length);
        int segmentSize = control.segmentSize > 0 ? control.segmentSize : length;
        int at = MessageHeader.ADDRESS_AT;
        long high = SocketAddresses.high(buffer, at, isV6);
        long low = SocketAddresses.low(buffer, at, isV6);
        int port = SocketAddresses.port(buffer, at);
        int scope = SocketAddresses.scope(buffer, at, isV6);
        int first = count;
        // A tail that finds no place is lost like any datagram can be; the kernel joins fewer than there is room for.
        for (int done = 0; done < length && count < MAX_DATAGRAMS; done += segmentSize) {
            offsets[count] = used + done;
            lengths[count] = Math.min(segmentSize, length - done);
            sourceHighs[count] = high;
            sourceLows[count] = low;
            sourcePorts[count] = port;
            sourceScopes[count] = scope;
            localHighs[count] = control.localHigh;
            localLows[count] = control.localLow;
            interfaces[count] = control.interfaceIndex;
            trafficClasses[count] = (byte) control.trafficClass;
            count++;
        }
        used += length;
        return count - first;
    }

    /** The array that holds all datagrams; the reader may open them in place. */
    public byte[] arena() {
        return arena;
    }

    /** Number of datagrams. */
    public int count() {
        return count;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    /** The family of every address in this batch. */
    public boolean isV6() {
        return isV6;
    }

    /** Where datagram {@code index} begins in the arena. */
    public int offset(int index) {
        return offsets[checked(index)];
    }

    /** Length of datagram {@code index} in bytes; at least 1. */
    public int length(int index) {
        return lengths[checked(index)];
    }

    /** Bytes 0 to 7 of the IPv6 source address; 0 for IPv4. */
    public long sourceHigh(int index) {
        return sourceHighs[checked(index)];
    }

    /** Bytes 8 to 15 of the IPv6 source address, or the 32 bits of the IPv4 one. */
    public long sourceLow(int index) {
        return sourceLows[checked(index)];
    }

    public int sourcePort(int index) {
        return sourcePorts[checked(index)];
    }

    /** The interface that a link-local source address is on; else 0. */
    public int sourceScope(int index) {
        return sourceScopes[checked(index)];
    }

    /** The source in the JDK's form: the identical object as long as the address is among those seen lately. */
    public InetSocketAddress source(int index) {
        checked(index);
        return sources.get(sourceHighs[index], sourceLows[index], sourcePorts[index], sourceScopes[index]);
    }

    /** Whether the kernel said where the datagram arrived. */
    public boolean hasLocal(int index) {
        return (localHigh(index) | localLow(index)) != 0;
    }

    /** Bytes 0 to 7 of the IPv6 address that the datagram was sent to; 0 for IPv4. */
    public long localHigh(int index) {
        return localHighs[checked(index)];
    }

    /** Bytes 8 to 15 of the IPv6 address that the datagram was sent to, or the 32 bits of the IPv4 one. */
    public long localLow(int index) {
        return localLows[checked(index)];
    }

    /** The address that the datagram was sent to; allocates. */
    public InetAddress local(int index) {
        return SocketAddresses.address(isV6, localHigh(index), localLow(index), 0);
    }

    /** The interface that it came in by; 0 if unknown. */
    public int interfaceIndex(int index) {
        return interfaces[checked(index)];
    }

    /** The TOS or traffic class byte: 0 to 255. */
    public int trafficClass(int index) {
        return trafficClasses[checked(index)] & 0xff;
    }

    /** The ECN bits (RFC 3168): 0 not capable, 1 and 2 capable, 3 congestion experienced. */
    public int ecn(int index) {
        return trafficClass(index) & ECN_MASK;
    }

    /** A fresh copy of datagram {@code index}. */
    public byte[] datagram(int index) {
        return Arrays.copyOfRange(arena, offset(index), offset(index) + length(index));
    }

    private int checked(int index) {
        if (index >= count) {
            throw new IndexOutOfBoundsException("datagram " + index + " of " + count);
        }
        return index;
    }
}

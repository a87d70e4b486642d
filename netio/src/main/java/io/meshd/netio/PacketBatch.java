package io.meshd.netio;

import java.util.Arrays;

/**
 * Some IP packets in one array: what {@link TunDevice#read} fills and {@link TunWriter#write} takes.
 *
 * <p>Reused for ever and bounded by its construction. A batch belongs to one thread.
 */
public final class PacketBatch {
    /** Packets of a batch that a TUN reader uses: one 64 KiB super-packet of 1420-byte packets makes 47. */
    public static final int READ_PACKETS = 128;
    /** Arena of a batch that a TUN reader uses: such a super-packet with its headers and room, and as much again. */
    public static final int READ_ARENA_BYTES = 160 * 1024;

    private static final byte[] NOTHING = {};

    private final byte[] own;
    private final int[] offsets;
    private final int[] lengths;
    private byte[] arena;
    private boolean borrowed;
    private PacketRoom room = PacketRoom.NONE;
    private int count;
    private int used;

    /** A batch with an arena of its own. */
    public PacketBatch(int maxPackets, int arenaBytes, PacketRoom room) {
        this.own = arenaBytes == 0 ? NOTHING : new byte[arenaBytes];
        this.arena = own;
        this.offsets = new int[maxPackets];
        this.lengths = new int[maxPackets];
        this.room = room;
    }

    /** A batch for a TUN reader. */
    public static PacketBatch forReading(PacketRoom room) {
        return new PacketBatch(READ_PACKETS, READ_ARENA_BYTES, room);
    }

    /** A batch without arena, which points into those of others: {@link #borrow}. */
    public static PacketBatch view(int maxPackets) {
        return new PacketBatch(maxPackets, 0, PacketRoom.NONE);
    }

    /** Empties the batch; it uses its own arena again. */
    public void clear() {
        count = 0;
        used = 0;
        arena = own;
        borrowed = false;
    }

    /** Empties the batch and changes the space around packets, as after a change of the MTU. */
    public void clear(PacketRoom newRoom) {
        clear();
        room = newRoom;
    }

    /** Empties the batch, which from now on points into this array: packets come in by {@link #add}. */
    public void borrow(byte[] foreign) {
        count = 0;
        used = foreign.length;
        arena = foreign;
        borrowed = true;
    }

    /** The array that holds all packets and the room around them. */
    public byte[] arena() {
        return arena;
    }

    /** Number of packets. */
    public int count() {
        return count;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    /** Number of packets that fit by their number. */
    public int capacity() {
        return offsets.length;
    }

    /** Where packet {@code index} begins in the arena. */
    public int offset(int index) {
        return offsets[checked(index)];
    }

    /** Length of packet {@code index} in bytes. */
    public int length(int index) {
        return lengths[checked(index)];
    }

    /** The space around each packet. */
    public PacketRoom room() {
        return room;
    }

    /** Whether a packet of this length still fits into the batch's own arena. */
    public boolean fits(int length) {
        return count < offsets.length && !borrowed && room.stride(length) <= arena.length - used;
    }

    /**
     * Adds a packet whose bytes the caller will write.
     *
     * @return its offset in the arena, or -1 when the batch is full
     */
    public int reserve(int length) {
        if (!fits(length)) {
            return -1;
        }
        int offset = used + room.headBytes();
        used += room.stride(length);
        append(offset, length);
        return offset;
    }

    /** Adds a copy of a packet; false when the batch is full. */
    public boolean copy(byte[] source, int offset, int length) {
        int target = reserve(length);
        if (target < 0) {
            return false;
        }
        System.arraycopy(source, offset, arena, target, length);
        return true;
    }

    /** Adds a packet that already lies in the arena; false when the batch is full. */
    public boolean add(int offset, int length) {
        if (offset < 0 || length < 0 || length > arena.length - offset) {
            throw new IndexOutOfBoundsException("no " + length + " bytes at " + offset + " of " + arena.length);
        }
        if (count == offsets.length) {
            return false;
        }
        append(offset, length);
        return true;
    }

    /** A fresh copy of packet {@code index}: for tests and slow paths. */
    public byte[] packet(int index) {
        return Arrays.copyOfRange(arena, offset(index), offset(index) + length(index));
    }

    /** Takes back the packet added last. */
    void removeLast() {
        count--;
        if (!borrowed) {
            used -= room.stride(lengths[count]);
        }
    }

    private void append(int offset, int length) {
        offsets[count] = offset;
        lengths[count] = length;
        count++;
    }

    private int checked(int index) {
        if (index >= count) {
            throw new IndexOutOfBoundsException("packet " + index + " of " + count);
        }
        return index;
    }
}

package io.meshd.identity;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * An IPv4 or IPv6 address as two longs, so that comparing and masking one allocates nothing.
 *
 * @param isV6 the family
 * @param high bytes 0 to 7 of an IPv6 address, big-endian; 0 for IPv4
 * @param low  bytes 8 to 15 of an IPv6 address, or the 32 bits of an IPv4 address
 */
public record IpAddress(boolean isV6, long high, long low) implements Comparable<IpAddress> {
    private static final long V4_MASK = 0xffff_ffffL;

    public IpAddress {
        if (!isV6 && (high != 0 || (low & ~V4_MASK) != 0)) {
            throw new IllegalArgumentException("an IPv4 address has 32 bits");
        }
    }

    /** The address with these 4 or 16 bytes in network order. */
    public static IpAddress of(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return switch (bytes.length) {
            case 4 -> new IpAddress(false, 0, buffer.getInt() & V4_MASK);
            case 16 -> new IpAddress(true, buffer.getLong(), buffer.getLong());
            default -> throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length);
        };
    }

    /** The address that the JDK's form holds; an IPv6 scope is lost. */
    public static IpAddress of(InetAddress address) {
        return of(address.getAddress());
    }

    /**
     * Reads an address: a dotted quad, or IPv6 as RFC 4291 section 2.2 allows. Never asks DNS; refuses scopes, leading
     * zeros in quads, and IPv4 in IPv6 form, which would be a second name for the same thing.
     */
    public static Parsed<IpAddress> parse(String text) {
        return AddressText.parse(text);
    }

    /** Address length of the family in bits: 32 or 128. */
    public int bits() {
        return isV6 ? 128 : 32;
    }

    /** The 4 or 16 bytes in network order. */
    public byte[] bytes() {
        return isV6
                ? ByteBuffer.allocate(16).putLong(high).putLong(low).array()
                : ByteBuffer.allocate(4).putInt((int) low).array();
    }

    /** The address in the JDK's form. */
    public InetAddress toInetAddress() {
        try {
            return InetAddress.getByAddress(bytes());
        } catch (UnknownHostException e) {
            throw new AssertionError("4 or 16 bytes are always an address", e);
        }
    }

    /** This address with all but its first {@code length} bits cleared. */
    public IpAddress masked(int length) {
        if (isV6) {
            return new IpAddress(true, high & leading(Math.min(length, 64)), low & leading(Math.max(0, length - 64)));
        }
        return new IpAddress(false, 0, low & leading(length + 32));
    }

    private static long leading(int ones) {
        return ones == 0 ? 0 : -1L << (64 - ones);
    }

    @Override
    public int compareTo(IpAddress other) {
        if (isV6 != other.isV6) {
            return isV6 ? 1 : -1;
        }
        int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    /** Dotted quad, or RFC 5952 for IPv6. */
    @Override
    public String toString() {
        return isV6 ? Rfc5952.text(high, low) : toInetAddress().getHostAddress();
    }
}

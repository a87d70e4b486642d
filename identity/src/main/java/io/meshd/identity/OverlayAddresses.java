package io.meshd.identity;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that follow from a key, so that every node computes those of every other.
 *
 * <p>The host part is the beginning of the BLAKE3 hash of the Ed25519 key. In an IPv4 /16 the two octets are mended as
 * meshguard does: no 0 and no 255 at the end, no 0 before it. In other ranges only the first and, for IPv4, the last
 * address are avoided, by taking their neighbour.
 *
 * @param v4 the IPv4 range, or null when IPv4 addresses are not derived
 * @param v6 the IPv6 range, or null when IPv6 addresses are not derived
 */
public record OverlayAddresses(@Nullable Prefix v4, @Nullable Prefix v6) {
    /** 10.99.0.0/16 and fd99:6d67::/64. */
    public static final OverlayAddresses DEFAULT = new OverlayAddresses(
            new Prefix(new IpAddress(false, 0, 0x0a63_0000L), 16),
            new Prefix(new IpAddress(true, 0xfd99_6d67_0000_0000L, 0), 64));

    /** A range must hold an address that is neither its first nor its last. */
    private static final int V4_LENGTH_MAX = 30;
    private static final int V6_LENGTH_MAX = 126;
    /** An IPv4 range as large as a first octet is no range of one network. */
    private static final int V4_LENGTH_MIN = 8;
    private static final int V6_LENGTH_MIN = 16;
    private static final int MESHGUARD_V4_LENGTH = 16;
    private static final int OCTET_MAX = 0xff;

    /**
     * Two checked ranges.
     *
     * @throws IllegalArgumentException when one is of the other family, too small or too large
     */
    public OverlayAddresses {
        String fault = v4 == null ? null : fault(v4, false);
        fault = fault == null && v6 != null ? fault(v6, true) : fault;
        if (fault != null) {
            throw new IllegalArgumentException(fault);
        }
    }

    /** The ranges of a configuration: at most one of each family. */
    public static Parsed<OverlayAddresses> of(List<Prefix> ranges) {
        Prefix v4 = null;
        Prefix v6 = null;
        for (Prefix range : ranges) {
            boolean isV6 = range.address().isV6();
            String fault = fault(range, isV6);
            if (fault != null) {
                return Parsed.invalid(fault);
            }
            if ((isV6 ? v6 : v4) != null) {
                return Parsed.invalid(range + " is a second " + (isV6 ? "IPv6" : "IPv4") + " range");
            }
            v4 = isV6 ? v4 : range;
            v6 = isV6 ? range : v6;
        }
        return Parsed.valid(new OverlayAddresses(v4, v6));
    }

    private static @Nullable String fault(Prefix range, boolean v6) {
        if (range.address().isV6() != v6) {
            return range + " is of the wrong address family";
        }
        int least = v6 ? V6_LENGTH_MIN : V4_LENGTH_MIN;
        int most = v6 ? V6_LENGTH_MAX : V4_LENGTH_MAX;
        return range.length() < least || range.length() > most
                ? range + ": addresses are derived from ranges of length " + least + " to " + most
                : null;
    }

    /** The key's addresses: IPv4 before IPv6. */
    public List<IpAddress> of(PublicKey key) {
        List<IpAddress> addresses = new ArrayList<>();
        IpAddress inV4 = v4Of(key);
        if (inV4 != null) {
            addresses.add(inV4);
        }
        IpAddress inV6 = v6Of(key);
        if (inV6 != null) {
            addresses.add(inV6);
        }
        return List.copyOf(addresses);
    }

    /** The key's IPv4 address, or null when none is derived. Other keys may have the same. */
    public @Nullable IpAddress v4Of(PublicKey key) {
        if (v4 == null) {
            return null;
        }
        byte[] hash = Digests.blake3(key.bytes());
        int hostBits = Integer.SIZE - v4.length();
        long host = v4.length() == MESHGUARD_V4_LENGTH ? meshguardHost(hash) : host(hash, hostBits);
        return new IpAddress(false, 0, v4.address().low() | host);
    }

    private static long meshguardHost(byte[] hash) {
        int third = hash[0] & OCTET_MAX;
        int fourth = hash[1] & OCTET_MAX;
        int mendedThird = third == 0 ? 1 : third;
        int mendedFourth = fourth == 0 ? 1 : Math.min(fourth, OCTET_MAX - 1);
        return ((long) mendedThird << Byte.SIZE) | mendedFourth;
    }

    private static long host(byte[] hash, int hostBits) {
        long last = (1L << hostBits) - 1;
        long first = (ByteBuffer.wrap(hash).getInt() & 0xffff_ffffL) >>> (Integer.SIZE - hostBits);
        return first == 0 ? 1 : Math.min(first, last - 1);
    }

    /** The key's IPv6 address, or null when none is derived. */
    public @Nullable IpAddress v6Of(PublicKey key) {
        if (v6 == null) {
            return null;
        }
        // The hash's first bits, moved behind the prefix.
        ByteBuffer hash = ByteBuffer.wrap(Digests.blake3(key.bytes()));
        long first = hash.getLong();
        long second = hash.getLong();
        int shift = v6.length();
        long high = shift >= Long.SIZE ? 0 : first >>> shift;
        long low = shift >= Long.SIZE
                ? first >>> (shift - Long.SIZE)
                : (second >>> shift) | (first << (Long.SIZE - shift));
        long hostLow = high == 0 && low == 0 ? 1 : low;
        return new IpAddress(true, v6.address().high() | high, v6.address().low() | hostLow);
    }
}

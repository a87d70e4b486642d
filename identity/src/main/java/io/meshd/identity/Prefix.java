package io.meshd.identity;

/**
 * A range of addresses, as in {@code 10.42.1.0/24}: what a peer can own. Host bits are always zero.
 *
 * @param address the first address of the range
 * @param length  how many leading bits are fixed: 0 to 32, or 0 to 128
 */
public record Prefix(IpAddress address, int length) implements Comparable<Prefix> {
    public Prefix {
        if (length < 0 || length > address.bits()) {
            throw new IllegalArgumentException("a prefix length here is 0 to " + address.bits() + ", not " + length);
        }
        if (!address.masked(length).equals(address)) {
            throw new IllegalArgumentException(address + "/" + length + " has host bits set; the prefix is "
                    + address.masked(length) + "/" + length);
        }
    }

    /** The prefix of this length that {@code address} lies in. */
    public static Prefix around(IpAddress address, int length) {
        return new Prefix(address.masked(length), length);
    }

    /** The prefix of one address: /32 or /128. */
    public static Prefix host(IpAddress address) {
        return new Prefix(address, address.bits());
    }

    /** Whether the address lies in this range. */
    public boolean contains(IpAddress candidate) {
        return candidate.isV6() == address.isV6() && candidate.masked(length).equals(address);
    }

    /** Whether some address lies in both ranges; of two such prefixes one contains the other. */
    public boolean overlaps(Prefix other) {
        return length <= other.length ? contains(other.address) : other.contains(address);
    }

    /** Whether this is 0.0.0.0/0 or ::/0. */
    public boolean isDefaultRoute() {
        return length == 0;
    }

    @Override
    public int compareTo(Prefix other) {
        int byAddress = address.compareTo(other.address);
        return byAddress != 0 ? byAddress : Integer.compare(length, other.length);
    }

    @Override
    public String toString() {
        return address + "/" + length;
    }
}

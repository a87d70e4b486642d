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

    /** Reads {@code ADDRESS/LENGTH}; host bits that are set are a fault. */
    public static Parsed<Prefix> parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            return switch (IpAddress.parse(text)) {
                case Parsed.Valid(var alone) ->
                    Parsed.invalid("\"" + text + "\" is no prefix; for this one address write " + host(alone));
                case Parsed.Invalid<IpAddress> _ ->
                    Parsed.invalid("\"" + text + "\" is no prefix ADDRESS/LENGTH, such as 10.42.1.0/24");
            };
        }
        return switch (IpAddress.parse(text.substring(0, slash))) {
            case Parsed.Valid(var address) -> parse(text, address, text.substring(slash + 1));
            case Parsed.Invalid<IpAddress>(var faults) -> new Parsed.Invalid<>(faults);
        };
    }

    private static Parsed<Prefix> parse(String text, IpAddress address, String lengthText) {
        int length = Decimal.parse(lengthText, 3);
        if (length < 0 || length > address.bits()) {
            return Parsed.invalid("\"" + text + "\": the length of a prefix here is 0 to " + address.bits());
        }
        Prefix prefix = around(address, length);
        return prefix.address.equals(address)
                ? Parsed.valid(prefix)
                : Parsed.invalid("\"" + text + "\" has host bits set; the prefix is " + prefix);
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

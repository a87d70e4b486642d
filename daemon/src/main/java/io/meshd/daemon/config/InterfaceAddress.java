package io.meshd.daemon.config;

import io.meshd.identity.IpAddress;
import io.meshd.identity.Parsed;
import io.meshd.identity.Prefix;

/**
 * An address on the TUN device with the length of its network, as in {@code 10.42.0.1/24}.
 *
 * @param address of the host
 * @param length  how many leading bits are the network's
 */
public record InterfaceAddress(IpAddress address, int length) {
    public InterfaceAddress {
        if (length < 0 || length > address.bits()) {
            throw new IllegalArgumentException("a prefix length here is 0 to " + address.bits() + ", not " + length);
        }
    }

    /** Reads a text such as "10.42.0.1/24". */
    static Parsed<InterfaceAddress> parse(String text) {
        int slash = text.indexOf('/');
        String length = text.substring(slash + 1);
        if (slash < 0 || !length.matches("0|[1-9][0-9]{0,2}")) {
            return Parsed.invalid("its length is missing");
        }
        return switch (IpAddress.parse(text.substring(0, slash))) {
            case Parsed.Valid(var address) -> Integer.parseInt(length) <= address.bits()
                    ? Parsed.valid(new InterfaceAddress(address, Integer.parseInt(length)))
                    : Parsed.invalid("its length is 0 to " + address.bits());
            case Parsed.Invalid<IpAddress>(var faults) -> new Parsed.Invalid<>(faults);
        };
    }

    /** The network that the address lies in. */
    public Prefix network() {
        return Prefix.around(address, length);
    }

    @Override
    public String toString() {
        return address + "/" + length;
    }
}

package io.meshd.identity;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A host and a UDP port, as in {@code host:port}, {@code 192.0.2.1:51821} or {@code [2001:db8::1]:51821}; not resolved.
 *
 * @param host a DNS name in lower case, or the text of an address as {@link IpAddress#toString()} writes it
 * @param port 1 to 65,535
 */
public record HostPort(String host, int port) {
    private static final int PORT_MAX = 65_535;
    private static final int PORT_DIGITS_MAX = 5;
    private static final int NAME_LENGTH_MAX = 253;
    private static final int LABEL_LENGTH_MAX = 63;

    /**
     * A checked pair.
     *
     * @throws IllegalArgumentException when the host is neither a name nor an address in its one text, or the port
     *         none
     */
    public HostPort {
        if (port < 1 || port > PORT_MAX) {
            throw new IllegalArgumentException("a port is 1 to 65535, not " + port);
        }
        IpAddress address = AddressText.parse(host).orNull();
        boolean known = address == null ? isName(host) && isLowerCase(host) : address.toString().equals(host);
        if (!known) {
            throw new IllegalArgumentException("\"" + host + "\" is no host");
        }
    }

    /** Reads {@code host:port} or {@code [v6]:port}. */
    public static Parsed<HostPort> parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            return expected(text, "the port is missing");
        }
        int port = Decimal.parse(text.substring(colon + 1), PORT_DIGITS_MAX);
        if (port < 1 || port > PORT_MAX) {
            return expected(text, "a port is 1 to 65535");
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[")) {
            return parseBracketed(text, host, port);
        }
        if (host.indexOf(':') >= 0) {
            return expected(text, "an IPv6 address stands in [ ]");
        }
        IpAddress address = AddressText.parse(host).orNull();
        if (address != null) {
            return Parsed.valid(new HostPort(address.toString(), port));
        }
        return isName(host)
                ? Parsed.valid(new HostPort(host.toLowerCase(Locale.ROOT), port))
                : expected(text, "\"" + host + "\" is neither a name nor an address");
    }

    private static Parsed<HostPort> parseBracketed(String text, String host, int port) {
        IpAddress address = host.endsWith("]")
                ? AddressText.parse(host.substring(1, host.length() - 1)).orNull()
                : null;
        return address != null && address.isV6()
                ? Parsed.valid(new HostPort(address.toString(), port))
                : expected(text, "between [ and ] stands an IPv6 address");
    }

    private static Parsed<HostPort> expected(String text, String why) {
        return Parsed.invalid("\"" + text + "\" is no HOST:PORT or [IPv6]:PORT: " + why);
    }

    /** The host as an address, or null when it is a name. */
    public @Nullable IpAddress address() {
        return AddressText.parse(host).orNull();
    }

    /** RFC 1123 section 2.1 names; the last label has a letter, so that no mistyped address passes for one. */
    private static boolean isName(String text) {
        if (text.isEmpty() || text.length() > NAME_LENGTH_MAX) {
            return false;
        }
        String[] labels = text.split("\\.", -1);
        for (String label : labels) {
            if (!isLabel(label)) {
                return false;
            }
        }
        return labels[labels.length - 1].chars().anyMatch(c -> c > '9');
    }

    private static boolean isLabel(String label) {
        if (label.isEmpty() || label.length() > LABEL_LENGTH_MAX || label.startsWith("-") || label.endsWith("-")) {
            return false;
        }
        for (int i = 0; i < label.length(); i++) {
            char c = label.charAt(i);
            boolean alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            // Underscores are no host names, but containers and Windows hosts have them all the same.
            if (!alphanumeric && c != '-' && c != '_') {
                return false;
            }
        }
        return true;
    }

    private static boolean isLowerCase(String text) {
        return text.equals(text.toLowerCase(Locale.ROOT));
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}

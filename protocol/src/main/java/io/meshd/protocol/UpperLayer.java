package io.meshd.protocol;

/**
 * Where the transport header of an IP packet begins, past IPv4 options and IPv6 extension headers (RFC 8200 section 4).
 *
 * <p>The answer is two ints in one long, so that looking allocates nothing; {@link #NONE} when there is no transport
 * header to be seen: a fragment that is not the first, a chain that is cut short or longer than any real one.
 */
final class UpperLayer {
    static final long NONE = -1;

    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int AUTHENTICATION = 51;
    private static final int DESTINATION_OPTIONS = 60;
    /** RFC 8200 section 4.1 recommends at most seven headers; more is an attempt to keep us busy. */
    private static final int EXTENSIONS_MAX = 8;
    private static final int EXTENSION_BYTES_MIN = 8;
    private static final int FRAGMENT_OFFSET_AT = 2;
    private static final int V6_FRAGMENT_OFFSET_MASK = 0xfff8;

    private UpperLayer() {}

    static int protocol(long found) {
        return (int) (found >>> Integer.SIZE);
    }

    /** Absolute in the buffer. */
    static int offset(long found) {
        return (int) found;
    }

    /** Finds it in a checked packet of {@code length} bytes. */
    static long find(byte[] buffer, int offset, int length) {
        int at = offset + IpPacket.headerLength(buffer, offset);
        int protocol = IpPacket.protocol(buffer, offset);
        if (!IpPacket.isV6(buffer, offset)) {
            int fragment = InternetChecksum.wordAt(buffer, offset + IpPacket.V4_FRAGMENT_AT);
            return (fragment & IpPacket.V4_FRAGMENT_OFFSET_MASK) == 0 ? found(protocol, at) : NONE;
        }
        int end = offset + length;
        for (int i = 0; i < EXTENSIONS_MAX; i++) {
            if (!isExtension(protocol)) {
                return found(protocol, at);
            }
            if (end - at < EXTENSION_BYTES_MIN || (protocol == FRAGMENT && !isFirstFragment(buffer, at))) {
                return NONE;
            }
            int headerBytes = extensionBytes(protocol, buffer[at + 1] & 0xff);
            protocol = buffer[at] & 0xff;
            at += headerBytes;
            if (at > end) {
                return NONE;
            }
        }
        return NONE;
    }

    private static long found(int protocol, int at) {
        return ((long) protocol << Integer.SIZE) | at;
    }

    private static boolean isFirstFragment(byte[] buffer, int fragmentHeaderAt) {
        int field = InternetChecksum.wordAt(buffer, fragmentHeaderAt + FRAGMENT_OFFSET_AT);
        return (field & V6_FRAGMENT_OFFSET_MASK) == 0;
    }

    private static boolean isExtension(int protocol) {
        return switch (protocol) {
            case HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION_OPTIONS -> true;
            default -> false;
        };
    }

    /** RFC 8200 counts 8-byte units beyond the first; the authentication header 4-byte words beyond the second. */
    private static int extensionBytes(int protocol, int lengthField) {
        return switch (protocol) {
            case FRAGMENT -> EXTENSION_BYTES_MIN;
            case AUTHENTICATION -> (lengthField + 2) * 4;
            default -> (lengthField + 1) * EXTENSION_BYTES_MIN;
        };
    }
}

package io.meshd.nat.stun;

import io.meshd.identity.Bytes;
import java.net.InetSocketAddress;
import java.util.List;

/** One thing that a STUN message says: RFC 8489 section 14, RFC 5780 section 7. FINGERPRINT is the codec's own. */
public sealed interface StunAttribute {
    /** From here on a receiver may ignore what it does not know. */
    int OPTIONAL_FROM = 0x8000;

    /** The number by which the wire knows it. */
    int type();

    /** Whether a message with an attribute of this type is of no use to who does not know it. */
    static boolean mustBeUnderstood(int type) {
        return type < OPTIONAL_FROM;
    }

    /** Where the request came from, in clear. */
    record MappedAddress(InetSocketAddress address) implements StunAttribute {
        static final int TYPE = 0x0001;

        @Override
        public int type() {
            return TYPE;
        }
    }

    /** Where the request came from, hidden from routers that rewrite what looks like an address. */
    record XorMappedAddress(InetSocketAddress address) implements StunAttribute {
        static final int TYPE = 0x0020;

        @Override
        public int type() {
            return TYPE;
        }
    }

    /** Asks for the answer to come from the server's other address, other port, or both. */
    record ChangeRequest(boolean ip, boolean port) implements StunAttribute {
        static final int TYPE = 0x0003;

        @Override
        public int type() {
            return TYPE;
        }
    }

    /** Bytes that make a message larger. */
    record Padding(int length) implements StunAttribute {
        static final int TYPE = 0x0026;

        @Override
        public int type() {
            return TYPE;
        }
    }

    /** Asks for the answer to go to this port of the sender. */
    record ResponsePort(int port) implements StunAttribute {
        static final int TYPE = 0x0027;

        @Override
        public int type() {
            return TYPE;
        }
    }

    /** Where the answer was sent from. */
    record ResponseOrigin(InetSocketAddress address) implements StunAttribute {
        static final int TYPE = 0x802b;

        @Override
        public int type() {
            return TYPE;
        }
    }

    /** The server's other address and other port: with both it can tell how a NAT behaves. */
    record OtherAddress(InetSocketAddress address) implements StunAttribute {
        static final int TYPE = 0x802c;

        @Override
        public int type() {
            return TYPE;
        }
    }

    /**
     * Why there is no better answer.
     *
     * @param code   300 to 699
     * @param reason for people
     */
    record ErrorCode(int code, String reason) implements StunAttribute {
        static final int TYPE = 0x0009;
        /** The request has attributes that had to be understood and are not. */
        static final int UNKNOWN_ATTRIBUTE = 420;
        static final int MIN = 300;
        static final int MAX = 699;

        @Override
        public int type() {
            return TYPE;
        }
    }

    /** Which attributes those are. */
    record UnknownAttributes(List<Integer> types) implements StunAttribute {
        static final int TYPE = 0x000a;

        public UnknownAttributes {
            types = List.copyOf(types);
        }

        @Override
        public int type() {
            return TYPE;
        }
    }

    /** What the sender calls itself. */
    record Software(String name) implements StunAttribute {
        static final int TYPE = 0x8022;

        @Override
        public int type() {
            return TYPE;
        }
    }

    /**
     * MESSAGE-INTEGRITY and what goes with it. This program has no key in common with any server, so it takes such a
     * message for what it would be without (RFC 8489 section 9: who is not asked to authenticate need not).
     */
    record Credential(int type, Bytes value) implements StunAttribute {
        static final int USERNAME = 0x0006;
        static final int MESSAGE_INTEGRITY = 0x0008;
        static final int REALM = 0x0014;
        static final int NONCE = 0x0015;
        static final int MESSAGE_INTEGRITY_SHA256 = 0x001c;
        static final int PASSWORD_ALGORITHM = 0x001d;
        static final int USERHASH = 0x001e;

        static boolean is(int type) {
            return switch (type) {
                case USERNAME, MESSAGE_INTEGRITY, REALM, NONCE, MESSAGE_INTEGRITY_SHA256, PASSWORD_ALGORITHM,
                        USERHASH ->
                    true;
                default -> false;
            };
        }

        /** Of what follows, only another integrity attribute and FINGERPRINT count (RFC 8489 section 14.5). */
        static boolean isIntegrity(int type) {
            return type == MESSAGE_INTEGRITY || type == MESSAGE_INTEGRITY_SHA256;
        }
    }

    /** One that this program does not know. */
    record Unknown(int type, Bytes value) implements StunAttribute {}
}

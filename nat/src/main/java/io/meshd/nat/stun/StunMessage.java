package io.meshd.nat.stun;

import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A STUN message of the one method that this program knows, Binding.
 *
 * @param kind        request, answer or neither
 * @param transaction which request it is or answers
 * @param attributes  what it says, in order; of those that come twice the first counts (RFC 8489 section 14)
 * @param checked     whether it ends with a FINGERPRINT, which was right
 */
public record StunMessage(Kind kind, TransactionId transaction, List<StunAttribute> attributes, boolean checked) {
    /** The class of a message (RFC 8489 section 5), in the order of its two bits. */
    public enum Kind {
        /** Wants an answer. */
        REQUEST,
        /** Wants none. */
        INDICATION,
        /** The answer when all went well. */
        SUCCESS,
        /** The answer when it did not. */
        ERROR
    }

    public StunMessage {
        attributes = List.copyOf(attributes);
    }

    /** The first attribute of a kind; null when there is none. */
    public <A extends StunAttribute> @Nullable A first(Class<A> kind) {
        for (StunAttribute attribute : attributes) {
            if (kind.isInstance(attribute)) {
                return kind.cast(attribute);
            }
        }
        return null;
    }

    /**
     * Where the sender saw the receiver: XOR-MAPPED-ADDRESS, else MAPPED-ADDRESS, which old servers send and routers that
     * mean well rewrite; null when neither is there.
     */
    public @Nullable InetSocketAddress mapped() {
        StunAttribute.XorMappedAddress xored = first(StunAttribute.XorMappedAddress.class);
        if (xored != null) {
            return xored.address();
        }
        StunAttribute.MappedAddress plain = first(StunAttribute.MappedAddress.class);
        return plain == null ? null : plain.address();
    }

    /** Types of attributes that must be understood and are not (RFC 8489 section 6.3), in order. */
    List<Integer> notUnderstood() {
        return attributes.stream().filter(attribute -> attribute instanceof StunAttribute.Unknown)
                .map(StunAttribute::type).filter(StunAttribute::mustBeUnderstood).distinct().toList();
    }
}

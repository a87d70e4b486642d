package io.meshd.protocol;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import java.nio.charset.StandardCharsets;

/**
 * Signs and checks {@link Frame.Join}: by the newcomer's real key, and bound to the guest's session, the inviter and the
 * network, so that nobody can enrol the key of somebody else.
 */
public final class JoinStatement {
    private static final byte[] DOMAIN = "meshd join v1".getBytes(StandardCharsets.US_ASCII);

    private JoinStatement() {}

    /** What the holder of {@code identity} says as a guest. */
    public static Frame.Join sign(Identity identity, PublicKey guest, PublicKey inviter, String networkId,
            String name) {
        PublicKey key = identity.publicKey();
        return new Frame.Join(key, networkId, name, identity.sign(message(key, guest, inviter, networkId, name)));
    }

    /**
     * Whether {@code join.newcomer()} itself said this.
     *
     * @param guest   whose session it came in
     * @param inviter who heard it
     */
    public static boolean verify(Frame.Join join, PublicKey guest, PublicKey inviter) {
        Bytes signature = join.signature();
        return join.newcomer().verifies(message(join.newcomer(), guest, inviter, join.networkId(), join.name()),
                signature);
    }

    private static byte[] message(PublicKey newcomer, PublicKey guest, PublicKey inviter, String networkId,
            String name) {
        return new WireWriter(256).array(DOMAIN).array(newcomer.bytes()).array(guest.bytes()).array(inviter.bytes())
                .shortText(networkId).shortText(name).toArray();
    }
}

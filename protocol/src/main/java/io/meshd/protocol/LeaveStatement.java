package io.meshd.protocol;

import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import java.nio.charset.StandardCharsets;

/** Signs and checks {@link Frame.Leave}, so that nobody but the owner can say goodbye, and only for one run. */
public final class LeaveStatement {
    private static final byte[] DOMAIN = "meshd leave v1".getBytes(StandardCharsets.US_ASCII);

    private LeaveStatement() {}

    /** The goodbye of the node that holds {@code identity}, for the run {@code epoch} of its daemon. */
    public static Frame.Leave sign(Identity identity, long epoch) {
        PublicKey node = identity.publicKey();
        return new Frame.Leave(node, epoch, identity.sign(message(node, epoch)));
    }

    /** Whether {@code leave.node()} itself said this. Whether that run is current is for membership to judge. */
    public static boolean verify(Frame.Leave leave) {
        return leave.node().verifies(message(leave.node(), leave.epoch()), leave.signature());
    }

    private static byte[] message(PublicKey node, long epoch) {
        return new WireWriter(DOMAIN.length + PublicKey.BYTES + Long.BYTES)
                .array(DOMAIN).array(node.bytes()).i64(epoch).toArray();
    }
}

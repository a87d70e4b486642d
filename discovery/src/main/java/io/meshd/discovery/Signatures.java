package io.meshd.discovery;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Frame;
import io.meshd.protocol.LeaveStatement;
import io.meshd.protocol.NodeRecord;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Signs this node's statements and checks those of others.
 *
 * <p>An alive statement is signed over "meshd alive v1", key, epoch u64, incarnation u32, sequence u64; an accusation
 * over "meshd suspect v1", target, epoch u64, incarnation u32, accuser; all little-endian. The tests of big meshes put
 * something cheaper in place of the curve.
 */
abstract class Signatures {
    private static final byte[] ALIVE_DOMAIN = "meshd alive v1".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SUSPECT_DOMAIN = "meshd suspect v1".getBytes(StandardCharsets.US_ASCII);

    /** Signatures by this identity. */
    static Signatures of(Identity identity) {
        return new Signatures() {
            @Override
            Bytes sign(byte[] message) {
                return identity.sign(message);
            }

            @Override
            boolean verifies(PublicKey key, byte[] message, Bytes signature) {
                return key.verifies(message, signature);
            }

            @Override
            boolean verifies(NodeRecord record) {
                return record.verify();
            }

            @Override
            Frame.Leave leave(long epoch) {
                return LeaveStatement.sign(identity, epoch);
            }

            @Override
            boolean verifies(Frame.Leave leave) {
                return LeaveStatement.verify(leave);
            }
        };
    }

    abstract Bytes sign(byte[] message);

    abstract boolean verifies(PublicKey key, byte[] message, Bytes signature);

    abstract boolean verifies(NodeRecord record);

    abstract Frame.Leave leave(long epoch);

    abstract boolean verifies(Frame.Leave leave);

    final Rumour.Alive alive(PublicKey self, long epoch, int incarnation, long sequence) {
        return new Rumour.Alive(self, epoch, incarnation, sequence,
                sign(aliveMessage(self, epoch, incarnation, sequence)));
    }

    final Rumour.Accusation accusation(PublicKey target, long epoch, int incarnation, PublicKey self) {
        return new Rumour.Accusation(target, epoch, incarnation, self,
                sign(suspectMessage(target, epoch, incarnation, self)));
    }

    /** Whether the one who is said to have made the statement made it. */
    final boolean verifies(Rumour rumour) {
        return switch (rumour) {
            case Rumour.Alive alive -> verifies(alive.node(),
                    aliveMessage(alive.node(), alive.epoch(), alive.incarnation(), alive.sequence()),
                    alive.signature());
            case Rumour.Accusation accusation -> verifies(accusation.accuser(),
                    suspectMessage(accusation.target(), accusation.epoch(), accusation.incarnation(),
                            accusation.accuser()),
                    accusation.signature());
            case Rumour.Left left -> verifies(left.leave());
            case Rumour.Described record -> verifies(record.record());
        };
    }

    private static byte[] aliveMessage(PublicKey node, long epoch, int incarnation, long sequence) {
        return ByteBuffer.allocate(ALIVE_DOMAIN.length + PublicKey.BYTES + 2 * Long.BYTES + Integer.BYTES)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .put(ALIVE_DOMAIN).put(node.bytes()).putLong(epoch).putInt(incarnation).putLong(sequence).array();
    }

    private static byte[] suspectMessage(PublicKey target, long epoch, int incarnation, PublicKey accuser) {
        return ByteBuffer.allocate(SUSPECT_DOMAIN.length + 2 * PublicKey.BYTES + Long.BYTES + Integer.BYTES)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .put(SUSPECT_DOMAIN).put(target.bytes()).putLong(epoch).putInt(incarnation).put(accuser.bytes())
                .array();
    }
}

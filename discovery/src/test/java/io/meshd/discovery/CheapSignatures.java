package io.meshd.discovery;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Frame;
import io.meshd.protocol.NodeRecord;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Signatures that anybody could make, for meshes of nodes that do not try to. */
final class CheapSignatures extends Signatures {
    private final PublicKey self;

    CheapSignatures(PublicKey self) {
        this.self = self;
    }

    private static Bytes signature(PublicKey key, byte[] message) {
        ByteBuffer signature = ByteBuffer.allocate(Identity.SIGNATURE_BYTES);
        long hash = key.hashCode();
        for (byte b : message) {
            hash = (hash ^ b) * 0x100000001b3L;
        }
        while (signature.hasRemaining()) {
            hash = (hash ^ (hash >>> 29)) * 0xbf58476d1ce4e5b9L;
            signature.putLong(hash);
        }
        return Bytes.copyOf(signature.array());
    }

    @Override
    Bytes sign(byte[] message) {
        return signature(self, message);
    }

    @Override
    boolean verifies(PublicKey key, byte[] message, Bytes signature) {
        return signature(key, message).equals(signature);
    }

    static NodeRecord record(PublicKey node, long epoch, long sequence, String name, InetSocketAddress endpoint) {
        return new NodeRecord(node, epoch, sequence, name, "sim", 1, 0, 0, 1420, List.of(), List.of(endpoint),
                Bytes.EMPTY, signature(node, identity(epoch, sequence)));
    }

    @Override
    boolean verifies(NodeRecord record) {
        return verifies(record.node(), identity(record.epoch(), record.sequence()), record.signature());
    }

    private static byte[] identity(long epoch, long sequence) {
        return ("record " + epoch + " " + sequence).getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    Frame.Leave leave(long epoch) {
        return new Frame.Leave(self, epoch, sign(identity(epoch, -1)));
    }

    @Override
    boolean verifies(Frame.Leave leave) {
        return verifies(leave.node(), identity(leave.epoch(), -1), leave.signature());
    }
}

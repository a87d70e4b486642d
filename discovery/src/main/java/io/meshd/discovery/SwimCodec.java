package io.meshd.discovery;

import io.meshd.identity.Identity;
import io.meshd.protocol.Decoded;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Frame;
import io.meshd.protocol.NodeRecord;
import io.meshd.protocol.NodeRecordCodec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The wire form of membership messages: a closed set of types, each message as type u8, length varint, content.
 *
 * <p>Varints are LEB128 in their shortest form, up to 63 bits; fixed words are little-endian; keys have 32 bytes and
 * signatures 64. The sender is the peer of the session.
 *
 * <pre>
 *  1 ping          cid, own epoch, receiver's epoch, accused incarnation + 1
 *  2 ping request  cid, own epoch, target key, target's epoch
 *  3 ack           cid, 1 when the run that was meant is over
 *  4 nack          cid
 *  5 alive         key, epoch, incarnation, sequence, signature
 *  6 record        as {@link NodeRecordCodec} writes it
 *  7 left          key, epoch, signature
 *  8 accusation    target key, epoch, incarnation, accuser key, signature
 *  9 digest        number of buckets, one u32 for each
 * 10 summary       number of buckets of the digest, count, bucket numbers, count, entries:
 *                  first 8 bytes of the key, epoch, incarnation, sequence
 * 11 want          count, first 8 bytes of the keys
 * </pre>
 *
 * <p>Unknown types are skipped, bytes after the known content of a message are ignored, so both can be added later. Any
 * other fault drops the whole body. Counts are bounded by a constant and by the bytes that are there.
 */
final class SwimCodec {
    /** Most bytes of a body that is accepted; ours have {@link Links#BODY_BYTES} at most, but for one big record. */
    static final int BODY_BYTES_MAX = 8192;
    /** Most buckets of a digest: with 4,096 members each holds 16. */
    static final int BUCKETS_MAX = 256;
    /** Most entries of a summary or want: more do not fit a body. */
    static final int ENTRIES_MAX = 512;
    /** Incarnations beyond this are refused: the library would overflow at 2^31. */
    static final int INCARNATION_MAX = 1 << 30;
    /** Epochs are milliseconds: 2^48 is the year 10889. Keeps arithmetic and text forms small. */
    static final long EPOCH_MAX = 1L << 48;

    private static final int PING = 1;
    private static final int PING_REQUEST = 2;
    private static final int ACK = 3;
    private static final int NACK = 4;
    private static final int ALIVE = 5;
    private static final int RECORD = 6;
    private static final int LEFT = 7;
    private static final int ACCUSATION = 8;
    private static final int DIGEST = 9;
    private static final int SUMMARY = 10;
    private static final int WANT = 11;

    private SwimCodec() {}

    /** The message in its frame of type and length. */
    static byte[] encode(SwimMessage message) {
        SwimWriter content = new SwimWriter();
        int type = switch (message) {
            case SwimMessage.Ping ping -> write(ping, content);
            case SwimMessage.PingRequest request -> write(request, content);
            case SwimMessage.Ack ack -> write(ack, content);
            case SwimMessage.Nack nack -> write(nack, content);
            case Rumour.Alive alive -> write(alive, content);
            case Rumour.Described record -> write(record, content);
            case Rumour.Left left -> write(left, content);
            case Rumour.Accusation accusation -> write(accusation, content);
            case SwimMessage.Digest digest -> write(digest, content);
            case SwimMessage.Summary summary -> write(summary, content);
            case SwimMessage.Want want -> write(want, content);
        };
        SwimWriter framed = new SwimWriter();
        framed.u8(type);
        framed.varint(content.size());
        framed.array(content.toArray());
        return framed.toArray();
    }

    private static int write(SwimMessage.Ping ping, SwimWriter writer) {
        writer.varint(ping.cid());
        writer.varint(ping.fromEpoch());
        writer.varint(ping.toEpoch());
        writer.varint(ping.accusedIncarnation() + 1L);
        return PING;
    }

    private static int write(SwimMessage.PingRequest request, SwimWriter writer) {
        writer.varint(request.cid());
        writer.varint(request.fromEpoch());
        writer.key(request.target());
        writer.varint(request.targetEpoch());
        return PING_REQUEST;
    }

    private static int write(SwimMessage.Ack ack, SwimWriter writer) {
        writer.varint(ack.cid());
        writer.u8(ack.gone() ? 1 : 0);
        return ACK;
    }

    private static int write(SwimMessage.Nack nack, SwimWriter writer) {
        writer.varint(nack.cid());
        return NACK;
    }

    private static int write(Rumour.Alive alive, SwimWriter writer) {
        writer.key(alive.node());
        writer.varint(alive.epoch());
        writer.varint(alive.incarnation());
        writer.varint(alive.sequence());
        writer.bytes(alive.signature());
        return ALIVE;
    }

    private static int write(Rumour.Described record, SwimWriter writer) {
        writer.array(NodeRecordCodec.encode(record.record()));
        return RECORD;
    }

    private static int write(Rumour.Left left, SwimWriter writer) {
        writer.key(left.leave().node());
        writer.varint(left.leave().epoch());
        writer.bytes(left.leave().signature());
        return LEFT;
    }

    private static int write(Rumour.Accusation accusation, SwimWriter writer) {
        writer.key(accusation.target());
        writer.varint(accusation.epoch());
        writer.varint(accusation.incarnation());
        writer.key(accusation.accuser());
        writer.bytes(accusation.signature());
        return ACCUSATION;
    }

    private static int write(SwimMessage.Digest digest, SwimWriter writer) {
        writer.varint(digest.buckets().size());
        digest.buckets().forEach(writer::u32);
        return DIGEST;
    }

    private static int write(SwimMessage.Summary summary, SwimWriter writer) {
        writer.varint(summary.shape());
        writer.varint(summary.buckets().size());
        summary.buckets().forEach(bucket -> writer.varint(bucket));
        writer.varint(summary.entries().size());
        for (SwimMessage.Entry entry : summary.entries()) {
            writer.u64(entry.shortKey());
            writer.varint(entry.epoch());
            writer.varint(entry.incarnation());
            writer.varint(entry.sequence());
        }
        return SUMMARY;
    }

    private static int write(SwimMessage.Want want, SwimWriter writer) {
        writer.varint(want.shortKeys().size());
        want.shortKeys().forEach(writer::u64);
        return WANT;
    }

    /** All messages of a body that this version knows, or null when the bytes are no body. */
    static @Nullable List<SwimMessage> decode(byte[] body) {
        if (body.length > BODY_BYTES_MAX) {
            return null;
        }
        List<SwimMessage> messages = new ArrayList<>();
        SwimReader reader = new SwimReader(body, 0, body.length);
        while (reader.remaining() > 0) {
            int type = reader.u8();
            int length = reader.count(reader.remaining());
            if (reader.isFaulty() || length > reader.remaining()) {
                return null;
            }
            SwimReader content = new SwimReader(body, reader.position(), length);
            SwimMessage message = read(type, content, body);
            if (content.isFaulty()) {
                return null;
            }
            if (message != null) {
                messages.add(message);
            }
            reader.skip(length);
        }
        return reader.isFaulty() ? null : messages;
    }

    /** Whether a body of ours holds a ping or a ping request, which are answered at once. */
    static boolean asks(byte[] body) {
        SwimReader reader = new SwimReader(body, 0, body.length);
        while (reader.remaining() > 0) {
            int type = reader.u8();
            if (type == PING || type == PING_REQUEST) {
                return true;
            }
            reader.skip(reader.count(reader.remaining()));
        }
        return false;
    }

    /** The message, or null when the type is unknown; whether it is sound says the reader. */
    private static @Nullable SwimMessage read(int type, SwimReader reader, byte[] body) {
        return switch (type) {
            case PING -> new SwimMessage.Ping(reader.varint(), epoch(reader), epoch(reader),
                    reader.count(INCARNATION_MAX) - 1);
            case PING_REQUEST -> new SwimMessage.PingRequest(reader.varint(), epoch(reader), reader.key(),
                    epoch(reader));
            case ACK -> new SwimMessage.Ack(reader.varint(), bit(reader));
            case NACK -> new SwimMessage.Nack(reader.varint());
            case ALIVE -> new Rumour.Alive(reader.key(), epoch(reader), incarnation(reader), reader.varint(),
                    reader.bytes(Identity.SIGNATURE_BYTES));
            case RECORD -> readRecord(reader, body);
            case LEFT -> new Rumour.Left(new Frame.Leave(reader.key(), epoch(reader),
                    reader.bytes(Identity.SIGNATURE_BYTES)));
            case ACCUSATION -> new Rumour.Accusation(reader.key(), epoch(reader), incarnation(reader), reader.key(),
                    reader.bytes(Identity.SIGNATURE_BYTES));
            case DIGEST -> readDigest(reader);
            case SUMMARY -> readSummary(reader);
            case WANT -> readWant(reader);
            default -> null;
        };
    }

    private static long epoch(SwimReader reader) {
        long epoch = reader.varint();
        if (epoch >= EPOCH_MAX) {
            reader.fail();
        }
        return epoch;
    }

    private static int incarnation(SwimReader reader) {
        return reader.count(INCARNATION_MAX - 1);
    }

    private static boolean bit(SwimReader reader) {
        return reader.count(1) == 1;
    }

    private static @Nullable SwimMessage readRecord(SwimReader reader, byte[] body) {
        Decoded<NodeRecord> decoded = NodeRecordCodec.decode(body, reader.position(), reader.remaining());
        return switch (decoded) {
            case Decoded.Message<NodeRecord>(NodeRecord record) -> new Rumour.Described(record);
            case Decoded.Malformed<NodeRecord>(DropReason _) -> {
                reader.fail();
                yield null;
            }
        };
    }

    private static SwimMessage readDigest(SwimReader reader) {
        int shape = shape(reader);
        if (reader.remaining() < shape * Integer.BYTES) {
            reader.fail();
        }
        List<Integer> buckets = new ArrayList<>();
        for (int i = 0; i < shape && !reader.isFaulty(); i++) {
            buckets.add(reader.u32());
        }
        return new SwimMessage.Digest(buckets);
    }

    private static int shape(SwimReader reader) {
        int shape = reader.count(BUCKETS_MAX);
        if (Integer.bitCount(shape) != 1) {
            reader.fail();
        }
        return shape;
    }

    private static SwimMessage readSummary(SwimReader reader) {
        int shape = shape(reader);
        int bucketCount = reader.count(shape);
        List<Integer> buckets = new ArrayList<>();
        for (int i = 0; i < bucketCount && !reader.isFaulty(); i++) {
            buckets.add(reader.count(Math.max(0, shape - 1)));
        }
        int entryCount = reader.count(ENTRIES_MAX);
        List<SwimMessage.Entry> entries = new ArrayList<>();
        for (int i = 0; i < entryCount && !reader.isFaulty(); i++) {
            entries.add(new SwimMessage.Entry(reader.u64(), epoch(reader), incarnation(reader), reader.varint()));
        }
        return new SwimMessage.Summary(shape, buckets, entries);
    }

    private static SwimMessage readWant(SwimReader reader) {
        int count = reader.count(ENTRIES_MAX);
        List<Long> keys = new ArrayList<>();
        for (int i = 0; i < count && !reader.isFaulty(); i++) {
            keys.add(reader.u64());
        }
        return new SwimMessage.Want(keys);
    }
}

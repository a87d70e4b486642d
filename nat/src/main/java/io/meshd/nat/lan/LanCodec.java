package io.meshd.nat.lan;

import io.meshd.protocol.Decoded;
import io.meshd.protocol.DropReason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads and writes beacons. All have one size, so that no answer is larger than the call that brought it about.
 *
 * <p>Version, kind, two bytes of zero; nonce; nonce of the call that is answered; slots. A call is filled up with zeros.
 * Little-endian, as all that meshd says.
 */
public final class LanCodec {
    /** Slots of an answer. */
    static final int SLOTS = 32;
    /** With the headers of IPv4 and UDP 576 bytes, which every network carries whole (RFC 791 section 3.1). */
    public static final int BEACON_BYTES = 4 + 2 * LanNonce.BYTES + SLOTS * Slot.BYTES;

    private static final byte VERSION = 1;
    private static final byte CALL = 1;
    private static final byte ANSWER = 2;

    private LanCodec() {}

    static Decoded<LanBeacon> decode(byte[] datagram) {
        ByteBuffer in = ByteBuffer.wrap(datagram).order(ByteOrder.LITTLE_ENDIAN);
        if (datagram.length != BEACON_BYTES || in.get() != VERSION) {
            return new Decoded.Malformed<>(DropReason.MALFORMED);
        }
        byte kind = in.get();
        // What later versions put here or behind a call is not for this one.
        in.getShort();
        LanNonce nonce = nonce(in);
        return switch (kind) {
            case CALL -> new Decoded.Message<>(new LanBeacon.Call(nonce));
            case ANSWER -> new Decoded.Message<>(new LanBeacon.Answer(nonce(in), nonce, slots(in)));
            default -> new Decoded.Malformed<>(DropReason.MALFORMED);
        };
    }

    private static LanNonce nonce(ByteBuffer in) {
        return new LanNonce(in.getLong(), in.getLong());
    }

    private static List<Slot> slots(ByteBuffer in) {
        List<Slot> slots = new ArrayList<>(SLOTS);
        for (int i = 0; i < SLOTS; i++) {
            slots.add(slot(in));
        }
        return slots;
    }

    private static Slot slot(ByteBuffer in) {
        long locator = in.getLong();
        int port = Short.toUnsignedInt(in.getShort());
        long check = Integer.toUnsignedLong(in.getInt()) | Short.toUnsignedLong(in.getShort()) << Integer.SIZE;
        return new Slot(locator, port, check);
    }

    static byte[] encode(LanBeacon beacon) {
        ByteBuffer out = ByteBuffer.allocate(BEACON_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        switch (beacon) {
            case LanBeacon.Call(LanNonce nonce) -> put(head(out, CALL), nonce);
            case LanBeacon.Answer(LanNonce call, LanNonce nonce, List<Slot> slots) -> {
                put(head(out, ANSWER), nonce);
                put(out, call);
                for (Slot slot : slots) {
                    out.putLong(slot.locator()).putShort((short) slot.maskedPort())
                            .putInt((int) slot.check()).putShort((short) (slot.check() >>> Integer.SIZE));
                }
            }
        }
        return out.array();
    }

    private static ByteBuffer head(ByteBuffer out, byte kind) {
        return out.put(VERSION).put(kind).putShort((short) 0);
    }

    private static void put(ByteBuffer out, LanNonce nonce) {
        out.putLong(nonce.high()).putLong(nonce.low());
    }
}

package io.meshd.protocol;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.IpAddress;
import io.meshd.identity.PublicKey;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Frames as bytes: what an inner packet holds that is no IP packet.
 *
 * <p>Such a packet is a sequence of frames, each a marker byte 0x10, a type u8, a body length u16 and the body, all
 * little-endian as in WireGuard. It ends with the bytes or at a zero byte where a marker would be: padding. The first
 * nibble of the marker is 1, which no IP version is. Bytes of a body after those that this version knows are ignored,
 * and frames of unknown type are skipped, so later versions may add to both.
 */
public final class FrameCodec {
    /** First byte of every frame. */
    public static final int MARKER = 0x10;
    /** Bytes before the body: marker, type, length. */
    public static final int HEADER_BYTES = 4;
    /** Longest body in bytes. */
    public static final int BODY_BYTES_MAX = Wire.U16_MAX;
    /** Most frames in one packet; more would only make work for the reader. */
    public static final int FRAMES_MAX = 64;
    /** What a {@link Frame.Fragment} adds to its piece, its frame header included. */
    public static final int FRAGMENT_OVERHEAD_BYTES = HEADER_BYTES + Integer.BYTES + 2 * Byte.BYTES + Short.BYTES;
    /** Most pieces of one message: index and count are bytes. */
    public static final int FRAGMENTS_MAX = 255;

    private static final int HELLO = 1;
    private static final int MEMBERSHIP = 2;
    private static final int ECHO_REQUEST = 3;
    private static final int ECHO_REPLY = 4;
    private static final int LEAVE = 5;
    private static final int PATH_PROBE = 6;
    private static final int PATH_PROBE_REPLY = 7;
    private static final int FRAGMENT = 8;
    private static final int RELAY_OPEN = 9;
    private static final int RELAY_CHANNEL = 10;
    static final int RELAY_DATA = 11;
    private static final int RELAY_CLOSE = 12;
    private static final int SIGNAL = 13;
    private static final int MTU_PROBE = 14;
    private static final int KNOCK = 16;
    private static final int KNOCK_ID_BYTES = 12;
    private static final int CALL_BACK = 18;
    private static final int JOIN = 19;
    private static final int WELCOME = 20;
    private static final int JOIN_REFUSED = 21;
    private static final int INTRODUCTIONS_ASKED = 22;
    private static final int INTRODUCTIONS = 23;

    private static final int PADDING = 0;
    private static final int VERSION_SHIFT = 4;
    private static final int TYPICAL_BYTES = 512;

    private FrameCodec() {}

    /** Whether an inner packet that begins with this byte is frames, rather than IPv4, IPv6 or nothing known. */
    public static boolean isFrames(byte firstByte) {
        return (firstByte & 0xff) >>> VERSION_SHIFT == MARKER >>> VERSION_SHIFT;
    }

    /** The inner packet that holds this frame alone. */
    public static byte[] encode(Frame frame) {
        return encode(List.of(frame));
    }

    /**
     * The inner packet that holds these frames in order.
     *
     * @throws IllegalArgumentException when there are none or more than {@link #FRAMES_MAX}, a field does not fit its
     *         place, or one is {@link Frame.Unknown}
     */
    public static byte[] encode(List<Frame> frames) {
        if (frames.isEmpty() || frames.size() > FRAMES_MAX) {
            throw new IllegalArgumentException("a packet holds 1 to " + FRAMES_MAX + " frames, not " + frames.size());
        }
        WireWriter writer = new WireWriter(TYPICAL_BYTES);
        for (Frame frame : frames) {
            writer.u8(MARKER).u8(type(frame)).u16(0);
            int bodyStart = writer.length();
            writeBody(frame, writer);
            writer.patchU16(bodyStart - Short.BYTES, requireU16(writer.length() - bodyStart));
        }
        return writer.toArray();
    }

    private static int type(Frame frame) {
        return switch (frame) {
            case Frame.Hello _ -> HELLO;
            case Frame.Membership _ -> MEMBERSHIP;
            case Frame.EchoRequest _ -> ECHO_REQUEST;
            case Frame.EchoReply _ -> ECHO_REPLY;
            case Frame.Leave _ -> LEAVE;
            case Frame.PathProbe _ -> PATH_PROBE;
            case Frame.PathProbeReply _ -> PATH_PROBE_REPLY;
            case Frame.Fragment _ -> FRAGMENT;
            case Frame.RelayOpen _ -> RELAY_OPEN;
            case Frame.RelayChannel _ -> RELAY_CHANNEL;
            case Frame.RelayedMessage _ -> RELAY_DATA;
            case Frame.RelayClose _ -> RELAY_CLOSE;
            case Frame.Signal _ -> SIGNAL;
            case Frame.MtuProbe _ -> MTU_PROBE;
            case Frame.Knock _ -> KNOCK;
            case Frame.CallBack _ -> CALL_BACK;
            case Frame.Join _ -> JOIN;
            case Frame.Welcome _ -> WELCOME;
            case Frame.JoinRefused _ -> JOIN_REFUSED;
            case Frame.IntroductionsAsked _ -> INTRODUCTIONS_ASKED;
            case Frame.Introductions _ -> INTRODUCTIONS;
            case Frame.Unknown unknown ->
                throw new IllegalArgumentException("frames of type " + unknown.type() + " have no known content");
        };
    }

    private static void writeBody(Frame frame, WireWriter writer) {
        switch (frame) {
            case Frame.Hello(var record) -> NodeRecordCodec.write(record, writer);
            case Frame.Membership(var body) -> writer.bytes(body);
            case Frame.EchoRequest(var id, var sequence, var payload) ->
                writer.i32(id).i32(sequence).u16(requireU16(payload.length())).bytes(payload);
            case Frame.EchoReply(var id, var sequence, var payload) ->
                writer.i32(id).i32(sequence).u16(requireU16(payload.length())).bytes(payload);
            case Frame.Leave(var node, var epoch, var signature) -> {
                require(signature.length() == Identity.SIGNATURE_BYTES, "a signature has 64 bytes");
                writer.array(node.bytes()).i64(epoch).bytes(signature);
            }
            case Frame.PathProbe(var token) -> writer.i64(token);
            case Frame.PathProbeReply(var token, var observed) -> {
                writer.i64(token);
                if (observed == null) {
                    writer.u8(Wire.FAMILY_NONE);
                } else {
                    require(Wire.isSendable(observed), "an observed address is one that sends");
                    writer.endpoint(observed);
                }
            }
            case Frame.Fragment(var messageId, var index, var count, var piece) -> {
                require(isPlace(index, count) && piece.length() > 0, "no piece: " + index + " of " + count);
                writer.i32(messageId).u8(index).u8(count).u16(requireU16(piece.length())).bytes(piece);
            }
            case Frame.RelayOpen(var peer) -> writer.array(peer.bytes());
            case Frame.RelayChannel(var channel, var peer) -> {
                require(RelayHeader.isChannel(channel), "no channel: " + channel);
                writer.i32(channel).array(peer.bytes());
            }
            case Frame.RelayedMessage(var fromRelay, var channel, var message) -> {
                require(RelayHeader.isChannel(channel), "no channel: " + channel);
                require(RelayHeader.isMessage(message.toArray(), 0, message.length()), "no WireGuard message");
                writer.i32(RelayHeader.word(fromRelay, channel)).bytes(message);
            }
            case Frame.RelayClose(var fromRelay, var channel, var reason, var peer) -> {
                require(channel >= 0 && (channel == 0) == (peer != null), "a number or a peer");
                writer.i32(RelayHeader.word(fromRelay, channel)).u8(reason.code());
                if (peer != null) {
                    writer.array(peer.bytes());
                }
            }
            case Frame.Signal signal -> {
                require(SignalCodec.isWritable(signal), "no signal: " + signal);
                SignalCodec.write(signal, writer);
            }
            case Frame.MtuProbe(var isAnswer, var token, var bytes) ->
                writer.u8(isAnswer ? 1 : 0).i64(token).u16(requireU16(bytes));
            case Frame.Knock(var id, var at) -> {
                require(id.length() == KNOCK_ID_BYTES && Wire.isSendable(at), "a knock has 12 bytes and an address");
                writer.bytes(id).endpoint(at);
            }
            case Frame.CallBack(int seconds) -> {
                require(Frame.CallBack.isValid(seconds), "no such silence");
                writer.u16(seconds);
            }
            case Frame.Join join -> {
                require(JoinCodec.isWritable(join), "no request to join");
                JoinCodec.write(join, writer);
            }
            case Frame.Welcome welcome -> {
                require(JoinCodec.isWritable(welcome), "no welcome");
                JoinCodec.write(welcome, writer);
            }
            case Frame.JoinRefused refused -> {
                require(JoinCodec.isWritable(refused), "no refusal");
                JoinCodec.write(refused, writer);
            }
            case Frame.IntroductionsAsked asked -> {
                require(JoinCodec.isWritable(asked), "no question for introductions");
                JoinCodec.write(asked, writer);
            }
            case Frame.Introductions page -> {
                require(JoinCodec.isWritable(page), "no page of introductions");
                JoinCodec.write(page, writer);
            }
            case Frame.Unknown _ -> throw new AssertionError("has no type to write");
        }
    }

    private static int requireU16(int value) {
        require(value <= BODY_BYTES_MAX, value + " bytes do not fit into a frame");
        return value;
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule);
        }
    }

    private static boolean isPlace(int index, int count) {
        return index >= 0 && index < count && count <= FRAGMENTS_MAX;
    }

    /** The frames of an inner packet, in order; never an exception. One bad frame spoils the packet. */
    public static Decoded<List<Frame>> decode(byte[] buffer, int offset, int length) {
        WireReader reader = new WireReader(buffer, offset, length);
        List<Frame> frames = new ArrayList<>();
        while (reader.remaining() > 0) {
            int marker = reader.u8();
            if (marker == PADDING) {
                break;
            }
            int type = reader.u8();
            int bodyLength = reader.u16();
            int bodyStart = reader.skip(bodyLength);
            Frame frame = marker == MARKER && !reader.isFaulty()
                    ? readBody(type, new WireReader(buffer, bodyStart, bodyLength))
                    : null;
            if (frame == null) {
                return new Decoded.Malformed<>(DropReason.MALFORMED);
            }
            if (frames.size() == FRAMES_MAX) {
                return new Decoded.Malformed<>(DropReason.OVERFLOW);
            }
            frames.add(frame);
        }
        return frames.isEmpty()
                ? new Decoded.Malformed<>(DropReason.MALFORMED)
                : new Decoded.Message<>(List.copyOf(frames));
    }

    /** The frame with this body, or null when the body is too short or breaks a rule. */
    private static @Nullable Frame readBody(int type, WireReader body) {
        Frame frame = switch (type) {
            case HELLO -> readHello(body);
            case MEMBERSHIP -> new Frame.Membership(body.bytes(body.remaining()));
            case ECHO_REQUEST -> new Frame.EchoRequest(body.i32(), body.i32(), body.bytes(body.u16()));
            case ECHO_REPLY -> new Frame.EchoReply(body.i32(), body.i32(), body.bytes(body.u16()));
            case LEAVE -> readLeave(body);
            case PATH_PROBE -> new Frame.PathProbe(body.i64());
            case PATH_PROBE_REPLY -> readPathProbeReply(body);
            case FRAGMENT -> readFragment(body);
            case RELAY_OPEN -> readRelayOpen(body);
            case RELAY_CHANNEL -> readRelayChannel(body);
            case RELAY_DATA -> readRelayedMessage(body);
            case RELAY_CLOSE -> readRelayClose(body);
            case SIGNAL -> SignalCodec.read(body);
            case MTU_PROBE -> readMtuProbe(body);
            case KNOCK -> readKnock(body);
            case CALL_BACK -> readCallBack(body);
            case JOIN -> JoinCodec.readJoin(body);
            case WELCOME -> JoinCodec.readWelcome(body);
            case JOIN_REFUSED -> JoinCodec.readRefused(body);
            case INTRODUCTIONS_ASKED -> JoinCodec.readAsked(body);
            case INTRODUCTIONS -> JoinCodec.readIntroductions(body);
            default -> new Frame.Unknown(type);
        };
        return body.isFaulty() ? null : frame;
    }

    private static @Nullable Frame readHello(WireReader body) {
        NodeRecord record = NodeRecordCodec.read(body);
        return record == null ? null : new Frame.Hello(record);
    }

    private static @Nullable Frame readLeave(WireReader body) {
        byte[] node = body.array(PublicKey.BYTES);
        long epoch = body.i64();
        return body.isFaulty()
                ? null
                : new Frame.Leave(PublicKey.of(node), epoch, body.bytes(Identity.SIGNATURE_BYTES));
    }

    private static @Nullable Frame readPathProbeReply(WireReader body) {
        long token = body.i64();
        int family = body.u8();
        if (family == Wire.FAMILY_NONE) {
            return new Frame.PathProbeReply(token, null);
        }
        IpAddress address = body.address(family);
        int port = body.u16();
        InetSocketAddress observed = address == null ? null : new InetSocketAddress(address.toInetAddress(), port);
        return observed == null || !Wire.isSendable(observed) ? null : new Frame.PathProbeReply(token, observed);
    }

    private static @Nullable Frame readMtuProbe(WireReader body) {
        int answer = body.u8();
        long token = body.i64();
        return answer > 1 ? null : new Frame.MtuProbe(answer == 1, token, body.u16());
    }

    private static @Nullable Frame readKnock(WireReader body) {
        Bytes id = body.bytes(KNOCK_ID_BYTES);
        IpAddress address = body.address();
        int port = body.u16();
        InetSocketAddress at = address == null ? null : new InetSocketAddress(address.toInetAddress(), port);
        return at == null || !Wire.isSendable(at) ? null : new Frame.Knock(id, at);
    }

    private static @Nullable Frame readCallBack(WireReader body) {
        int seconds = body.u16();
        return Frame.CallBack.isValid(seconds) ? new Frame.CallBack(seconds) : null;
    }

    private static @Nullable Frame readFragment(WireReader body) {
        int messageId = body.i32();
        int index = body.u8();
        int count = body.u8();
        Bytes piece = body.bytes(body.u16());
        return isPlace(index, count) && piece.length() > 0
                ? new Frame.Fragment(messageId, index, count, piece)
                : null;
    }

    private static @Nullable PublicKey readKey(WireReader body) {
        byte[] key = body.array(PublicKey.BYTES);
        return body.isFaulty() ? null : PublicKey.of(key);
    }

    private static @Nullable Frame readRelayOpen(WireReader body) {
        PublicKey peer = readKey(body);
        return peer == null ? null : new Frame.RelayOpen(peer);
    }

    private static @Nullable Frame readRelayChannel(WireReader body) {
        int channel = body.i32();
        PublicKey peer = readKey(body);
        return peer == null || !RelayHeader.isChannel(channel) ? null : new Frame.RelayChannel(channel, peer);
    }

    private static @Nullable Frame readRelayedMessage(WireReader body) {
        int word = body.i32();
        byte[] message = body.array(body.remaining());
        return RelayHeader.isChannel(RelayHeader.channel(word)) && RelayHeader.isMessage(message, 0, message.length)
                ? new Frame.RelayedMessage(RelayHeader.isFromRelay(word), RelayHeader.channel(word),
                        Bytes.copyOf(message))
                : null;
    }

    private static @Nullable Frame readRelayClose(WireReader body) {
        int word = body.i32();
        RelayReason reason = RelayReason.of(body.u8());
        int channel = RelayHeader.channel(word);
        PublicKey peer = channel == 0 ? readKey(body) : null;
        return channel == 0 && peer == null
                ? null
                : new Frame.RelayClose(RelayHeader.isFromRelay(word), channel, reason, peer);
    }
}

package io.meshd.nat.stun;

import io.meshd.identity.Bytes;
import io.meshd.identity.IpAddress;
import io.meshd.nat.stun.StunAttribute.ChangeRequest;
import io.meshd.nat.stun.StunAttribute.Credential;
import io.meshd.nat.stun.StunAttribute.ErrorCode;
import io.meshd.nat.stun.StunAttribute.MappedAddress;
import io.meshd.nat.stun.StunAttribute.OtherAddress;
import io.meshd.nat.stun.StunAttribute.Padding;
import io.meshd.nat.stun.StunAttribute.ResponseOrigin;
import io.meshd.nat.stun.StunAttribute.ResponsePort;
import io.meshd.nat.stun.StunAttribute.Software;
import io.meshd.nat.stun.StunAttribute.Unknown;
import io.meshd.nat.stun.StunAttribute.UnknownAttributes;
import io.meshd.nat.stun.StunAttribute.XorMappedAddress;
import io.meshd.protocol.Decoded;
import io.meshd.protocol.DropReason;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** STUN messages as bytes, big-endian: RFC 8489 sections 5 and 14. Binding only; anything else is malformed here. */
public final class StunCodec {
    /** Larger ones are none that a node has to do with: IPv6's least MTU (RFC 8489 section 6.1). */
    public static final int MESSAGE_BYTES_MAX = 1_280;

    static final int HEADER_BYTES = 20;
    static final int FINGERPRINT_BYTES = 8;

    private static final int MAGIC_COOKIE = 0x2112_a442;
    private static final int BINDING = 0x0001;
    private static final int FINGERPRINT = 0x8028;
    /** Turns the CRC into one that no other protocol's is: "STUN". */
    private static final int FINGERPRINT_XOR = 0x5354_554e;
    private static final int FAMILY_V4 = 1;
    private static final int FAMILY_V6 = 2;
    private static final int CHANGE_IP = 0x04;
    private static final int CHANGE_PORT = 0x02;
    private static final int LENGTH_AT = 2;
    private static final int V4_BYTES = 4;
    private static final int V6_BYTES = 16;

    private StunCodec() {}

    // Writing.

    /** The bytes of a message, ending with a FINGERPRINT when {@link StunMessage#checked()} says so. */
    public static byte[] encode(StunMessage message) {
        ByteBuffer buffer = ByteBuffer.allocate(MESSAGE_BYTES_MAX);
        int kind = message.kind().ordinal();
        // RFC 8489 figure 3: the two bits of the class stand among those of the method.
        buffer.putShort((short) (BINDING | ((kind & 1) << 4) | ((kind & 2) << 7))).putShort((short) 0)
                .putInt(MAGIC_COOKIE)
                .putInt(message.transaction().first()).putLong(message.transaction().rest());
        for (StunAttribute attribute : message.attributes()) {
            int start = buffer.position();
            buffer.putShort((short) attribute.type()).putShort((short) 0);
            value(buffer, attribute, message.transaction());
            int length = buffer.position() - start - 2 * Short.BYTES;
            buffer.putShort(start + Short.BYTES, (short) length);
            buffer.put(new byte[padding(length)]);
        }
        int end = buffer.position() + (message.checked() ? FINGERPRINT_BYTES : 0);
        buffer.putShort(LENGTH_AT, (short) (end - HEADER_BYTES));
        if (message.checked()) {
            int crc = fingerprint(buffer.array(), 0, buffer.position());
            buffer.putShort((short) FINGERPRINT).putShort((short) Integer.BYTES).putInt(crc);
        }
        byte[] bytes = new byte[end];
        buffer.flip().get(bytes);
        return bytes;
    }

    private static void value(ByteBuffer buffer, StunAttribute attribute, TransactionId transaction) {
        switch (attribute) {
            case MappedAddress(var address) -> address(buffer, address, null);
            case XorMappedAddress(var address) -> address(buffer, address, transaction);
            case ResponseOrigin(var address) -> address(buffer, address, null);
            case OtherAddress(var address) -> address(buffer, address, null);
            case ChangeRequest(boolean ip, boolean port) ->
                buffer.putInt((ip ? CHANGE_IP : 0) | (port ? CHANGE_PORT : 0));
            case Padding(int length) -> buffer.put(new byte[length]);
            case ResponsePort(int port) -> buffer.putShort((short) port).putShort((short) 0);
            case ErrorCode(int code, String reason) -> buffer.putShort((short) 0).put((byte) (code / 100))
                    .put((byte) (code % 100)).put(reason.getBytes(StandardCharsets.UTF_8));
            case UnknownAttributes(List<Integer> types) -> types.forEach(type -> buffer.putShort(type.shortValue()));
            case Software(String name) -> buffer.put(name.getBytes(StandardCharsets.UTF_8));
            case Credential(int _, Bytes value) -> buffer.put(value.toArray());
            case Unknown(int _, Bytes value) -> buffer.put(value.toArray());
        }
    }

    private static void address(ByteBuffer buffer, InetSocketAddress address, @Nullable TransactionId mask) {
        IpAddress host = IpAddress.of(address.getAddress());
        byte[] bytes = host.bytes();
        int port = address.getPort();
        if (mask != null) {
            hide(bytes, mask);
            port ^= MAGIC_COOKIE >>> Short.SIZE;
        }
        buffer.put((byte) 0).put((byte) (host.isV6() ? FAMILY_V6 : FAMILY_V4)).putShort((short) port).put(bytes);
    }

    /** RFC 8489 section 14.2; the same again shows it. */
    private static void hide(byte[] address, TransactionId mask) {
        byte[] key = ByteBuffer.allocate(V6_BYTES).putInt(MAGIC_COOKIE).putInt(mask.first()).putLong(mask.rest())
                .array();
        for (int i = 0; i < address.length; i++) {
            address[i] ^= key[i];
        }
    }

    private static int fingerprint(byte[] bytes, int offset, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, offset, length);
        return (int) crc.getValue() ^ FINGERPRINT_XOR;
    }

    private static int padding(int length) {
        return -length & 3;
    }

    // Reading.

    /** Reads one whole datagram. A FINGERPRINT, when there is one, must be right and the last. */
    public static Decoded<StunMessage> decode(byte[] bytes, int offset, int length) {
        if (length < HEADER_BYTES || length > MESSAGE_BYTES_MAX) {
            return malformed();
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length).slice();
        int type = u16(buffer);
        int bodyBytes = u16(buffer);
        int kind = ((type >>> 4) & 1) | ((type >>> 7) & 2);
        boolean isOurs = (type & ~0x0110) == BINDING && buffer.getInt() == MAGIC_COOKIE
                && bodyBytes == length - HEADER_BYTES && padding(bodyBytes) == 0;
        if (!isOurs) {
            return malformed();
        }
        TransactionId transaction = new TransactionId(buffer.getInt(), buffer.getLong());
        List<StunAttribute> attributes = new ArrayList<>();
        boolean isSealed = false;
        boolean isChecked = false;
        while (buffer.hasRemaining()) {
            int start = buffer.position();
            int attributeType = u16(buffer);
            int valueBytes = u16(buffer);
            if (isChecked || valueBytes + padding(valueBytes) > buffer.remaining()) {
                return malformed();
            }
            ByteBuffer value = buffer.slice(buffer.position(), valueBytes);
            buffer.position(buffer.position() + valueBytes + padding(valueBytes));
            if (attributeType == FINGERPRINT) {
                isChecked = valueBytes == Integer.BYTES && value.getInt() == fingerprint(bytes, offset, start);
                if (!isChecked) {
                    return malformed();
                }
            } else if (!isSealed || Credential.isIntegrity(attributeType)) {
                StunAttribute attribute = attribute(attributeType, value, transaction);
                if (attribute == null) {
                    return malformed();
                }
                attributes.add(attribute);
                isSealed |= Credential.isIntegrity(attributeType);
            }
        }
        return new Decoded.Message<>(
                new StunMessage(StunMessage.Kind.values()[kind], transaction, attributes, isChecked));
    }

    private static Decoded<StunMessage> malformed() {
        return new Decoded.Malformed<>(DropReason.MALFORMED);
    }

    private static int u16(ByteBuffer buffer) {
        return Short.toUnsignedInt(buffer.getShort());
    }

    /** One attribute; null when its value is none that it may have. */
    private static @Nullable StunAttribute attribute(int type, ByteBuffer value, TransactionId transaction) {
        return switch (type) {
            case MappedAddress.TYPE, XorMappedAddress.TYPE, ResponseOrigin.TYPE, OtherAddress.TYPE ->
                addressed(type, value, transaction);
            case ChangeRequest.TYPE -> changeRequest(value);
            case Padding.TYPE -> new Padding(value.remaining());
            case ResponsePort.TYPE ->
                value.remaining() == Short.BYTES || value.remaining() == Integer.BYTES
                        ? new ResponsePort(u16(value))
                        : null;
            case ErrorCode.TYPE -> errorCode(value);
            case UnknownAttributes.TYPE -> unknownAttributes(value);
            case Software.TYPE -> new Software(text(value));
            default -> Credential.is(type) ? new Credential(type, bytes(value)) : new Unknown(type, bytes(value));
        };
    }

    private static @Nullable StunAttribute addressed(int type, ByteBuffer value, TransactionId transaction) {
        InetSocketAddress address = address(value, type == XorMappedAddress.TYPE ? transaction : null);
        if (address == null) {
            return null;
        }
        return switch (type) {
            case MappedAddress.TYPE -> new MappedAddress(address);
            case ResponseOrigin.TYPE -> new ResponseOrigin(address);
            case OtherAddress.TYPE -> new OtherAddress(address);
            default -> new XorMappedAddress(address);
        };
    }

    private static @Nullable InetSocketAddress address(ByteBuffer value, @Nullable TransactionId mask) {
        int addressBytes = value.remaining() - Integer.BYTES;
        if (addressBytes != V4_BYTES && addressBytes != V6_BYTES) {
            return null;
        }
        int family = u16(value) & 0xff;
        int port = u16(value);
        byte[] address = new byte[addressBytes];
        value.get(address);
        if (mask != null) {
            hide(address, mask);
            port ^= MAGIC_COOKIE >>> Short.SIZE;
        }
        if (family != (addressBytes == V4_BYTES ? FAMILY_V4 : FAMILY_V6) || isMappedV4(address)) {
            return null;
        }
        return new InetSocketAddress(IpAddress.of(address).toInetAddress(), port);
    }

    /** IPv4 in IPv6 clothes, which the JDK takes off: a second form of the same address. */
    private static boolean isMappedV4(byte[] address) {
        return address.length == V6_BYTES && IpAddress.of(address).toInetAddress().getAddress().length == V4_BYTES;
    }

    private static @Nullable ChangeRequest changeRequest(ByteBuffer value) {
        if (value.remaining() != Integer.BYTES) {
            return null;
        }
        int flags = value.getInt();
        return new ChangeRequest((flags & CHANGE_IP) != 0, (flags & CHANGE_PORT) != 0);
    }

    private static @Nullable ErrorCode errorCode(ByteBuffer value) {
        if (value.remaining() < Integer.BYTES) {
            return null;
        }
        int number = value.getInt();
        int code = ((number >>> Byte.SIZE) & 7) * 100 + (number & 0xff);
        boolean isValid = (number & 0xff) < 100 && code >= ErrorCode.MIN && code <= ErrorCode.MAX;
        return isValid ? new ErrorCode(code, text(value)) : null;
    }

    private static @Nullable UnknownAttributes unknownAttributes(ByteBuffer value) {
        if (value.remaining() % Short.BYTES != 0) {
            return null;
        }
        List<Integer> types = new ArrayList<>();
        while (value.hasRemaining()) {
            types.add(u16(value));
        }
        return new UnknownAttributes(types);
    }

    private static String text(ByteBuffer value) {
        return StandardCharsets.UTF_8.decode(value).toString();
    }

    private static Bytes bytes(ByteBuffer value) {
        byte[] copy = new byte[value.remaining()];
        value.get(copy);
        return Bytes.copyOf(copy);
    }
}

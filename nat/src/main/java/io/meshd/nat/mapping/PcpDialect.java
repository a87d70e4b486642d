package io.meshd.nat.mapping;

import io.meshd.identity.Bytes;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;

/**
 * PCP version 2, RFC 6887, opcodes MAP and ANNOUNCE.
 *
 * <p>The nonce of a mapping proves that the same client asks again. It is made from a secret that outlives the daemon, so
 * that one that was killed can renew or remove what it left, and differs by network, so that it is no name of this host.
 */
final class PcpDialect implements GatewayDialect {
    private static final int VERSION = 2;
    private static final int NAT_PMP_VERSION = 0;
    private static final int ANNOUNCE = 0;
    private static final int MAP = 1;
    private static final int ANSWER = 0x80;
    private static final int HEADER_BYTES = 24;
    private static final int MAP_BYTES = 36;
    private static final int NONCE_BYTES = 12;
    private static final int ADDRESS_BYTES = 16;
    /** Section 7: a message is no longer, and a multiple of four. */
    private static final int MESSAGE_BYTES_MAX = 1_100;
    private static final int UDP = 17;
    private static final int SUCCESS = 0;
    private static final int UNSUPPORTED_VERSION = 1;
    private static final int V4_PREFIX_BYTES = 10;

    private final Gateway gateway;
    private final int internalPort;
    private final byte[] nonce;

    PcpDialect(Gateway gateway, int internalPort, Bytes secret) {
        this.gateway = gateway;
        this.internalPort = internalPort;
        this.nonce = nonce(gateway, internalPort, secret);
    }

    private static byte[] nonce(Gateway gateway, int internalPort, Bytes secret) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update("meshd port mapping v1".getBytes(StandardCharsets.US_ASCII));
            digest.update(secret.toArray());
            digest.update(mapped(gateway.router()));
            digest.update(mapped(gateway.local()));
            digest.update(ByteBuffer.allocate(Short.BYTES).putShort((short) internalPort).array());
            return Arrays.copyOf(digest.digest(), NONCE_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    @Override
    public MappingProtocol protocol() {
        return MappingProtocol.PCP;
    }

    @Override
    public List<byte[]> request(int externalPort, int seconds) {
        return List.of(map(externalPort, seconds));
    }

    @Override
    public byte[] removal() {
        return map(0, 0);
    }

    private byte[] map(int externalPort, int seconds) {
        byte[] message = header(MAP, seconds, MAP_BYTES);
        // No wish as to the address, but for its family (section 11.1).
        ByteBuffer.wrap(message).position(HEADER_BYTES).put(nonce).put((byte) UDP).put(new byte[3])
                .putShort((short) internalPort).putShort((short) externalPort)
                .put(gateway.isV4() ? mapped(new byte[4]) : new byte[ADDRESS_BYTES]);
        return message;
    }

    @Override
    public byte[] heartbeat() {
        return header(ANNOUNCE, 0, 0);
    }

    private byte[] header(int opcode, int seconds, int payloadBytes) {
        return ByteBuffer.allocate(HEADER_BYTES + payloadBytes).put((byte) VERSION).put((byte) opcode)
                .putShort((short) 0).putInt(seconds).put(mapped(gateway.local())).array();
    }

    @Override
    public GatewayReply read(byte[] datagram) {
        if (datagram.length < 4 || datagram.length > MESSAGE_BYTES_MAX || (datagram[1] & ANSWER) == 0) {
            return new GatewayReply.Stray();
        }
        int version = datagram[0];
        int opcode = datagram[1] & ~ANSWER & 0xff;
        if (version == NAT_PMP_VERSION) {
            // Section 9: this is how a NAT-PMP router says that it does not know version 2.
            return datagram[2] == 0 && datagram[3] == UNSUPPORTED_VERSION
                    ? new GatewayReply.OtherVersion()
                    : new GatewayReply.Stray();
        }
        if (datagram.length < HEADER_BYTES || datagram.length % 4 != 0) {
            return new GatewayReply.Stray();
        }
        ByteBuffer in = ByteBuffer.wrap(datagram);
        int result = datagram[3] & 0xff;
        if (result == UNSUPPORTED_VERSION) {
            return new GatewayReply.OtherVersion();
        }
        long epoch = in.getInt(8) & 0xffff_ffffL;
        return switch (version == VERSION ? opcode : -1) {
            case ANNOUNCE -> result == SUCCESS ? new GatewayReply.Alive(epoch, null) : new GatewayReply.Stray();
            case MAP -> mapping(in, result, epoch);
            default -> new GatewayReply.Stray();
        };
    }

    private GatewayReply mapping(ByteBuffer in, int result, long epoch) {
        if (in.capacity() < HEADER_BYTES + MAP_BYTES || !isOurs(in)) {
            return new GatewayReply.Stray();
        }
        long seconds = in.getInt(4) & 0xffff_ffffL;
        if (result != SUCCESS) {
            return new GatewayReply.Refused(result, seconds);
        }
        if (seconds == 0) {
            return new GatewayReply.Removed();
        }
        int port = in.getShort(HEADER_BYTES + 18) & 0xffff;
        byte[] bytes = new byte[ADDRESS_BYTES];
        in.get(HEADER_BYTES + 20, bytes);
        InetAddress address = address(bytes);
        boolean makesSense = port != 0 && address instanceof Inet4Address == gateway.isV4()
                && !address.isAnyLocalAddress() && !address.isMulticastAddress();
        return makesSense
                ? new GatewayReply.Granted(new InetSocketAddress(address, port), seconds, epoch)
                : new GatewayReply.Stray();
    }

    private boolean isOurs(ByteBuffer in) {
        byte[] told = new byte[NONCE_BYTES];
        in.get(HEADER_BYTES, told);
        return MessageDigest.isEqual(told, nonce) && in.get(HEADER_BYTES + NONCE_BYTES) == UDP
                && (in.getShort(HEADER_BYTES + 16) & 0xffff) == internalPort;
    }

    @Override
    public boolean isAnnouncement(byte[] datagram) {
        return datagram.length == HEADER_BYTES && read(datagram) instanceof GatewayReply.Alive;
    }

    /** Section 5: IPv4 addresses stand in IPv6 form. */
    private static byte[] mapped(InetAddress address) {
        return mapped(address.getAddress());
    }

    private static byte[] mapped(byte[] bytes) {
        if (bytes.length == ADDRESS_BYTES) {
            return bytes;
        }
        byte[] mapped = new byte[ADDRESS_BYTES];
        mapped[V4_PREFIX_BYTES] = -1;
        mapped[V4_PREFIX_BYTES + 1] = -1;
        System.arraycopy(bytes, 0, mapped, V4_PREFIX_BYTES + 2, bytes.length);
        return mapped;
    }

    /** The JDK turns IPv4 in IPv6 form back into IPv4. */
    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError("16 bytes are always an address", e);
        }
    }
}

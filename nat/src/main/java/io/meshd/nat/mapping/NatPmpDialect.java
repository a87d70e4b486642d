package io.meshd.nat.mapping;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * NAT-PMP, RFC 6886. The external address and the port are two questions, asked together; a grant is complete when both
 * are answered.
 */
final class NatPmpDialect implements GatewayDialect {
    private static final int VERSION = 0;
    private static final int ADDRESS = 0;
    private static final int MAP_UDP = 1;
    private static final int ANSWER = 128;
    private static final int MAP_BYTES = 12;
    private static final int ADDRESS_ANSWER_BYTES = 12;
    private static final int MAP_ANSWER_BYTES = 16;
    /** Version, opcode, result, epoch: all that a refusal needs. */
    private static final int HEADER_BYTES = 8;
    private static final int SUCCESS = 0;
    private static final int UNSUPPORTED_VERSION = 1;
    private static final int NETWORK_FAILURE = 3;

    private final int internalPort;
    private @Nullable InetAddress external;
    private int grantedPort;
    private long grantedSeconds;

    NatPmpDialect(int internalPort) {
        this.internalPort = internalPort;
    }

    @Override
    public MappingProtocol protocol() {
        return MappingProtocol.NAT_PMP;
    }

    @Override
    public List<byte[]> request(int externalPort, int seconds) {
        external = null;
        grantedPort = 0;
        return List.of(heartbeat(), map(externalPort, seconds));
    }

    @Override
    public byte[] removal() {
        // Section 3.4: lifetime 0, and the external port is 0 as well.
        return map(0, 0);
    }

    private byte[] map(int externalPort, int seconds) {
        return ByteBuffer.allocate(MAP_BYTES).put((byte) VERSION).put((byte) MAP_UDP).putShort((short) 0)
                .putShort((short) internalPort).putShort((short) externalPort).putInt(seconds).array();
    }

    @Override
    public byte[] heartbeat() {
        return new byte[]{VERSION, ADDRESS};
    }

    @Override
    public GatewayReply read(byte[] datagram) {
        if (datagram.length < HEADER_BYTES || datagram[0] != VERSION) {
            return new GatewayReply.Stray();
        }
        ByteBuffer in = ByteBuffer.wrap(datagram);
        int opcode = in.get(1) & 0xff;
        int result = in.getShort(2) & 0xffff;
        long epoch = in.getInt(4) & 0xffff_ffffL;
        if (opcode != ANSWER + ADDRESS && opcode != ANSWER + MAP_UDP) {
            return new GatewayReply.Stray();
        }
        if (result == UNSUPPORTED_VERSION) {
            // The answer to a question of PCP: there is no version before this one.
            return new GatewayReply.Stray();
        }
        if (result != SUCCESS) {
            // Without a link to the provider there will soon be one, perhaps.
            return new GatewayReply.Refused(result, result == NETWORK_FAILURE ? 1 : 0);
        }
        return opcode == ANSWER + ADDRESS ? address(datagram, epoch) : mapping(in, datagram.length, epoch);
    }

    private GatewayReply address(byte[] datagram, long epoch) {
        if (datagram.length < ADDRESS_ANSWER_BYTES) {
            return new GatewayReply.Stray();
        }
        InetAddress told = v4(Arrays.copyOfRange(datagram, HEADER_BYTES, HEADER_BYTES + 4));
        if (told.isAnyLocalAddress()) {
            return new GatewayReply.Refused(NETWORK_FAILURE, 1);
        }
        external = told;
        return grantedPort == 0 ? new GatewayReply.Alive(epoch, told) : granted(told, epoch);
    }

    private GatewayReply mapping(ByteBuffer in, int length, long epoch) {
        if (length < MAP_ANSWER_BYTES || (in.getShort(8) & 0xffff) != internalPort) {
            return new GatewayReply.Stray();
        }
        long seconds = in.getInt(12) & 0xffff_ffffL;
        if (seconds == 0) {
            return new GatewayReply.Removed();
        }
        int port = in.getShort(10) & 0xffff;
        if (port == 0) {
            return new GatewayReply.Stray();
        }
        grantedPort = port;
        grantedSeconds = seconds;
        return external == null ? new GatewayReply.Alive(epoch, null) : granted(external, epoch);
    }

    private GatewayReply granted(InetAddress address, long epoch) {
        GatewayReply granted = new GatewayReply.Granted(new InetSocketAddress(address, grantedPort), grantedSeconds,
                epoch);
        grantedPort = 0;
        return granted;
    }

    @Override
    public boolean isAnnouncement(byte[] datagram) {
        return datagram.length == ADDRESS_ANSWER_BYTES && datagram[0] == VERSION
                && (datagram[1] & 0xff) == ANSWER + ADDRESS && datagram[2] == SUCCESS && datagram[3] == SUCCESS;
    }

    private static InetAddress v4(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError("4 bytes are always an address", e);
        }
    }
}

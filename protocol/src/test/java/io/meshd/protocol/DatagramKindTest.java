package io.meshd.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.testing.Property;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatagramKindTest {
    @ParameterizedTest
    @CsvSource({"1,148,INITIATION", "1,147,OTHER", "1,149,OTHER", "2,92,RESPONSE", "2,91,OTHER", "2,93,OTHER",
            "3,64,COOKIE_REPLY", "3,63,OTHER", "3,65,OTHER", "4,32,DATA", "4,31,OTHER", "4,33,DATA", "4,1452,DATA",
            "4,65507,DATA", "0,148,OTHER", "5,148,OTHER"})
    void wireGuardTypesHaveExactLengths(int type, int length, DatagramKind kind) {
        assertThat(DatagramKind.of(wireGuard(type, length), 0, length)).isEqualTo(kind);
    }

    @Test
    void reservedBytesAreZero() {
        for (int at = 1; at < 4; at++) {
            byte[] initiation = wireGuard(1, 148);
            initiation[at] = 1;
            assertThat(DatagramKind.of(initiation, 0, 148)).isEqualTo(DatagramKind.OTHER);
        }
    }

    @Test
    void recognisesStun() {
        // Header of the sample request in RFC 5769 section 2.1, then 88 bytes of attributes.
        byte[] request = new byte[108];
        byte[] header = HexFormat.of().parseHex("000100582112a442b7e7a701bc34d686fa87dfae");
        System.arraycopy(header, 0, request, 0, header.length);
        assertThat(DatagramKind.of(request, 0, 108)).isEqualTo(DatagramKind.STUN);
        assertThat(DatagramKind.of(request, 0, 107)).isEqualTo(DatagramKind.OTHER);
        assertThat(DatagramKind.of(request, 0, 104)).isEqualTo(DatagramKind.OTHER);
        byte[] bare = stun(0x0101, 0);
        assertThat(DatagramKind.of(bare, 0, 20)).isEqualTo(DatagramKind.STUN);
    }

    @Test
    void stunKeepsItsFixedBitsAlignmentAndCookie() {
        assertThat(DatagramKind.of(stun(0x4001, 0), 0, 20)).isEqualTo(DatagramKind.OTHER);
        assertThat(DatagramKind.of(stun(0x8001, 0), 0, 20)).isEqualTo(DatagramKind.OTHER);
        assertThat(DatagramKind.of(stun(0x0001, 2), 0, 22)).isEqualTo(DatagramKind.OTHER);
        byte[] foreignCookie = stun(0x0001, 0);
        foreignCookie[4]++;
        assertThat(DatagramKind.of(foreignCookie, 0, 20)).isEqualTo(DatagramKind.OTHER);
    }

    @Test
    void stunThatBeginsLikeWireGuardIsStun() {
        for (int type = 1; type <= 4; type++) {
            byte[] message = stun(type << 8, 0);
            assertThat(ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN).getInt()).isEqualTo(type);
            assertThat(DatagramKind.of(message, 0, 20)).isEqualTo(DatagramKind.STUN);
        }
    }

    @Test
    void nothingIsTooShortToAsk() {
        for (int length = 0; length < 20; length++) {
            assertThat(DatagramKind.of(new byte[length], 0, length)).isEqualTo(DatagramKind.OTHER);
        }
    }

    @Test
    void agreesWithTheTableOnRandomHeadersAnywhereInABuffer() {
        Property.forAll(20_000, random -> {
            int length = random.nextInt(4) == 0 ? pick(random, 20, 31, 32, 64, 92, 148) : random.nextInt(200);
            int offset = random.nextInt(16);
            byte[] buffer = new byte[offset + length + random.nextInt(8)];
            random.nextBytes(buffer);
            ByteBuffer at = ByteBuffer.wrap(buffer);
            if (length >= 4 && random.nextBoolean()) {
                at.order(ByteOrder.LITTLE_ENDIAN).putInt(offset, random.nextInt(6));
            } else if (length >= 8) {
                at.putInt(offset,
                        random.nextInt(8) == 0 ? random.nextInt() : (length - 20) | (random.nextInt(4) << 30));
                at.putInt(offset + 4, 0x2112A442);
            }
            assertThat(DatagramKind.of(buffer, offset, length)).isEqualTo(naive(buffer, offset, length));
        });
    }

    private static int pick(SplittableRandom random, int... values) {
        return values[random.nextInt(values.length)];
    }

    private static DatagramKind naive(byte[] buffer, int offset, int length) {
        byte[] b = Arrays.copyOfRange(buffer, offset, offset + length);
        if (length >= 32 && b[1] == 0 && b[2] == 0 && b[3] == 0) {
            if (b[0] == 1 && length == 148) {
                return DatagramKind.INITIATION;
            }
            if (b[0] == 2 && length == 92) {
                return DatagramKind.RESPONSE;
            }
            if (b[0] == 3 && length == 64) {
                return DatagramKind.COOKIE_REPLY;
            }
            if (b[0] == 4) {
                return DatagramKind.DATA;
            }
        }
        if (length >= 20 && b[0] >= 0 && b[0] < 64 && b[4] == 0x21 && b[5] == 0x12 && b[6] == (byte) 0xA4
                && b[7] == 0x42) {
            int body = (b[2] & 0xff) * 256 + (b[3] & 0xff);
            if (body + 20 == length && length % 4 == 0) {
                return DatagramKind.STUN;
            }
        }
        return DatagramKind.OTHER;
    }

    private static byte[] wireGuard(int type, int length) {
        byte[] datagram = new byte[length];
        datagram[0] = (byte) type;
        return datagram;
    }

    private static byte[] stun(int type, int bodyLength) {
        return ByteBuffer.allocate(20 + bodyLength).putShort((short) type).putShort((short) bodyLength)
                .putInt(0x2112A442).array();
    }
}

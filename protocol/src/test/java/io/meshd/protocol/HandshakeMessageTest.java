package io.meshd.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.meshd.identity.Bytes;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HandshakeMessageTest {
    private static byte[] counting(int type, int length) {
        byte[] datagram = new byte[length];
        for (int i = 4; i < length; i++) {
            datagram[i] = (byte) i;
        }
        datagram[0] = (byte) type;
        return datagram;
    }

    private static HandshakeMessage parsed(byte[] datagram) {
        return Objects.requireNonNull(HandshakeMessage.parse(datagram));
    }

    @Test
    void readsEveryFieldOfAnInitiationFromItsOffset() {
        byte[] datagram = counting(1, 148);

        var message = (HandshakeMessage.Initiation) parsed(datagram);

        assertThat(message.sender()).isEqualTo(0x07060504);
        assertThat(message.ephemeral()).isEqualTo(Bytes.copyOf(datagram, 8, 32));
        assertThat(message.encryptedStatic()).isEqualTo(Bytes.copyOf(datagram, 40, 48));
        assertThat(message.encryptedTimestamp()).isEqualTo(Bytes.copyOf(datagram, 88, 28));
        assertThat(message.mac1()).isEqualTo(Bytes.copyOf(datagram, 116, 16));
        assertThat(message.mac2()).isEqualTo(Bytes.copyOf(datagram, 132, 16));
        assertThat(message.encode()).isEqualTo(datagram);
        assertThat(HandshakeMessage.Initiation.MAC1_OFFSET).isEqualTo(116);
        assertThat(HandshakeMessage.Initiation.MAC2_OFFSET).isEqualTo(132);
    }

    @Test
    void readsEveryFieldOfAResponseFromItsOffset() {
        byte[] datagram = counting(2, 92);

        var message = (HandshakeMessage.Response) parsed(datagram);

        assertThat(message.sender()).isEqualTo(0x07060504);
        assertThat(message.receiver()).isEqualTo(0x0b0a0908);
        assertThat(message.ephemeral()).isEqualTo(Bytes.copyOf(datagram, 12, 32));
        assertThat(message.encryptedEmpty()).isEqualTo(Bytes.copyOf(datagram, 44, 16));
        assertThat(message.mac1()).isEqualTo(Bytes.copyOf(datagram, 60, 16));
        assertThat(message.mac2()).isEqualTo(Bytes.copyOf(datagram, 76, 16));
        assertThat(message.encode()).isEqualTo(datagram);
    }

    @Test
    void readsEveryFieldOfACookieReplyFromItsOffset() {
        byte[] datagram = counting(3, 64);

        var message = (HandshakeMessage.CookieReply) parsed(datagram);

        assertThat(message.receiver()).isEqualTo(0x07060504);
        assertThat(message.nonce()).isEqualTo(Bytes.copyOf(datagram, 8, 24));
        assertThat(message.encryptedCookie()).isEqualTo(Bytes.copyOf(datagram, 32, 32));
        assertThat(message.encode()).isEqualTo(datagram);
    }

    @Test
    void refusesEveryOtherLength() {
        for (int type = 0; type <= 5; type++) {
            for (int length = 0; length <= 200; length++) {
                byte[] datagram = new byte[length];
                if (length > 0) {
                    datagram[0] = (byte) type;
                }
                boolean exact = length == switch (type) {
                    case 1 -> 148;
                    case 2 -> 92;
                    case 3 -> 64;
                    default -> -1;
                };
                assertThat(HandshakeMessage.parse(datagram) != null).as("type %s length %s", type, length)
                        .isEqualTo(exact);
            }
        }
    }

    @Test
    void refusesReservedBytesThatAreNotZero() {
        for (int reserved = 1; reserved <= 3; reserved++) {
            byte[] datagram = counting(1, 148);
            datagram[reserved] = 1;
            assertThat(HandshakeMessage.parse(datagram)).isNull();
        }
    }

    @Test
    void refusesToBuildAMessageWithAFieldOfTheWrongLength() {
        Bytes mac = Bytes.copyOf(new byte[16]);
        assertThatIllegalArgumentException().isThrownBy(
                () -> new HandshakeMessage.Response(1, 2, Bytes.copyOf(new byte[31]), mac, mac, mac));
    }

    @Test
    void encodesWhatItParsedForRandomInput() {
        SplittableRandom random = new SplittableRandom(7);
        int[] lengths = {148, 92, 64};
        for (int round = 0; round < 3_000; round++) {
            byte[] datagram = new byte[lengths[round % 3]];
            random.nextBytes(datagram);
            Arrays.fill(datagram, 0, 4, (byte) 0);
            datagram[0] = (byte) (1 + round % 3);

            HandshakeMessage message = parsed(datagram);

            assertThat(message.encode()).isEqualTo(datagram);
        }
    }

    @Test
    void writesATransportHeaderThatItReadsBack() {
        byte[] buffer = new byte[64];

        TransportHeader.write(buffer, 5, 0x42a41220, 0xfedcba9876543210L);

        assertThat(Arrays.copyOfRange(buffer, 5, 21)).containsExactly(4, 0, 0, 0, 0x20, 0x12, 0xa4, 0x42, 0x10, 0x32,
                0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe);
        assertThat(TransportHeader.receiver(buffer, 5)).isEqualTo(0x42a41220);
        assertThat(TransportHeader.counter(buffer, 5)).isEqualTo(0xfedcba9876543210L);
        assertThat(TransportHeader.matches(buffer, 5, 32)).isTrue();
        assertThat(TransportHeader.matches(buffer, 5, 31)).isFalse();
        buffer[6] = 1;
        assertThat(TransportHeader.matches(buffer, 5, 32)).isFalse();
    }
}

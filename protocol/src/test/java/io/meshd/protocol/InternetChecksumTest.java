package io.meshd.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.testing.Property;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class InternetChecksumTest {
    @Test
    void matchesTheExampleOfTheStandard() {
        // RFC 1071 section 3: the sum of these words is ddf2.
        byte[] words = HexFormat.of().parseHex("0001f203f4f5f6f7");
        assertThat(InternetChecksum.fold(InternetChecksum.add(0, words, 0, 8))).isEqualTo(0xddf2);
        assertThat(InternetChecksum.of(words, 0, 8)).isEqualTo(0x220d);
    }

    @Test
    void agreesWithWordByWordAddition() {
        Property.forAll(5_000, random -> {
            byte[] bytes = Packets.random(random, random.nextInt(random.nextInt(10) == 0 ? 3000 : 60) + 16);
            if (random.nextInt(4) == 0) {
                Arrays.fill(bytes, (byte) 0xff);
            }
            int offset = random.nextInt(8);
            int length = random.nextInt(bytes.length - offset + 1);
            int naive = Packets.naiveSum(bytes, offset, length);
            assertThat(InternetChecksum.fold(InternetChecksum.add(0, bytes, offset, length))).isEqualTo(naive);
            assertThat(InternetChecksum.of(bytes, offset, length)).isEqualTo(~naive & 0xffff);
        });
    }

    @Test
    void partialSumsAddUp() {
        Property.forAll(1_000, random -> {
            byte[] bytes = Packets.random(random, 2 + random.nextInt(200));
            int split = random.nextInt(bytes.length / 2) * 2;
            long sum = InternetChecksum.add(0, bytes, 0, split);
            assertThat(InternetChecksum.of(InternetChecksum.add(sum, bytes, split, bytes.length - split)))
                    .isEqualTo(InternetChecksum.of(bytes, 0, bytes.length));
        });
    }

    @Test
    void holdsAPacketOfTheLargestSize() {
        byte[] bytes = new byte[65_575];
        Arrays.fill(bytes, (byte) 0xff);
        assertThat(InternetChecksum.fold(InternetChecksum.add(0, bytes, 0, 65_574))).isEqualTo(0xffff);
    }

    @Test
    void updatingEqualsComputingAnew() {
        Property.forAll(5_000, random -> {
            byte[] bytes = Packets.random(random, 40);
            bytes[10] = 0;
            bytes[11] = 0;
            InternetChecksum.setWordAt(bytes, 10, InternetChecksum.of(bytes, 0, 40));
            int at = random.nextInt(12, 20) * 2 - 12;
            at = at == 10 ? 12 : at;
            int before = InternetChecksum.wordAt(bytes, at);
            int after = random.nextInt(0x10000);
            InternetChecksum.setWordAt(bytes, at, after);
            InternetChecksum.update(bytes, 10, before, after);
            assertThat(Packets.naiveSum(bytes, 0, 40)).isEqualTo(0xffff);
        });
    }

    @Test
    void pseudoHeaderCoversAddressesProtocolAndLength() {
        for (boolean v6 : new boolean[]{false, true}) {
            byte[] packet = Packets.tcp(v6, 2, new byte[0], new byte[33]);
            int at = v6 ? 40 : 20;
            long sum = InternetChecksum.pseudoHeader(packet, 0, 6, packet.length - at);
            assertThat(InternetChecksum.of(InternetChecksum.add(sum, packet, at, packet.length - at))).isZero();
        }
    }
}

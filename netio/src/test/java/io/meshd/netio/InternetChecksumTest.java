package io.meshd.netio;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class InternetChecksumTest {
    @Test
    void sumsTheExampleOfRfc1071() {
        byte[] example = {0x00, 0x01, (byte) 0xf2, 0x03, (byte) 0xf4, (byte) 0xf5, (byte) 0xf6, (byte) 0xf7};
        int folded = InternetChecksum.fold(InternetChecksum.sum(example, 0, example.length));
        assertThat(Short.reverseBytes((short) folded)).isEqualTo((short) 0xddf2);
    }

    @Test
    void agreesWithWordByWordSummingForAnyLengthAndAlignment() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 5_000; i++) {
            int offset = random.nextInt(9);
            int length = random.nextInt(300);
            byte[] content = Packets.bytes(random, offset + length + 3);
            if (i % 5 == 0) {
                Arrays.fill(content, (byte) 0xff);
            }
            int folded = InternetChecksum.fold(InternetChecksum.sum(content, offset, length));
            int naive = Packets.naiveSum(content, offset, length, 0);
            assertThat(Short.reverseBytes((short) folded) & 0xffff).isEqualTo(naive);
        }
    }

    @Test
    void survivesTheLargestPacketOfOnes() {
        byte[] content = new byte[65_535];
        Arrays.fill(content, (byte) 0xff);
        int folded = InternetChecksum.fold(InternetChecksum.sum(content, 0, content.length));
        assertThat(Short.reverseBytes((short) folded) & 0xffff)
                .isEqualTo(Packets.naiveSum(content, 0, content.length, 0));
    }

    @Test
    void neverStoresZeroForUdp() {
        byte[] field = new byte[2];
        InternetChecksum.storeUdp(field, 0, 0xffff);
        assertThat(field).containsExactly(0xff, 0xff);
        InternetChecksum.store(field, 0, 0xffff);
        assertThat(field).containsExactly(0, 0);
    }
}

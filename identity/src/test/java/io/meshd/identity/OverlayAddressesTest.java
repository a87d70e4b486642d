package io.meshd.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OverlayAddressesTest {
    /** The official vectors of BLAKE3, for their first 32 bytes of output. */
    @Test
    void blake3MatchesItsVectors() throws IOException {
        try (InputStream stream = OverlayAddressesTest.class.getResourceAsStream("/vectors/blake3-test-vectors.json")) {
            JsonNode cases = new ObjectMapper().readTree(stream).get("cases");
            assertThat(cases).hasSizeGreaterThanOrEqualTo(35);
            for (JsonNode vector : cases) {
                byte[] input = new byte[vector.get("input_len").intValue()];
                for (int i = 0; i < input.length; i++) {
                    input[i] = (byte) (i % 251);
                }
                assertThat(HexFormat.of().formatHex(Digests.blake3(input)))
                        .as("%d bytes", input.length).isEqualTo(vector.get("hash").textValue().substring(0, 64));
            }
        }
    }

    /** Hashes by a separate implementation of BLAKE3 that passes the official vectors; addresses by hand. */
    @ParameterizedTest
    @CsvSource({
            "b5076a8474a832daee4dd5b4040983b6623b5f344aca57d4d6ee4baf3f259e6e,"
                    + "10.99.100.108,fd99:6d67::646c:a7bd:c925:1010",
            "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8,"
                    + "10.99.152.186,fd99:6d67::98ba:8530:4ac6:39f0",
            "c1de3796f51d6db1056faf09285ef18e935fce943b830e757d8e90d2c8ff9066,"
                    + "10.99.167.136,fd99:6d67::a788:4e26:dfbb:3b2f"})
    void derivesWhatMeshguardDerives(String key, String v4, String v6) {
        assertThat(OverlayAddresses.DEFAULT.of(PublicKey.of(HexFormat.of().parseHex(key)))).hasToString(
                "[" + v4 + ", " + v6 + "]");
    }

    /** Numbers, as little-endian keys, whose hashes begin with the octets that meshguard mends; found by search. */
    @ParameterizedTest
    @CsvSource({"271,00a4,10.99.1.164", "777,5600,10.99.86.1", "36,57ff,10.99.87.254", "61292,0000,10.99.1.1",
            "190704,00ff,10.99.1.254", "106815,ffff,10.99.255.254"})
    void mendsWhatMeshguardMends(int number, String hashBegins, String expected) {
        PublicKey key = numbered(number);
        assertThat(HexFormat.of().formatHex(Digests.blake3(key.bytes()))).startsWith(hashBegins);
        assertThat(OverlayAddresses.DEFAULT.v4Of(key)).hasToString(expected);
    }

    private static PublicKey numbered(int number) {
        byte[] encoded = new byte[32];
        for (int i = 0; i < 4; i++) {
            encoded[i] = (byte) (number >>> (8 * i));
        }
        return PublicKey.of(encoded);
    }

    @Test
    void defaultIsThatOfTheContract() {
        assertThat(OverlayAddresses.of(ranges("10.99.0.0/16", "fd99:6d67::/64")))
                .isEqualTo(Parsed.valid(OverlayAddresses.DEFAULT));
    }

    /** Every range, every key: inside, and neither the first address nor, for IPv4, the last. */
    @Test
    void staysInsideAnyRange() {
        Seeds.forAll(400, random -> {
            PublicKey key = PublicKey.of(Seeds.bytes(random, 32));
            for (int length = 8; length <= 30; length++) {
                Prefix range = Prefix.around(IpAddress.of(Seeds.bytes(random, 4)), length);
                IpAddress address = Objects.requireNonNull(new OverlayAddresses(range, null).v4Of(key));
                assertThat(range.contains(address)).as("%s in %s", address, range).isTrue();
                assertThat(address).isNotEqualTo(range.address());
                long last = range.address().low() | ((1L << (32 - length)) - 1);
                assertThat(address.low()).isNotEqualTo(last);
            }
            for (int length = 16; length <= 126; length++) {
                Prefix range = Prefix.around(IpAddress.of(Seeds.bytes(random, 16)), length);
                IpAddress address = Objects.requireNonNull(new OverlayAddresses(null, range).v6Of(key));
                assertThat(range.contains(address)).as("%s in %s", address, range).isTrue();
                assertThat(address).isNotEqualTo(range.address());
            }
        });
    }

    @Test
    void hostPartIsTheBeginningOfTheHash() {
        PublicKey key = numbered(36);
        byte[] hash = Digests.blake3(key.bytes());
        for (int length = 16; length <= 120; length += 8) {
            byte[] expected = new byte[16];
            System.arraycopy(hash, 0, expected, length / 8, 16 - length / 8);
            Prefix range = Prefix.around(IpAddress.of(new byte[16]), length);
            assertThat(new OverlayAddresses(null, range).v6Of(key)).isEqualTo(IpAddress.of(expected));
        }
        assertThat(new OverlayAddresses(prefix("10.0.0.0/8"), null).v4Of(key)).hasToString("10.87.255.31");
        assertThat(new OverlayAddresses(prefix("10.9.8.0/24"), null).v4Of(key)).hasToString("10.9.8.87");
        assertThat(new OverlayAddresses(prefix("10.50.0.0/16"), null).v4Of(key)).hasToString("10.50.87.254");
        assertThat(new OverlayAddresses(prefix("10.9.8.0/24"), null).v4Of(numbered(271))).hasToString("10.9.8.1");
        assertThat(new OverlayAddresses(prefix("10.9.8.0/24"), null).v4Of(numbered(106815)))
                .hasToString("10.9.8.254");
        assertThat(new OverlayAddresses(prefix("10.9.8.4/30"), null).v4Of(numbered(106815)))
                .hasToString("10.9.8.6");
        assertThat(new OverlayAddresses(null, prefix("fd00::/120")).v6Of(numbered(271))).hasToString("fd00::1");
    }

    @Test
    void withoutARangeNothingIsDerived() {
        assertThat(new OverlayAddresses(null, null).of(numbered(1))).isEmpty();
        assertThat(OverlayAddresses.of(List.of())).isEqualTo(Parsed.valid(new OverlayAddresses(null, null)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/31", "10.0.0.0/32", "8.0.0.0/7", "0.0.0.0/0", "::/0", "fd00::/127", "fd00::/128"})
    void rangesHaveRoom(String range) {
        assertThat(OverlayAddresses.of(ranges(range))).isInstanceOf(Parsed.Invalid.class);
        Prefix prefix = prefix(range);
        boolean v6 = prefix.address().isV6();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new OverlayAddresses(v6 ? null : prefix, v6 ? prefix : null));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new OverlayAddresses(v6 ? prefix("fd00::/64") : null, v6 ? null : prefix));
    }

    @Test
    void thereIsOneRangeAFamily() {
        assertThat(OverlayAddresses.of(ranges("10.1.0.0/16", "10.2.0.0/16")))
                .isEqualTo(Parsed.invalid("10.2.0.0/16 is a second IPv4 range"));
    }

    private static List<Prefix> ranges(String... texts) {
        return Arrays.stream(texts).map(OverlayAddressesTest::prefix).toList();
    }

    private static Prefix prefix(String text) {
        return Prefix.parse(text).orThrow();
    }
}

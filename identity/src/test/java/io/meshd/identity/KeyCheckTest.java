package io.meshd.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.KeyCheck.Weakness;
import java.util.HexFormat;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyCheckTest {
    private static final PublicKey GOOD = key("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8");
    private static final byte[] MESSAGE = {1, 2, 3};

    @Test
    void generatedKeysAreSound() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 200; i++) {
            Identity identity = Identity.generate(random);
            assertThat(KeyCheck.weakness(identity.publicKey())).isNull();
            assertThat(KeyCheck.weakness(identity.publicKey().tunnelKey())).isNull();
        }
    }

    /** All 14 encodings of the 8 points of small order, computed from the order-8 point by a separate program. */
    @ParameterizedTest
    @ValueSource(strings = {"0000000000000000000000000000000000000000000000000000000000000000",
            "0000000000000000000000000000000000000000000000000000000000000080",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000080",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"})
    void pointsOfSmallOrderAreRefused(String hex) {
        assertThat(KeyCheck.weakness(key(hex))).isEqualTo(Weakness.SMALL_ORDER);
    }

    /** The key of seed 00..1f plus each point of small order, by libsodium's crypto_core_ed25519_add. */
    @ParameterizedTest
    @ValueSource(strings = {"38fd00c26d1ce27e6f4b55b15fbebffae98052f763b21625375d037af012b0a7",
            "8b2a59ac4324b312dd8d7e5480f0d2e11412b04eeb4e515268a730a951142b6c",
            "3cab429de7751d7c22e78010173ce0a1d89120f7c4b300ee362a3007a938bbbf",
            "ea5ef8400c31ef41e28f22e718b43f66981b29cf645af2a0e223799bedaace47",
            "b502ff3d92e31d8190b4aa4ea0414005167fad089c4de9dac8a2fc850fed4f58",
            "62d5a653bcdb4ced227281ab7f0f2d1eebed4fb114b1aead9758cf56aeebd493",
            "b154bd62188ae283dd187fefe8c31f5e276edf083b4cff11c9d5cff856c74440"})
    void pointsOfMixedOrderAreRefused(String hex) {
        assertThat(KeyCheck.weakness(key(hex))).isEqualTo(Weakness.MIXED_ORDER);
    }

    @Test
    void sumsWithPointsOfSmallOrderAreRefused() {
        Edwards torsion = decoded("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85");
        SplittableRandom random = new SplittableRandom(2);
        for (int i = 0; i < 20; i++) {
            Edwards point = decoded(Identity.generate(random).publicKey());
            for (int times = 1; times < 8; times++) {
                point = point.plus(torsion);
                assertThat(KeyCheck.weakness(PublicKey.of(point.encode()))).isEqualTo(Weakness.MIXED_ORDER);
            }
            assertThat(KeyCheck.weakness(PublicKey.of(point.plus(torsion).encode()))).isNull();
        }
    }

    /** Encodings of p + k that are points, none of small order, found by a separate program. */
    @ParameterizedTest
    @ValueSource(strings = {"f0", "f1", "f2", "f3", "f6", "f7", "fb", "fc", "fd", "ff"})
    void unreducedCoordinatesAreRefused(String first) {
        String middle = "ff".repeat(30);
        assertThat(KeyCheck.weakness(key(first + middle + "7f"))).isEqualTo(Weakness.NOT_CANONICAL);
        assertThat(KeyCheck.weakness(key(first + middle + "ff"))).isEqualTo(Weakness.NOT_CANONICAL);
    }

    @ParameterizedTest
    @ValueSource(strings = {"02", "07", "08", "0b"})
    void bytesThatAreNoPointAreRefused(String first) {
        assertThat(KeyCheck.weakness(key(first + "00".repeat(31)))).isEqualTo(Weakness.NOT_A_POINT);
    }

    @Test
    void noRefusedKeyVerifiesAnything() {
        // With A of small order, R = S = 0 in their encodings satisfies the cofactored equation for every message.
        byte[] forged = new byte[64];
        forged[0] = 1;
        assertThat(key("01" + "00".repeat(31)).verifies(MESSAGE, Bytes.copyOf(forged))).isFalse();
        assertThat(key("02" + "00".repeat(31)).verifies(MESSAGE, Bytes.copyOf(forged))).isFalse();
    }

    @Test
    void signaturesHaveOneForm() {
        Identity identity = Identity.generate(new SplittableRandom(3));
        byte[] signature = identity.sign(MESSAGE).toArray();
        // S + L, where L is the group order: the same number to a lax verifier.
        byte[] order = HexFormat.of().parseHex("edd3f55c1a631258d69cf7a2def9de14" + "00".repeat(15) + "10");
        int carry = 0;
        for (int i = 0; i < 32; i++) {
            carry += (signature[32 + i] & 0xff) + (order[i] & 0xff);
            signature[32 + i] = (byte) carry;
            carry >>>= 8;
        }
        assertThat(carry).isZero();
        assertThat(identity.publicKey().verifies(MESSAGE, Bytes.copyOf(signature))).isFalse();
    }

    @Test
    void twinsHaveOneImage() {
        byte[] negated = GOOD.bytes();
        negated[31] ^= (byte) 0x80;
        PublicKey twin = PublicKey.of(negated);
        assertThat(KeyCheck.weakness(twin)).isNull();
        assertThat(twin.tunnelKey()).isEqualTo(GOOD.tunnelKey());
        assertThat(KeyCheck.areTwins(GOOD, twin)).isTrue();
        assertThat(KeyCheck.areTwins(GOOD, GOOD)).isFalse();
        assertThat(KeyCheck.areTwins(GOOD, Seeds.key(1))).isFalse();
    }

    /** The seven u-coordinates of small order, reduced or not, as published in WireGuard's netns.sh and by djb. */
    @ParameterizedTest
    @ValueSource(strings = {"0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"})
    void tunnelKeysOfSmallOrderAreRefused(String hex) {
        byte[] encoded = HexFormat.of().parseHex(hex);
        assertThat(KeyCheck.weakness(TunnelKey.of(encoded))).isEqualTo(Weakness.SMALL_ORDER);
        encoded[31] |= (byte) 0x80;
        assertThat(KeyCheck.weakness(TunnelKey.of(encoded))).isEqualTo(Weakness.SMALL_ORDER);
    }

    @Test
    void tunnelKeysHaveOneForm() {
        byte[] encoded = GOOD.tunnelKey().bytes();
        encoded[31] |= (byte) 0x80;
        assertThat(KeyCheck.weakness(TunnelKey.of(encoded))).isEqualTo(Weakness.NOT_CANONICAL);
        byte[] unreduced = HexFormat.of().parseHex("f6" + "ff".repeat(30) + "7f");
        assertThat(KeyCheck.weakness(TunnelKey.of(unreduced))).isEqualTo(Weakness.NOT_CANONICAL);
    }

    private static PublicKey key(String hex) {
        return PublicKey.of(HexFormat.of().parseHex(hex));
    }

    private static Edwards decoded(String hex) {
        return decoded(key(hex));
    }

    private static Edwards decoded(PublicKey key) {
        Edwards point = Edwards.decode(key.bytes());
        assertThat(point).isNotNull();
        return Objects.requireNonNull(point);
    }
}

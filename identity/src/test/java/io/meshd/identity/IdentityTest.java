package io.meshd.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class IdentityTest {
    private static final HexFormat HEX = HexFormat.of();

    /**
     * Computed once by independent programs: key pairs, curve25519 forms and the signature of "meshd" by libsodium
     * 1.0.18, base64 by {@code wg pubkey}, fingerprints by {@code ssh-keygen -l}. The first vector is the one
     * that libsodium publishes in test/default/ed25519_convert.
     */
    enum Known {
        LIBSODIUM("421151a459faeade3d247115f94aedae42318124095afabe4d1451a559faedee",
                "b5076a8474a832daee4dd5b4040983b6623b5f344aca57d4d6ee4baf3f259e6e",
                "8052030376d47112be7f73ed7a019293dd12ad910b654455798b4667d73de166",
                "f1814f0e8ff1043d8a44d25babff3cedcae6c22c3edaa48f857ae70de2baae50",
                "8YFPDo/xBD2KRNJbq/887crmwiw+2qSPhXrnDeK6rlA=", "SHA256:kmE6XTNo6EPhNZLDUP7z9SBN3+tRq2vtB8o6Y6AV36w",
                "wudwvbduvaznv3sn2w2aicmdwzrdwxzujlffpvgw5zf26pzftzxa",
                "c00a2988994de6cad041471a26000171545ea48927156bc03bf3a56333484689"
                        + "fc935d5e9904ae6832e2dca6283d298dfc0918e42381566e2794480920fce505"),
        COUNTING("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
                "3894eea49c580aef816935762be049559d6d1440dede12e6a125f1841fff8e6f",
                "4701d08488451f545a409fb58ae3e58581ca40ac3f7f114698cd71deac73ca01",
                "RwHQhIhFH1RaQJ+1iuPlhYHKQKw/fxFGmM1x3qxzygE=", "SHA256:lbmsoA0yIEcEiVDRnMWuzm+nV+3ZEEpVIURqFoeSspg",
                "aoqqpp7tzyil4hlq3umoos6atft6jvrqtosq2xy53sdgiesvgg4a",
                "75a996148ed200a872e04be4734d31d7c940d5d42e9693f0bb800d2b9a9c2763"
                        + "a0fbb7599b6c6a303c393a6af89fcb5b1428450c22aaf7f4bcb0ccf8357b5f09"),
        HASHED("e0e6758c51c7debade3c8148726fa005480bb1d714fca7c4cd58441325bbf85f",
                "c1de3796f51d6db1056faf09285ef18e935fce943b830e757d8e90d2c8ff9066",
                "d884faa4bcb08930fc2d9e465c562254f378d5f3b90eb691a422db7e7f2de26c",
                "ffc8e3d411d350706bfb7e88f4b6224e2c886b31f6f843d94e521d43f509a331",
                "/8jj1BHTUHBr+36I9LYiTiyIazH2+EPZTlIdQ/UJozE=", "SHA256:61nyraTijDWJB6CoyQ8pcsT5r5MNeLI+/PA+6IxmUVA",
                "yhpdpfxvdvw3cblpv4esqxxrr2jv7tuuhobq45l5r2infsh7sbta",
                "4a300aba736ed781696fa8e2e41ee9ff41f5a23171ce0a4febcd1dbc93b3687e"
                        + "052ba135f17148916169b01e2989697c68457ffa26614349288759ae83ec390d");

        final String seed;
        final String publicKey;
        final String tunnelPrivateKey;
        final String tunnelKey;
        final String wireguard;
        final String fingerprint;
        final String peerId;
        final String signature;

        Known(String seed, String publicKey, String tunnelPrivateKey, String tunnelKey, String wireguard,
                String fingerprint, String peerId, String signature) {
            this.seed = seed;
            this.publicKey = publicKey;
            this.tunnelPrivateKey = tunnelPrivateKey;
            this.tunnelKey = tunnelKey;
            this.wireguard = wireguard;
            this.fingerprint = fingerprint;
            this.peerId = peerId;
            this.signature = signature;
        }
    }

    private static final byte[] MESSAGE = "meshd".getBytes(StandardCharsets.US_ASCII);

    @ParameterizedTest
    @EnumSource
    void derivesWhatOtherProgramsDerive(Known known) {
        Identity identity = Identity.ofSeed(HEX.parseHex(known.seed));
        assertThat(identity.publicKey().bytes()).isEqualTo(HEX.parseHex(known.publicKey));
        assertThat(identity.tunnelPrivateKey().copyOfSecret()).isEqualTo(HEX.parseHex(known.tunnelPrivateKey));
        assertThat(identity.tunnelPrivateKey().publicKey().bytes()).isEqualTo(HEX.parseHex(known.tunnelKey));
        assertThat(identity.sign(MESSAGE).toArray()).isEqualTo(HEX.parseHex(known.signature));
        PublicKey key = PublicKey.of(HEX.parseHex(known.publicKey));
        assertThat(key.tunnelKey().bytes()).isEqualTo(HEX.parseHex(known.tunnelKey));
        assertThat(key.tunnelKey().base64()).isEqualTo(known.wireguard);
        assertThat(key.fingerprint()).isEqualTo(known.fingerprint);
        assertThat(key.peerId()).isEqualTo(known.peerId);
        assertThat(PublicKey.ofPeerId(known.peerId)).isEqualTo(key);
        assertThat(key.verifies(MESSAGE, Bytes.copyOf(HEX.parseHex(known.signature)))).isTrue();
    }

    @Test
    void bothWaysToTheTunnelKeyAgree() {
        RandomGenerator random = new SplittableRandom(1);
        for (int i = 0; i < 100; i++) {
            Identity identity = Identity.generate(random);
            assertThat(identity.publicKey().tunnelKey()).isEqualTo(identity.tunnelPrivateKey().publicKey());
        }
    }

    @Test
    void generatesFromTheGivenRandomnessOnly() {
        assertThat(Identity.generate(new SplittableRandom(7))).isEqualTo(Identity.generate(new SplittableRandom(7)))
                .isNotEqualTo(Identity.generate(new SplittableRandom(8)));
    }

    @Test
    void noFlippedBitVerifies() {
        Identity identity = Identity.generate(new SplittableRandom(2));
        Bytes signature = identity.sign(MESSAGE);
        for (int bit = 0; bit < 512; bit++) {
            byte[] flipped = signature.toArray();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(identity.publicKey().verifies(MESSAGE, Bytes.copyOf(flipped))).as("bit %d", bit).isFalse();
        }
        assertThat(identity.publicKey().verifies("meshe".getBytes(StandardCharsets.US_ASCII), signature)).isFalse();
    }

    @Test
    void refusesSignaturesOfAnotherLength() {
        Identity identity = Identity.generate(new SplittableRandom(3));
        byte[] signature = identity.sign(MESSAGE).toArray();
        for (int length : new int[]{0, 1, 63, 65, 128}) {
            assertThat(identity.publicKey().verifies(MESSAGE, Bytes.copyOf(Arrays.copyOf(signature, length))))
                    .isFalse();
        }
    }

    @Test
    void takesOnlyThirtyTwoBytes() {
        for (int length : new int[]{0, 31, 33}) {
            byte[] bytes = new byte[length];
            assertThatIllegalArgumentException().isThrownBy(() -> Identity.ofSeed(bytes));
            assertThatIllegalArgumentException().isThrownBy(() -> TunnelPrivateKey.of(bytes));
            assertThatIllegalArgumentException().isThrownBy(() -> PublicKey.of(bytes));
            assertThatIllegalArgumentException().isThrownBy(() -> TunnelKey.of(bytes));
            assertThatIllegalArgumentException().isThrownBy(() -> PresharedKey.of(bytes));
        }
    }

    @Test
    void clampsTheScalar() {
        byte[] ones = new byte[32];
        Arrays.fill(ones, (byte) 0xff);
        byte[] clamped = TunnelPrivateKey.of(ones).copyOfSecret();
        assertThat(clamped[0]).isEqualTo((byte) 0xf8);
        assertThat(clamped[31]).isEqualTo((byte) 0x7f);
        assertThat(TunnelPrivateKey.of(ones)).isEqualTo(TunnelPrivateKey.of(clamped));
    }

    @Test
    void tunnelKeysAgreeOnASecret() {
        TunnelPrivateKey a = Identity.generate(new SplittableRandom(4)).tunnelPrivateKey();
        TunnelPrivateKey b = Identity.generate(new SplittableRandom(5)).tunnelPrivateKey();
        byte[] ab = new byte[32];
        byte[] ba = new byte[32];
        X25519.scalarMult(a.copyOfSecret(), 0, b.publicKey().bytes(), 0, ab, 0);
        X25519.scalarMult(b.copyOfSecret(), 0, a.publicKey().bytes(), 0, ba, 0);
        assertThat(ab).isEqualTo(ba);
    }

    @Test
    void destroyedSecretsAreOfNoUse() {
        Identity identity = Identity.generate(new SplittableRandom(6));
        TunnelPrivateKey tunnel = identity.tunnelPrivateKey();
        PublicKey shown = identity.publicKey();
        identity.destroy();
        tunnel.destroy();
        assertThat(identity.publicKey()).isEqualTo(shown);
        assertThatIllegalStateException().isThrownBy(() -> identity.sign(MESSAGE));
        assertThatIllegalStateException().isThrownBy(identity::copyOfSeed);
        assertThatIllegalStateException().isThrownBy(identity::tunnelPrivateKey);
        assertThatIllegalStateException().isThrownBy(tunnel::copyOfSecret);
    }

    @Test
    void secretsPrintNothing() {
        Identity identity = Identity.ofSeed(HEX.parseHex(Known.COUNTING.seed));
        assertThat(identity).hasToString("Identity " + Known.COUNTING.peerId);
        assertThat(identity.tunnelPrivateKey()).hasToString("TunnelPrivateKey");
        assertThat(PresharedKey.of(new byte[32])).hasToString("PresharedKey");
    }

    @Test
    void copiesShareNothing() {
        byte[] given = HEX.parseHex(Known.COUNTING.seed).clone();
        Identity identity = Identity.ofSeed(given);
        Arrays.fill(given, (byte) 9);
        Arrays.fill(identity.copyOfSeed(), (byte) 9);
        Arrays.fill(identity.publicKey().bytes(), (byte) 9);
        assertThat(identity.copyOfSeed()).isEqualTo(HEX.parseHex(Known.COUNTING.seed));
        assertThat(identity.publicKey().bytes()).isEqualTo(HEX.parseHex(Known.COUNTING.publicKey));
    }

    @Test
    void readsExactPeerIdsOnly() {
        String id = Known.COUNTING.peerId;
        assertThat(PublicKey.ofPeerId(id.substring(1))).isNull();
        assertThat(PublicKey.ofPeerId(id + "a")).isNull();
        assertThat(PublicKey.ofPeerId("A" + id.substring(1))).isNull();
        assertThat(PublicKey.ofPeerId("1" + id.substring(1))).isNull();
        // 52 characters hold 260 bits; the last four must be zero.
        assertThat(PublicKey.ofPeerId(id.substring(0, 51) + "b")).isNull();
        assertThat(PublicKey.ofPeerId("")).isNull();
    }
}

package io.meshd.tunnel;

import static io.meshd.tunnel.Vectors.hex;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.protocol.TransportHeader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrimitivesTest {
    @Test
    void hashesTheKnownAnswersOfKeyedBlake2s() {
        List<String> lines = Vectors.lines("blake2s-kat.txt");
        int cases = 0;
        for (int i = 0; i + 2 < lines.size(); i++) {
            if (lines.get(i).startsWith("in:")) {
                byte[] in = hex(value(lines.get(i)));
                byte[] key = hex(value(lines.get(i + 1)));
                assertThat(Blake2s.keyedHash(key, in)).isEqualTo(hex(value(lines.get(i + 2))));
                cases++;
            }
        }
        assertThat(cases).isEqualTo(256);
    }

    private static String value(String line) {
        return line.substring(line.indexOf(':') + 1).strip();
    }

    @Test
    void hashesPlainBlake2sAsRfc7693AppendixBSays() {
        byte[] abc = {'a', 'b', 'c'};

        assertThat(HexFormat.of().formatHex(Blake2s.hash(abc)))
                .isEqualTo("508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982");
        assertThat(Blake2s.hash(new byte[]{'a'}, new byte[]{'b', 'c'})).isEqualTo(Blake2s.hash(abc));
    }

    @Test
    void derivesEachOutputOfTheKdfFromTheOnesBefore() {
        byte[] chainingKey = new byte[32];
        byte[] input = {1, 2, 3};
        byte[] secret = Blake2s.hmac(chainingKey, input);

        byte[][] outputs = Blake2s.kdf(3, chainingKey, input);

        assertThat(outputs[0]).isEqualTo(Blake2s.hmac(secret, new byte[]{1}));
        assertThat(outputs[1]).isEqualTo(Blake2s.hmac(secret, Blake2s.concat(outputs[0], new byte[]{2})));
        assertThat(outputs[2]).isEqualTo(Blake2s.hmac(secret, Blake2s.concat(outputs[1], new byte[]{3})));
        assertThat(Blake2s.kdf(1, chainingKey, input)[0]).isEqualTo(outputs[0]);
    }

    /** Outputs of the hmac and hashlib modules of Python 3.11, which share no code with this. */
    @ParameterizedTest
    @CsvSource({
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f,6d65736864,"
                    + "114c4032684709c2c118ed1ed5f3e2c9fe8569ef564bb7936a33adc506b833d5,"
                    + "d252b7b1f0c007c89777407be8a57fa7d0b0049d854f643c0063c88dde407737,"
                    + "ed3bfe1b3115f423ba46a2d9c5594b003c3a5fc5f306857b6842afc7c1e7d619",
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff,'',"
                    + "2242fd0f7a754a7597f2b500c91e28b9ccdad38b7b341d867eaeaf1e5f0768ec,"
                    + "6b767b8871518e98ddb3bac72e12e89d5b7f3a42b289a82ad66551c4b893b6b5,"
                    + "e9e562cb794059bcfdbf8abf3c3669b42c8d9cc47134773311ff467e00619339"})
    void derivesWhatOtherProgramsDerive(String chainingKey, String input, String first, String second, String third) {
        byte[][] outputs = Blake2s.kdf(3, hex(chainingKey), hex(input));

        assertThat(outputs).isDeepEqualTo(new byte[][]{hex(first), hex(second), hex(third)});
        assertThat(Blake2s.kdf(2, hex(chainingKey), hex(input))[1]).isEqualTo(hex(second));
        assertThat(Blake2s.kdf(1, hex(chainingKey), hex(input))[0]).isEqualTo(hex(first));
    }

    @Test
    void agreesWithWycheproofOnX25519AndRefusesEveryZeroResult() {
        Curve25519 curve = new Curve25519();
        int refused = 0;
        for (JsonNode test : Vectors.wycheproof("x25519_test.json")) {
            byte[] expected = hex(test, "shared");
            byte[] shared = curve.agree(hex(test, "private"), hex(test, "public"));
            if (Arrays.equals(expected, new byte[32])) {
                assertThat(shared).as(test.toString()).isNull();
                refused++;
            } else {
                assertThat(shared).as(test.toString()).isEqualTo(expected);
            }
        }
        assertThat(refused).isEqualTo(31);
        assertThat(curve.operations()).isEqualTo(518);
    }

    @Test
    void agreesWithWycheproofOnChaCha20Poly1305() {
        int valid = 0;
        int forged = 0;
        for (JsonNode test : Vectors.wycheproof("chacha20_poly1305_test.json")) {
            byte[] nonce = hex(test, "iv");
            if (nonce.length != 12) {
                continue; // WireGuard has no other
            }
            byte[] key = hex(test, "key");
            byte[] associated = hex(test, "aad");
            byte[] sealed = Blake2s.concat(hex(test, "ct"), hex(test, "tag"));
            byte[] opened = HandshakeCipher.open(key, nonce, associated, sealed);
            if (test.get("result").asText().equals("valid")) {
                assertThat(opened).isEqualTo(hex(test, "msg"));
                assertThat(HandshakeCipher.seal(key, nonce, associated, hex(test, "msg"))).isEqualTo(sealed);
                valid++;
            } else {
                assertThat(opened).isNull();
                forged++;
            }
        }
        assertThat(valid).isGreaterThan(200);
        assertThat(forged).isGreaterThan(40);
    }

    @Test
    void sealsCookiesAsTheDraftOfXChaCha20Poly1305Says() {
        // draft-irtf-cfrg-xchacha-03, appendix A.3.1
        byte[] key = hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
        byte[] nonce = hex("404142434445464748494a4b4c4d4e4f5051525354555657");
        byte[] associated = hex("50515253c0c1c2c3c4c5c6c7");
        byte[] plaintext = ("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future,"
                + " sunscreen would be it.").getBytes(StandardCharsets.US_ASCII);

        byte[] sealed = HandshakeCipher.sealExtended(key, nonce, associated, plaintext);

        assertThat(HexFormat.of().formatHex(sealed)).startsWith("bd6d179d3e83d43b9576579493c0e939")
                .endsWith("c0875924c1c7987947deafd8780acf49");
        assertThat(HandshakeCipher.openExtended(key, nonce, associated, sealed)).isEqualTo(plaintext);
        sealed[0] ^= 1;
        assertThat(HandshakeCipher.openExtended(key, nonce, associated, sealed)).isNull();
    }

    @Test
    void opensWhatItSealedWithEveryPadding() {
        TransportCipher cipher = new TransportCipher();
        SplittableRandom random = new SplittableRandom(3);
        byte[] secret = new byte[32];
        random.nextBytes(secret);
        SessionKey key = new SessionKey(secret);
        for (int length = 0; length < 70; length++) {
            int padding = DataPath.padding(length, 1420);
            byte[] inner = new byte[length];
            random.nextBytes(inner);
            byte[] sealed = new byte[length + padding + TransportHeader.TAG_BYTES];
            byte[] opened = new byte[length + padding];

            assertThat(cipher.seal(key, length, inner, 0, length, padding, sealed, 0)).isEqualTo(sealed.length);
            assertThat(cipher.open(key, length, sealed, 0, sealed.length, opened, 0)).isEqualTo(opened.length);

            assertThat(opened).isEqualTo(Arrays.copyOf(inner, opened.length));
            sealed[sealed.length - 1] ^= 1;
            assertThat(cipher.open(key, length, sealed, 0, sealed.length, opened, 0)).isEqualTo(-1);
        }
    }

    @Test
    void neitherSealsNorOpensWithAWipedKey() {
        byte[] secret = new byte[32];
        Arrays.fill(secret, (byte) 7);
        SessionKey key = new SessionKey(secret);
        TransportCipher cipher = new TransportCipher();
        byte[] sealed = new byte[32];
        cipher.seal(key, 0, new byte[16], 0, 16, 0, sealed, 0);

        key.destroy();

        assertThat(secret).containsOnly(0);
        assertThat(cipher.seal(key, 1, new byte[16], 0, 16, 0, new byte[32], 0)).isEqualTo(TransportCipher.REFUSED);
        assertThat(cipher.open(key, 0, sealed, 0, 32, new byte[16], 0)).isEqualTo(TransportCipher.REFUSED);
        assertThat(key.getEncoded()).isEmpty();
    }

    @Test
    void padsToSixteenButNeverBeyondTheMtu() {
        assertThat(DataPath.padding(0, 1420)).isZero();
        assertThat(DataPath.padding(1, 1420)).isEqualTo(15);
        assertThat(DataPath.padding(16, 1420)).isZero();
        assertThat(DataPath.padding(1297, 1299)).isEqualTo(2);
        assertThat(DataPath.padding(1410, 1420)).isEqualTo(10);
        assertThat(DataPath.padding(1420, 1420)).isZero();
        assertThat(DataPath.padding(1421, 1420)).isZero();
    }

    @Test
    void printsNoSecret() {
        byte[] secret = new byte[32];
        Arrays.fill(secret, (byte) 0x5a);
        assertThat(new SessionKey(secret).toString()).doesNotContain("5a").isEqualTo("SessionKey");
    }
}

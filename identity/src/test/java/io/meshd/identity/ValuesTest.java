package io.meshd.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
    /** RFC 4648 section 10, in lower case and without padding. */
    @ParameterizedTest
    @CsvSource({"'',''", "f,my", "fo,mzxq", "foo,mzxw6", "foob,mzxw6yq", "fooba,mzxw6ytb", "foobar,mzxw6ytboi"})
    void base32MatchesTheStandard(String plain, String encoded) {
        byte[] bytes = plain.getBytes(StandardCharsets.US_ASCII);
        assertThat(Base32.encode(bytes)).isEqualTo(encoded);
        assertThat(Base32.decode(encoded)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"m", "mz", "mzx", "MY", "my======", "m1", "m0", "mzxw6ytbo", "a", "aaa", "aaaaaa"})
    void base32HasOneTextForEachValue(String text) {
        assertThat(Base32.decode(text)).isNull();
    }

    @Test
    void base32EqualsTheNumberInBase32() {
        Seeds.forAll(500, random -> {
            byte[] bytes = Seeds.bytes(random, 5 * (1 + random.nextInt(10)));
            String digits = new BigInteger(1, bytes).toString(32);
            StringBuilder expected = new StringBuilder("a".repeat(bytes.length / 5 * 8 - digits.length()));
            digits.chars().forEach(c -> expected.append(
                    "abcdefghijklmnopqrstuvwxyz234567".charAt(Character.digit(c, 32))));
            assertThat(Base32.encode(bytes)).isEqualTo(expected.toString());
            assertThat(Base32.decode(expected.toString())).isEqualTo(bytes);
        });
    }

    @Test
    void base64HasOneTextForEachValue() {
        String text = Base64Text.encode(new byte[32]);
        assertThat(Base64Text.decode(text, 32)).isEqualTo(new byte[32]);
        for (String other : List.of(text.substring(0, 43), text + "=", text.replace("=", ""), text.replace("A=", "B="),
                " " + text.substring(1), text.replaceFirst("A", "-"), text.replaceFirst("A", "é"), "", "====")) {
            assertThat(Base64Text.decode(other, 32)).as(other).isNull();
        }
        assertThat(Base64Text.decode(text, 31)).isNull();
    }

    @Test
    void presharedKeysAreReadFromTheFileOfWg() {
        byte[] secret = Seeds.key(1).bytes();
        String text = Base64Text.encode(secret);
        PresharedKey expected = PresharedKey.of(secret);
        for (String file : List.of(text, text + "\n", "  " + text + " \r\n\n")) {
            assertThat(PresharedKey.ofBase64(file.getBytes(StandardCharsets.US_ASCII))).isEqualTo(expected);
        }
        for (String file : List.of("", "\n", text + "x", text + "\n" + text)) {
            assertThat(PresharedKey.ofBase64(file.getBytes(StandardCharsets.US_ASCII))).isNull();
        }
        expected.destroy();
        assertThat(expected.copyOfSecret()).containsOnly(0);
    }

    @Test
    void tunnelKeysAreReadAsWgPrintsThem() {
        TunnelKey key = Seeds.key(1).tunnelKey();
        assertThat(TunnelKey.ofBase64(key.base64())).isEqualTo(key);
        assertThat(TunnelKey.ofBase64(key.base64().toLowerCase(Locale.ROOT) + "=")).isNull();
        assertThat(key).hasToString(key.base64()).hasSameHashCodeAs(TunnelKey.of(key.bytes()));
    }

    @Test
    void keysAreOrderedAsUnsignedBytes() {
        byte[] low = new byte[32];
        byte[] high = new byte[32];
        low[0] = 0x7f;
        high[0] = (byte) 0x80;
        assertThat(PublicKey.of(low)).isLessThan(PublicKey.of(high));
        assertThat(TunnelKey.of(low)).isLessThan(TunnelKey.of(high));
    }

    @Test
    void bytesAreValues() {
        byte[] source = {1, 2, 3, 4};
        Bytes bytes = Bytes.copyOf(source, 1, 2);
        source[1] = 9;
        assertThat(bytes).isEqualTo(Bytes.copyOf(new byte[]{2, 3})).hasToString("0203");
        assertThat(bytes.at(1)).isEqualTo((byte) 3);
        assertThat(bytes.length()).isEqualTo(2);
        byte[] target = new byte[4];
        bytes.copyInto(target, 2);
        assertThat(target).containsExactly(0, 0, 2, 3);
        bytes.toArray()[0] = 7;
        assertThat(bytes.at(0)).isEqualTo((byte) 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "0", "alpha", "a.b_c-d", "node-1", "9.example"})
    void validNamesStayAsTheyAre(String name) {
        assertThat(NodeName.isValid(name)).isTrue();
        assertThat(NodeName.fit(name)).isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource({"'',node", "Alpha,alpha", "' My Laptop ',my-laptop", "_x,x", "ö,node", "a/b,a-b", "../x.pub,x.pub",
            "-.-,node", "A---b,a-b", "Müllers PC,m-llers-pc", "a b--,a-b", "ÀLPHA,lpha"})
    void otherNamesAreMadeToFit(String text, String expected) {
        assertThat(NodeName.isValid(text)).isFalse();
        assertThat(NodeName.fit(text)).isEqualTo(expected);
    }

    @Test
    void fittedNamesAreValid() {
        assertThat(NodeName.isValid("a".repeat(63))).isTrue();
        assertThat(NodeName.isValid("a".repeat(64))).isFalse();
        assertThat(NodeName.fit("A".repeat(70))).isEqualTo("a".repeat(63));
        assertThat(NodeName.fit("a".repeat(62) + "-" + "b")).isEqualTo("a".repeat(62));
        Seeds.forAll(5_000, random -> {
            String text = Seeds.mutated(random, "Some Host.example_9");
            assertThat(NodeName.isValid(text)).isEqualTo(text.matches(NodeName.RULE));
            assertThat(NodeName.fit(text)).matches(NodeName.RULE);
            assertThat(NodeName.fit(NodeName.fit(text))).isEqualTo(NodeName.fit(text));
        });
    }

    @ParameterizedTest
    @CsvSource({"prefx,prefix", "perfix,prefix", "prefixes,prefix", "realy,relay", "intorducer,introducer", "sed,seed",
            "psk_file,psk-file", "expire,expires"})
    void proposesTheNearestWord(String word, String expected) {
        List<String> known = List.of("prefix", "relay", "introducer", "expires", "seed", "psk-file");
        assertThat(Suggestion.nearest(word, known)).isEqualTo(expected);
        assertThat(Suggestion.hint(word, known)).isEqualTo("; did you mean \"" + expected + "\"?");
    }

    @Test
    void proposesNothingFarFetched() {
        List<String> known = List.of("prefix", "relay", "seed");
        for (String word : List.of("", "xyz", "mtu", "command", "p".repeat(1000))) {
            assertThat(Suggestion.hint(word, known)).as(word).isEmpty();
        }
    }

    @Test
    void parsedTextsSayWhatWasWrong() {
        Parsed<String> wrong = new Parsed.Invalid<>(List.of(new Fault(0, "first"), new Fault(3, "second")));
        assertThat(wrong.orNull()).isNull();
        assertThatIllegalArgumentException().isThrownBy(wrong::orThrow).withMessage("first; line 3: second");
        assertThatIllegalArgumentException().isThrownBy(() -> new Parsed.Invalid<String>(List.of()));
        assertThat(Parsed.valid("x").orThrow()).isEqualTo("x");
    }
}

package io.meshd.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class IdentityFileTest {
    private static final Identity IDENTITY = Identity.generate(new SplittableRandom(1));
    private static final String CONTENT = new String(IdentityFile.write(IDENTITY), StandardCharsets.US_ASCII);

    @Test
    void readsWhatItWrites() {
        assertThat(parse(CONTENT)).isEqualTo(Parsed.valid(IDENTITY));
        assertThat(CONTENT.lines().filter(line -> !line.startsWith("#")).map(line -> line.split(" = ", 2)[0]))
                .containsExactly("format", "seed", "public_key", "peer_id", "fingerprint");
    }

    @Test
    void blanksCommentsOrderAndLineEndsDoNotMatter() {
        List<String> lines = CONTENT.lines().toList().reversed();
        assertThat(parse("\r\n# comment\r\n" + String.join("\r\n", lines))).isEqualTo(Parsed.valid(IDENTITY));
        assertThat(parse(CONTENT.replace(" = ", "="))).isEqualTo(Parsed.valid(IDENTITY));
        assertThat(parse(CONTENT.replace(" = ", " \t=  "))).isEqualTo(Parsed.valid(IDENTITY));
    }

    @Test
    void derivedLinesBelongToTheSeed() {
        PublicKey other = Seeds.key(7);
        PublicKey own = IDENTITY.publicKey();
        assertFault(CONTENT.replace(own.base64(), other.base64()),
                "line 4: public_key does not belong to the seed, whose public_key is " + own.base64());
        assertFault(CONTENT.replace(own.peerId(), other.peerId()),
                "line 5: peer_id does not belong to the seed, whose peer_id is " + own.peerId());
        assertFault(CONTENT.replace(own.fingerprint(), other.fingerprint()),
                "line 6: fingerprint does not belong to the seed, whose fingerprint is " + own.fingerprint());
    }

    @Test
    void everyLineIsNeededOnce() {
        for (String key : List.of("format", "seed", "public_key", "peer_id", "fingerprint")) {
            String without = CONTENT.replaceAll("(?m)^" + key + " = .*\n", "");
            assertFault(without, key + " is missing");
            String line = CONTENT.lines().filter(text -> text.startsWith(key + " ")).findFirst().orElseThrow();
            assertThat(messages(CONTENT + line)).contains("line 7: " + key + " is given twice");
        }
        assertThat(messages("")).contains("format is missing").contains("seed is missing");
    }

    @Test
    void unknownThingsAreRefused() {
        assertFault(CONTENT + "finger_print = x\n", "line 7: unknown key; did you mean \"fingerprint\"?");
        assertFault(CONTENT + "comment = x\n", "line 7: unknown key");
        assertFault(CONTENT + "nonsense\n", "line 7: expected \"key = value\"");
        assertFault(CONTENT.replace("identity-v1", "identity-v2"), "line 2: expected format = meshd-identity-v1");
        assertThat(parse("#".repeat(20_000))).isInstanceOf(Parsed.Invalid.class);
    }

    @Test
    void noFaultRepeatsTheSeed() {
        String seed = CONTENT.lines().filter(line -> line.startsWith("seed = ")).findFirst().orElseThrow()
                .substring("seed = ".length());
        for (String broken : List.of(CONTENT.replace("seed = ", "sed = "), CONTENT.replace("seed = ", ""),
                CONTENT.replace("seed = ", "seed = x"), CONTENT.replace(seed, seed.substring(0, 40)))) {
            assertThat(parse(broken)).isInstanceOf(Parsed.Invalid.class);
            assertThat(messages(broken)).doesNotContain(seed.substring(0, 12));
        }
    }

    @Test
    void survivesMutation() {
        Seeds.forAll(3_000, random -> {
            String mutated = Seeds.mutated(random, CONTENT);
            if (parse(mutated) instanceof Parsed.Valid<Identity>(var identity)) {
                assertThat(identity).isEqualTo(IDENTITY);
            }
        });
    }

    private static void assertFault(String content, String message) {
        assertThat(messages(content)).isEqualTo(message);
    }

    private static String messages(String content) {
        return parse(content) instanceof Parsed.Invalid<Identity> invalid ? invalid.message() : "valid";
    }

    private static Parsed<Identity> parse(String content) {
        return IdentityFile.parse(content.getBytes(StandardCharsets.ISO_8859_1));
    }
}

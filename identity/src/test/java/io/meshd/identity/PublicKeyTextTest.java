package io.meshd.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class PublicKeyTextTest {
    /** The second key of IdentityTest; {@code ssh-keygen -l} reads this line and prints the fingerprint below. */
    private static final String LINE = "ssh-ed25519 "
            + "AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4 alpha node";
    private static final OpenSshKey KEY = OpenSshKey.parse(LINE).orThrow();

    @Test
    void readsAndWritesOpenSshLines() {
        assertThat(KEY.key().fingerprint()).isEqualTo("SHA256:lbmsoA0yIEcEiVDRnMWuzm+nV+3ZEEpVIURqFoeSspg");
        assertThat(KEY.comment()).isEqualTo("alpha node");
        assertThat(KEY.line()).isEqualTo(LINE);
        assertThat(OpenSshKey.parse("  " + LINE.replace(" A", "\t A") + " \t")).isEqualTo(Parsed.valid(KEY));
        OpenSshKey bare = new OpenSshKey(KEY.key(), "");
        assertThat(OpenSshKey.parse(bare.line())).isEqualTo(Parsed.valid(bare));
    }

    @Test
    void theBlobHoldsExactlyTheKey() {
        byte[] blob = Base64.getDecoder().decode(LINE.split(" ", 3)[1]);
        for (int at = 0; at < 19; at++) {
            byte[] changed = blob.clone();
            changed[at]++;
            assertThat(OpenSshKey.parse("ssh-ed25519 " + Base64Text.encode(changed))).as("byte %d", at)
                    .isInstanceOf(Parsed.Invalid.class);
        }
        byte[] longer = Arrays.copyOf(blob, blob.length + 3);
        assertThat(OpenSshKey.parse("ssh-ed25519 " + Base64Text.encode(longer))).isInstanceOf(Parsed.Invalid.class);
    }

    @Test
    void otherLinesAreRefusedWithWhatWasExpected() {
        assertThat(OpenSshKey.parse("ssh-rsa AAAAB3NzaC1yc2E= x"))
                .isEqualTo(Parsed.invalid("keys of type ssh-rsa cannot be used; expected ssh-ed25519"));
        assertThat(OpenSshKey.parse("ssh-ed25519")).isEqualTo(
                Parsed.invalid("the key after ssh-ed25519 is missing"));
        assertThat(OpenSshKey.parse("")).isEqualTo(Parsed.invalid("expected a line that begins with ssh-ed25519"));
        assertThat(OpenSshKey.parse("-----BEGIN OPENSSH PRIVATE KEY-----")).isEqualTo(
                Parsed.invalid("this is the private half of a key; expected the line of its .pub file"));
        assertThat(OpenSshKey.parse(LINE + "\u0007")).isInstanceOf(Parsed.Invalid.class);
        assertThat(OpenSshKey.parse(LINE + "\n")).isInstanceOf(Parsed.Invalid.class);
        assertThatIllegalArgumentException().isThrownBy(() -> new OpenSshKey(KEY.key(), "a\nb"));
        assertThatIllegalArgumentException().isThrownBy(() -> new OpenSshKey(KEY.key(), " a"));
    }

    @Test
    void recognisesEachForm() {
        assertRecognised(LINE, PublicKeyText.Form.OPENSSH, "alpha node");
        assertRecognised("# a comment\r\n\r\n" + LINE + "\r\n", PublicKeyText.Form.OPENSSH, "alpha node");
        assertRecognised(KEY.key().base64(), PublicKeyText.Form.BASE64, "");
        assertRecognised(" " + KEY.key().peerId() + "\n", PublicKeyText.Form.PEER_ID, "");
    }

    private static void assertRecognised(String text, PublicKeyText.Form form, String comment) {
        assertThat(PublicKeyText.parse(text)).isEqualTo(new PublicKeyText.Recognised(KEY.key(), form, comment));
    }

    @Test
    void saysWhatWasExpected() {
        assertRefused("", "expected one key, not 0 lines");
        assertRefused(LINE + "\n" + LINE, "expected one key, not 2 lines");
        assertRefused("-----BEGIN OPENSSH PRIVATE KEY-----\nxyz\n", "this is the private half of a key");
        assertRefused("alpha", "expected \"ssh-ed25519 <base64> <name>\", base64 of 32 bytes, or a peer_id");
        assertRefused(KEY.key().fingerprint(), "a fingerprint is no key");
        assertRefused(KEY.key().peerId().toUpperCase(Locale.ROOT), "a peer_id is in lower case: ");
        assertRefused("ssh-rsa AAAA x", "keys of type ssh-rsa cannot be used");
        assertRefused("wireguard-x25519 AAAA x", "keys of type wireguard-x25519 cannot be used");
    }

    @Test
    void weakKeysAreRefusedInEveryForm() {
        PublicKey weak = PublicKey.of(new byte[32]);
        for (String text : List.of(weak.base64(), weak.peerId(), new OpenSshKey(weak, "x").line())) {
            assertRefused(text, "the key is a point of small order");
        }
    }

    private static void assertRefused(String text, String beginning) {
        assertThat(PublicKeyText.parse(text)).isInstanceOfSatisfying(PublicKeyText.Refused.class,
                refused -> assertThat(refused.message()).startsWith(beginning));
    }

    @Test
    void survivesMutation() {
        List<String> originals = List.of(LINE, KEY.key().base64(), KEY.key().peerId());
        Seeds.forAll(3_000, random -> {
            String mutated = Seeds.mutated(random, originals.get(random.nextInt(originals.size())));
            if (PublicKeyText.parse(mutated) instanceof PublicKeyText.Recognised(var key, var _, var comment)) {
                OpenSshKey written = new OpenSshKey(key, comment);
                assertThat(OpenSshKey.parse(written.line())).isEqualTo(Parsed.valid(written));
            }
        });
    }
}

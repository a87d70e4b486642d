package io.meshd.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meshd.identity.HostPort;
import io.meshd.identity.Identity;
import io.meshd.identity.Prefix;
import io.meshd.testing.Property;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The line that `invite` prints: whole, or found out. */
class InvitationTokenTest {
    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private static InvitationToken token(SplittableRandom random) {
        Identity inviter = Identity.generate(random);
        Identity guest = Identity.generate(random);
        return InvitationToken.issue(inviter, guest,
                Samples.invitation(random, inviter.publicKey(), guest.publicKey()));
    }

    private static InvitationToken genuine(String text) {
        assertThat(InvitationToken.read(text)).isInstanceOf(InvitationToken.Genuine.class);
        return ((InvitationToken.Genuine) InvitationToken.read(text)).token();
    }

    @Test
    void saysWhatItWasGivenAndHoldsTheSecret() {
        Property.forAll(200, random -> {
            InvitationToken issued = token(random);
            InvitationToken read = genuine("  " + issued.text() + "\n");
            assertThat(read.invitation()).isEqualTo(issued.invitation());
            assertThat(read.guest().publicKey()).isEqualTo(issued.invitation().guest());
            assertThat(read.guest()).isEqualTo(issued.guest());
            assertThat(read.text()).isEqualTo(issued.text());
        });
    }

    @Test
    void anyOtherCharacterAnywhereIsFoundOut() {
        SplittableRandom random = new SplittableRandom(5);
        String text = token(random).text();
        for (int at = InvitationToken.SCHEME.length(); at < text.length(); at++) {
            char other = LETTERS.charAt((LETTERS.indexOf(text.charAt(at)) + 1 + random.nextInt(63)) % 64);
            String altered = text.substring(0, at) + other + text.substring(at + 1);
            assertThat(InvitationToken.read(altered)).as("at %d", at)
                    .isNotInstanceOf(InvitationToken.Genuine.class);
            assertThat(InvitationToken.read(text.substring(0, at))).isInstanceOf(InvitationToken.Altered.class);
        }
        assertThat(InvitationToken.read(text + "A")).isInstanceOf(InvitationToken.Altered.class);
        assertThat(InvitationToken.read(text + "=")).isInstanceOf(InvitationToken.Altered.class);
    }

    @Test
    void everythingElseIsNoToken() {
        assertThat(InvitationToken.read("")).isInstanceOf(InvitationToken.NoToken.class);
        assertThat(InvitationToken.read("beta.token")).isInstanceOf(InvitationToken.NoToken.class);
        assertThat(InvitationToken.read("https://mesh.example")).isInstanceOf(InvitationToken.NoToken.class);
        assertThat(InvitationToken.read(InvitationToken.SCHEME)).isInstanceOf(InvitationToken.Altered.class);
        assertThat(InvitationToken.read(InvitationToken.SCHEME + "A".repeat(10_000)))
                .isInstanceOf(InvitationToken.Altered.class);
        byte[] later = new byte[200];
        later[0] = 2;
        assertThat(InvitationToken.read(InvitationToken.SCHEME
                + Base64.getUrlEncoder().withoutPadding().encodeToString(later)))
                .isInstanceOf(InvitationToken.OfLaterVersion.class);
    }

    @Test
    void signatureOfAnotherIsNone() {
        SplittableRandom random = new SplittableRandom(6);
        InvitationToken honest = token(random);
        InvitationToken other = token(random);
        byte[] body = bytes(honest);
        byte[] foreign = bytes(other);
        System.arraycopy(foreign, foreign.length - 64, body, body.length - 64, 64);
        assertThat(InvitationToken.read(text(body))).isInstanceOf(InvitationToken.Altered.class);
        Identity inviter = Identity.generate(random);
        assertThatThrownBy(() -> InvitationToken.issue(inviter, honest.guest(), honest.invitation()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static byte[] bytes(InvitationToken token) {
        return Base64.getUrlDecoder().decode(token.text().substring(InvitationToken.SCHEME.length()));
    }

    private static String text(byte[] bytes) {
        return InvitationToken.SCHEME + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    @Test
    void fullestOneStillIsALineAndAnOverfullOneIsRefused() {
        SplittableRandom random = new SplittableRandom(7);
        Identity inviter = Identity.generate(random);
        Identity guest = Identity.generate(random);
        List<Prefix> prefixes = Collections.nCopies(16, Prefix.parse("fd00::/64").orThrow());
        String name = "n".repeat(63);
        List<HostPort> v6 = Collections.nCopies(16, HostPort.parse("[fd00::1]:51821").orThrow());
        Invitation full = new Invitation(inviter.publicKey(), guest.publicKey(), name, name, prefixes, true, List.of(),
                name, prefixes, true, 1, v6);
        assertThat(genuine(InvitationToken.issue(inviter, guest, full).text()).invitation()).isEqualTo(full);
        String long1 = String.join(".", Collections.nCopies(4, "l".repeat(60))) + ":1";
        Invitation overfull = new Invitation(inviter.publicKey(), guest.publicKey(), name, name, prefixes, true,
                List.of(), name, prefixes, true, 1, Collections.nCopies(16, HostPort.parse(long1).orThrow()));
        assertThatThrownBy(() -> InvitationToken.issue(inviter, guest, overfull))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("give it less");
    }

    @Test
    void printsNoSecretAndIsWiped() {
        InvitationToken token = token(new SplittableRandom(8));
        byte[] secret = Arrays.copyOfRange(bytes(token), 1, 33);
        assertThat(token.guest().copyOfSeed()).isEqualTo(secret);
        assertThat(token.toString()).doesNotContain(token.text().substring(8, 60)).contains("InvitationToken");
        token.destroy();
        assertThatThrownBy(() -> token.guest().copyOfSeed()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void joinIsOfOneGuestOneInviterOneNetworkAndOneName() {
        SplittableRandom random = new SplittableRandom(9);
        Identity newcomer = Identity.generate(random);
        Identity guest = Identity.generate(random);
        Identity inviter = Identity.generate(random);
        Frame.Join join = JoinStatement.sign(newcomer, guest.publicKey(), inviter.publicKey(), "home-net", "beta");
        assertThat(JoinStatement.verify(join, guest.publicKey(), inviter.publicKey())).isTrue();
        assertThat(JoinStatement.verify(join, inviter.publicKey(), guest.publicKey())).isFalse();
        assertThat(JoinStatement.verify(join, newcomer.publicKey(), inviter.publicKey())).isFalse();
        assertThat(JoinStatement.verify(new Frame.Join(guest.publicKey(), "home-net", "beta", join.signature()),
                guest.publicKey(), inviter.publicKey())).isFalse();
        assertThat(JoinStatement.verify(new Frame.Join(join.newcomer(), "other", "beta", join.signature()),
                guest.publicKey(), inviter.publicKey())).isFalse();
        assertThat(JoinStatement.verify(new Frame.Join(join.newcomer(), "home-net", "root", join.signature()),
                guest.publicKey(), inviter.publicKey())).isFalse();
    }
}

package io.meshd.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.config.ConfigLoader;
import io.meshd.daemon.config.Overrides;
import io.meshd.daemon.config.Revocations;
import io.meshd.daemon.files.Home;
import io.meshd.identity.Identity;
import io.meshd.identity.OpenSshKey;
import io.meshd.identity.OverlayAddresses;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.identity.TrustedPeer;
import io.meshd.protocol.Introduction;
import io.meshd.protocol.IntroductionSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whom introducers name has a file; whom none names any more has none. */
final class IntroducingTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    @TempDir
    private Path directory;

    private final SplittableRandom random = new SplittableRandom(4);
    private final Identity alpha = Identity.generate(random);
    private final Identity beta = Identity.generate(random);
    private final EventLog log = new EventLog();
    private Home home = Home.at(Path.of("/"));
    private Introducing introducing = new Introducing(home, () -> NOW, new Inbox(), log, Set::of);

    @BeforeEach
    void configure() throws IOException {
        home = Home.at(directory.resolve("home"));
        Files.createDirectories(home.state());
        Files.createDirectories(home.operatorTrust());
        Files.writeString(home.config(),
                "[node]\nname = \"gamma\"\nnetwork_id = \"home-net\"\n[tun]\nenabled = false\n");
        introducing = new Introducing(home, () -> NOW, new Inbox(), log, Set::of);
        trust("alpha", alpha, "introducer ");
    }

    private void trust(String name, Identity who, String options) throws IOException {
        Files.writeString(file(name), options + new OpenSshKey(who.publicKey(), "").line() + "\n");
    }

    private Path file(String name) {
        return home.operatorTrust().resolve(name + ".pub");
    }

    private Sources.Loaded loaded() {
        try {
            Sources.Loaded loaded = new Sources(home, new ConfigLoader(home, null, Overrides.NONE), () -> NOW).load();
            log.names(loaded.names(), loaded.tunnelNames());
            return loaded;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private Introduction says(Identity introducer, Identity of, String name, String... prefixes) {
        return Introduction.sign(introducer, of.publicKey(), "home-net", name,
                Stream.of(prefixes).map(text -> Prefix.parse(text).orThrow()).toList(), true, 1);
    }

    private void hear(Identity introducer, Introduction... introductions) {
        introducing.introduced(loaded(), introducer.publicKey(), List.of(introductions));
    }

    private PublicKey trustedAs(String name) {
        return loaded().trust().peers().stream().filter(peer -> peer.name().equals(name)).map(TrustedPeer::key)
                .findFirst().orElseThrow();
    }

    @Test
    void introducedPeerHasAFileThatNamesTheIntroducer() throws Exception {
        hear(alpha, says(alpha, beta, "beta", "10.42.1.0/24"));
        assertThat(trustedAs("beta")).isEqualTo(beta.publicKey());
        assertThat(Files.readString(file("beta"))).startsWith("# introduced by alpha, " + alpha.publicKey().peerId())
                .contains("\nprefix=\"10.42.1.0/24\",relay ssh-ed25519 ");
        assertThat(loaded().trust().peers().stream().filter(TrustedPeer::introducer).map(TrustedPeer::name))
                .containsExactly("alpha");
        byte[] before = Files.readAllBytes(file("beta"));
        hear(alpha, says(alpha, beta, "beta", "10.42.1.0/24"));
        assertThat(Files.readAllBytes(file("beta"))).isEqualTo(before);
    }

    @Test
    void withdrawnIntroductionTakesTheFileAway() {
        hear(alpha, says(alpha, beta, "beta"));
        hear(alpha);
        assertThat(file("beta")).doesNotExist();
        assertThat(file("alpha")).exists();
    }

    @Test
    void introducerThatLosesFlagOrTrustTakesItsPeersWithIt() throws Exception {
        hear(alpha, says(alpha, beta, "beta"));
        trust("alpha", alpha, "");
        introducing.trustChanged(loaded());
        assertThat(file("beta")).doesNotExist();

        trust("alpha", alpha, "introducer ");
        hear(alpha, says(alpha, beta, "beta"));
        assertThat(file("beta")).exists();
        Files.delete(file("alpha"));
        introducing.trustChanged(loaded());
        assertThat(file("beta")).doesNotExist();
    }

    @Test
    void whileTheIntroducerIsAwayNothingChanges() {
        hear(alpha, says(alpha, beta, "beta"));
        // A daemon that has just started has heard nobody.
        introducing = new Introducing(home, () -> NOW, new Inbox(), log, Set::of);
        introducing.trustChanged(loaded());
        assertThat(file("beta")).exists();
    }

    @Test
    void secondIntroducerKeepsWhomTheFirstWithdraws() throws Exception {
        Identity delta = Identity.generate(random);
        trust("delta", delta, "introducer ");
        hear(alpha, says(alpha, beta, "beta"));
        hear(delta, says(delta, beta, "beta"));
        hear(alpha);
        assertThat(Files.readString(file("beta"))).startsWith("# introduced by delta");
    }

    @Test
    void untrustedPeerIsNotBroughtBack() throws Exception {
        hear(alpha, says(alpha, beta, "beta"));
        Revocations.of(home).add(beta.publicKey(), NOW);
        Files.delete(file("beta"));
        hear(alpha, says(alpha, beta, "beta"));
        introducing.trustChanged(loaded());
        assertThat(file("beta")).doesNotExist();
    }

    @Test
    void whatContradictsTrustIsRefusedWithOneWarningAndChangesNothing() throws Exception {
        Identity other = Identity.generate(random);
        trust("omega", other, "prefix=\"10.42.1.0/25\" ");
        hear(alpha, says(alpha, beta, "beta", "10.42.1.0/24"));
        hear(alpha, says(alpha, beta, "beta", "10.42.1.0/24"));
        assertThat(file("beta")).doesNotExist();
        assertThat(log.warnings()).singleElement().asString().contains("alpha introduces beta, who is refused",
                "omega");

        Files.delete(file("omega"));
        introducing.trustChanged(loaded());
        assertThat(file("beta")).exists();
        assertThat(log.warnings()).isEmpty();
    }

    @Test
    void takenNameGetsABeginningOfTheKeyAndAKnownKeyIsLeftAlone() throws Exception {
        Identity other = Identity.generate(random);
        trust("beta", other, "");
        hear(alpha, says(alpha, beta, "beta"), says(alpha, other, "renamed", "10.9.0.0/16"));
        String longer = "beta-" + beta.publicKey().peerId().substring(0, 6);
        assertThat(trustedAs(longer)).isEqualTo(beta.publicKey());
        assertThat(trustedAs("beta")).isEqualTo(other.publicKey());
        assertThat(file("renamed")).doesNotExist();
        assertThat(log.warnings()).isEmpty();
    }

    @Test
    void defaultRouteIsForTheOperatorToGrant() throws Exception {
        hear(alpha, says(alpha, beta, "beta", "0.0.0.0/0", "10.42.1.0/24", "::/0"));
        assertThat(Files.readString(file("beta"))).contains("\nprefix=\"10.42.1.0/24\",relay ssh-ed25519 ");
        hear(alpha, says(alpha, beta, "beta", "0.0.0.0/0", "10.42.1.0/24", "::/0"));
        assertThat(log.warnings()).isEmpty();
    }

    @Test
    void forgedForeignAndOwnIntroductionsAreIgnored() throws Exception {
        Sources.Loaded loaded = loaded();
        Introduction honest = says(alpha, beta, "beta");
        Introduction forged = new Introduction(honest.introducer(), honest.node(), "home-net", "root",
                honest.prefixes(), true, 1, honest.signature());
        Introduction foreign = Introduction.sign(alpha, beta.publicKey(), "office", "beta", List.of(), false, 1);
        Introduction self = Introduction.sign(alpha, loaded.identity().publicKey(), "home-net", "gamma", List.of(),
                false,
                1);
        hear(alpha, forged, foreign, self);
        assertThat(files()).containsExactly(file("alpha"));
    }

    @Test
    void keyThatIsNoneIsIgnored() throws Exception {
        PublicKey neutral = PublicKey.of(bytes(1));
        PublicKey noPoint = PublicKey.of(bytes(2));
        hear(alpha, Introduction.sign(alpha, neutral, "home-net", "neutral", List.of(), false, 1),
                Introduction.sign(alpha, noPoint, "home-net", "none", List.of(), false, 1), says(alpha, beta, "beta"));
        assertThat(files()).containsExactlyInAnyOrder(file("alpha"), file("beta"));
        assertThat(loaded().reading().problems()).isEmpty();
    }

    private static byte[] bytes(int first) {
        byte[] bytes = new byte[PublicKey.BYTES];
        bytes[0] = (byte) first;
        return bytes;
    }

    @Test
    void statementsThatContradictEachOtherLeaveTrustWhole() throws Exception {
        Identity delta = Identity.generate(random);
        trust("delta", delta, "introducer ");
        Identity other = Identity.generate(random);
        byte[] twin = beta.publicKey().bytes();
        twin[PublicKey.BYTES - 1] ^= (byte) 0x80;
        hear(alpha, says(alpha, beta, "beta", "10.42.1.0/24"), says(alpha, beta, "beta-again", "10.42.1.0/24"),
                says(alpha, other, "beta", "10.42.0.0/16"),
                Introduction.sign(alpha, PublicKey.of(twin), "home-net", "twin", List.of(), false, 1));
        hear(delta, says(delta, beta, "delta-says", "10.42.1.0/24"), says(delta, other, "other", "10.43.0.0/16"));
        // As after a `rm`: both introducers speak for it at once.
        Files.delete(file("beta"));
        introducing.trustChanged(loaded());

        assertThat(loaded().reading().problems()).isEmpty();
        assertThat(trustedAs("beta")).isEqualTo(beta.publicKey());
        assertThat(trustedAs("other")).isEqualTo(other.publicKey());
        assertThat(files()).hasSize(4);
    }

    @Test
    void noStatementTakesADerivedAddressFromWhomOthersTrust() throws Exception {
        Identity omega = Identity.generate(random);
        trust("omega", omega, "");
        Prefix derived = Prefix.host(OverlayAddresses.DEFAULT.of(omega.publicKey()).getFirst());
        hear(alpha, says(alpha, beta, "beta", derived.toString()));
        assertThat(file("beta")).doesNotExist();
        hear(alpha, says(alpha, beta, "beta", "10.99.0.0/16"));
        assertThat(file("beta")).doesNotExist();
        assertThat(log.warnings()).singleElement().asString().contains("alpha introduces beta, who is refused",
                "from omega");
        TrustedPeer still = loaded().trust().peer(omega.publicKey());
        assertThat(still).isNotNull().satisfies(peer -> assertThat(peer.prefixes()).contains(derived));
    }

    @Test
    void asManyAsAnIntroducerMayNameAreAdmittedInOneGo() throws Exception {
        Introduction[] all = new Introduction[IntroductionSet.INTRODUCTIONS_MAX];
        for (int i = 0; i < all.length; i++) {
            all[i] = says(alpha, Identity.generate(random), "n" + i);
        }
        hear(alpha, all);
        assertThat(files()).hasSize(1 + all.length);
        hear(alpha);
        assertThat(files()).containsExactly(file("alpha"));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(home.operatorTrust())) {
            return files.toList();
        }
    }
}

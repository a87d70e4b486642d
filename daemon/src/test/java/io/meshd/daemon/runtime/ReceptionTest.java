package io.meshd.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meshd.daemon.config.ConfigLoader;
import io.meshd.daemon.config.Overrides;
import io.meshd.daemon.config.Revocations;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.InvitationsReport;
import io.meshd.daemon.control.InviteReport;
import io.meshd.daemon.control.InviteRequest;
import io.meshd.daemon.files.Home;
import io.meshd.identity.Identity;
import io.meshd.identity.IdentityFile;
import io.meshd.identity.OpenSshKey;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Frame;
import io.meshd.protocol.InvitationToken;
import io.meshd.protocol.JoinRefusal;
import io.meshd.protocol.JoinStatement;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is admitted with an invitation, and who is refused with which reason. */
final class ReceptionTest {
    private static final List<InetSocketAddress> PLACES = List.of(new InetSocketAddress("198.51.100.1", 51_821));

    @TempDir
    private Path directory;

    private final SplittableRandom random = new SplittableRandom(4);
    private final EventLog log = new EventLog();
    private Home home = Home.at(Path.of("/"));
    private Instant now = Instant.parse("2026-11-21T12:00:00Z");

    @BeforeEach
    void configure() throws IOException {
        home = Home.at(directory.resolve("home"));
        Files.createDirectories(home.state());
        Files.createDirectories(home.operatorTrust());
        Files.writeString(home.config(), """
                [node]
                name = "alpha"
                network_id = "home-net"
                [tun]
                address = "10.42.0.1"
                enabled = false
                """);
    }

    private Sources.Loaded loaded() {
        try {
            return new Sources(home, new ConfigLoader(home, null, Overrides.NONE), () -> now).load();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** A daemon that has just started. */
    private Reception reception() {
        try {
            Sources.Loaded loaded = loaded();
            return new Reception(home, () -> now, new Inbox(), log, () -> loaded, Runnable::run);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static InviteRequest request(String... prefixes) {
        return new InviteRequest(null, List.of(prefixes).stream().map(text -> Prefix.parse(text).orThrow()).toList(),
                false, 3_600, List.of());
    }

    private static InvitationToken invite(Reception reception, InviteRequest request) {
        try {
            InviteReport report = reception.invite(request, PLACES);
            return ((InvitationToken.Genuine) InvitationToken.read(report.token())).token();
        } catch (ControlException e) {
            throw new AssertionError(e);
        }
    }

    private Frame.Join join(InvitationToken token, Identity newcomer, String name) {
        return JoinStatement.sign(newcomer, token.guest().publicKey(), token.invitation().inviter(),
                token.invitation().networkId(), name);
    }

    private Frame bring(Reception reception, InvitationToken token, Identity newcomer, String name) {
        Frame answer = reception.decide(token.guest().publicKey(), join(token, newcomer, name));
        if (answer == null) {
            throw new AssertionError("no answer");
        }
        return answer;
    }

    private static void assertRefused(Frame answer, JoinRefusal reason) {
        assertThat(answer).isInstanceOfSatisfying(Frame.JoinRefused.class,
                refused -> assertThat(refused.reason()).isEqualTo(reason));
    }

    private Identity someone() {
        return Identity.generate(random);
    }

    private String trust(String name) throws IOException {
        return Files.readString(home.admittedTrust().resolve(name + ".pub"));
    }

    @Test
    void firstKeyIsAdmittedAndAnsweredAgainAndNoOtherIs() throws Exception {
        Reception reception = reception();
        InvitationToken token = invite(reception, request("10.42.1.0/24"));
        Identity beta = someone();
        Frame.Welcome welcome = new Frame.Welcome("beta", List.of(Prefix.parse("10.42.1.0/24").orThrow()), false);

        assertThat(bring(reception, token, beta, "beta")).isEqualTo(welcome);
        assertThat(trust("beta")).contains("# admitted by the invitation", "prefix=\"10.42.1.0/24\" ssh-ed25519 ");
        assertThat(bring(reception, token, beta, "beta")).isEqualTo(welcome);
        assertRefused(bring(reception, token, someone(), "beta"), JoinRefusal.USED);
        // Also by the daemon that follows.
        assertThat(bring(reception(), token, beta, "beta")).isEqualTo(welcome);
        assertRefused(bring(reception(), token, someone(), "beta"), JoinRefusal.USED);
        assertThat(reception.admitted()).containsExactly(beta.publicKey());
        InvitationsReport.Entry entry = reception.invitations().invitations().getFirst();
        assertThat(entry.state()).isEqualTo(InvitationsReport.State.USED);
        assertThat(entry.trustLine()).startsWith("meshd trust 'ssh-ed25519 ").endsWith(" beta' --prefix 10.42.1.0/24");
    }

    @Test
    void nothingOnDiskLetsAnybodyIn() throws Exception {
        InvitationToken token = invite(reception(), request());
        Path file = home.state().resolve("invitations.json");
        byte[] seed = token.guest().copyOfSeed();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
        assertThat(Files.readString(file)).contains(token.guest().publicKey().peerId())
                .doesNotContain(token.text().substring(12, 50))
                .doesNotContain(Base64.getEncoder().encodeToString(seed))
                .doesNotContain(HexFormat.of().formatHex(seed));
    }

    @Test
    void deathBetweenTheTwoFilesIsMendedByTheNextQuestion() throws Exception {
        Reception reception = reception();
        InvitationToken token = invite(reception, request());
        Identity beta = someone();
        assertThat(bring(reception, token, beta, "beta")).isInstanceOf(Frame.Welcome.class);
        Files.delete(home.admittedTrust().resolve("beta.pub"));

        assertThat(bring(reception(), token, beta, "beta")).isInstanceOf(Frame.Welcome.class);
        assertThat(trust("beta")).contains("ssh-ed25519");
        assertRefused(bring(reception(), token, someone(), "gamma"), JoinRefusal.USED);
    }

    @Test
    void lateCancelledForeignAndOwnAreRefused() throws Exception {
        Reception reception = reception();
        InvitationToken late = invite(reception, request());
        InvitationToken cancelled = invite(reception, request());
        InvitationToken mine = invite(reception, request());
        InvitationToken moved = invite(reception, request());
        Identity beta = someone();

        assertThat(reception.cancel(cancelled.guest().publicKey().peerId().substring(0, 8)).invitations())
                .singleElement().satisfies(one -> assertThat(one.state()).isEqualTo(InvitationsReport.State.CANCELLED));
        assertRefused(bring(reception, cancelled, beta, "beta"), JoinRefusal.CANCELLED);
        Identity alpha = Identity.ofSeed(identity().copyOfSeed());
        assertRefused(bring(reception, mine, alpha, "alpha"), JoinRefusal.FOREIGN);

        now = now.plusSeconds(3_600);
        assertRefused(bring(reception, late, beta, "beta"), JoinRefusal.EXPIRED);
        assertRefused(bring(reception(), late, beta, "beta"), JoinRefusal.EXPIRED);
        now = now.minusSeconds(3_000);

        Files.writeString(home.config(), "[node]\nnetwork_id = \"office\"\n[tun]\nenabled = false\n");
        assertThat(bring(reception(), moved, beta, "beta")).isInstanceOfSatisfying(Frame.JoinRefused.class, refused -> {
            assertThat(refused.reason()).isEqualTo(JoinRefusal.FOREIGN);
            assertThat(refused.detail()).contains("home-net", "office");
        });
        assertThat(reception().decide(someone().publicKey(), join(moved, beta, "beta"))).isNull();
        assertThat(admitted()).isEmpty();
    }

    private List<Path> admitted() throws IOException {
        try (Stream<Path> files = Files.list(home.admittedTrust())) {
            return files.toList();
        }
    }

    private Identity identity() {
        try {
            return IdentityFile.parse(Files.readAllBytes(home.identity())).orThrow();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatContradictsTrustIsRefusedAndCostsNothing() throws Exception {
        Reception before = reception();
        InvitationToken token = invite(before, request("10.42.1.0/24"));
        Identity gamma = someone();
        Files.writeString(home.operatorTrust().resolve("gamma.pub"),
                "prefix=\"10.42.1.0/25\" " + new OpenSshKey(gamma.publicKey(), "").line() + "\n");
        Reception reception = reception();
        Identity beta = someone();

        assertThat(bring(reception, token, beta, "beta")).isInstanceOfSatisfying(Frame.JoinRefused.class, refused -> {
            assertThat(refused.reason()).isEqualTo(JoinRefusal.CONFLICT);
            assertThat(refused.detail()).doesNotContain("gamma").contains("overlaps");
        });
        assertThat(log.warnings()).anySatisfy(text -> assertThat(text).contains("gamma", "10.42.1.0"));
        assertRefused(bring(reception, token, gamma, "gamma"), JoinRefusal.CONFLICT);

        // Nobody has used it: when the way is free, it is good.
        Files.delete(home.operatorTrust().resolve("gamma.pub"));
        assertThat(bring(reception(), token, beta, "beta")).isInstanceOf(Frame.Welcome.class);
    }

    @Test
    void guestUnderEverNewNamesLeavesOneWarningThatEndsWhenItIsLetIn() throws Exception {
        InvitationToken token = invite(reception(), request("10.42.1.0/24"));
        Path contradiction = home.operatorTrust().resolve("gamma.pub");
        Files.writeString(contradiction,
                "prefix=\"10.42.1.0/25\" " + new OpenSshKey(someone().publicKey(), "").line() + "\n");
        Sources.Loaded before = loaded();
        AtomicReference<Sources.Loaded> trusted = new AtomicReference<>(before);
        Reception reception = new Reception(home, () -> now, new Inbox(), log, trusted::get, Runnable::run);
        for (int i = 0; i < 40; i++) {
            assertRefused(bring(reception, token, someone(), "beta" + i), JoinRefusal.CONFLICT);
        }
        assertThat(log.warnings()).singleElement().asString().contains("beta39");

        Files.delete(contradiction);
        trusted.set(loaded());
        assertThat(bring(reception, token, someone(), "beta")).isInstanceOf(Frame.Welcome.class);
        assertThat(log.warnings()).isEmpty();
    }

    @Test
    void takenNameGetsABeginningOfTheKey() throws Exception {
        Files.writeString(home.operatorTrust().resolve("beta.pub"),
                new OpenSshKey(someone().publicKey(), "").line() + "\n");
        Reception reception = reception();
        Identity other = someone();
        String longer = "beta-" + other.publicKey().peerId().substring(0, 6);
        assertThat(bring(reception, invite(reception, request()), other, "beta"))
                .isEqualTo(new Frame.Welcome(longer, List.of(), false));
        assertThat(trust(longer)).contains("ssh-ed25519");
        // Nor does it matter who wanted the name.
        Identity third = someone();
        assertThat(
                bring(reception, invite(reception, new InviteRequest("beta", List.of(), false, 60, List.of())), third,
                        "gamma"))
                .isEqualTo(new Frame.Welcome("beta-" + third.publicKey().peerId().substring(0, 6), List.of(),
                        false));
    }

    @Test
    void whoIsTrustedAlreadyIsWelcomeAsItIs() throws Exception {
        Identity gamma = someone();
        Files.writeString(home.operatorTrust().resolve("old.pub"),
                "prefix=\"10.42.9.0/24\",relay " + new OpenSshKey(gamma.publicKey(), "").line() + "\n");
        Reception reception = reception();
        assertThat(bring(reception, invite(reception, request()), gamma, "gamma"))
                .isEqualTo(new Frame.Welcome("old", List.of(Prefix.parse("10.42.9.0/24").orThrow()), true));
        assertThat(admitted()).hasSize(1);
    }

    @Test
    void whoOwnsMoreThanAWelcomeHoldsIsRefused() throws Exception {
        Identity gamma = someone();
        String prefixes = IntStream.range(0, 17).mapToObj(i -> "10.43." + i + ".0/24").collect(Collectors.joining(","));
        Files.writeString(home.operatorTrust().resolve("gamma.pub"),
                "prefix=\"" + prefixes + "\" " + new OpenSshKey(gamma.publicKey(), "").line() + "\n");
        Reception reception = reception();
        assertRefused(bring(reception, invite(reception, request()), gamma, "gamma"), JoinRefusal.CONFLICT);
        assertThat(log.warnings()).singleElement().asString().contains("gamma cannot join", "16 prefixes");
    }

    @Test
    void prefixThatHoldsTheDerivedAddressOfAnotherIsNotGranted() throws Exception {
        Identity gamma = someone();
        Files.writeString(home.operatorTrust().resolve("gamma.pub"),
                new OpenSshKey(gamma.publicKey(), "").line() + "\n");
        Reception reception = reception();
        assertThatThrownBy(() -> reception.invite(request("10.99.0.0/16"), PLACES))
                .isInstanceOf(ControlException.class).hasMessageContaining("from gamma: choose another --prefix");
        assertThat(reception.invitations().invitations()).isEmpty();
    }

    @Test
    void revokedKeyNeedsANewerInvitation() throws Exception {
        Reception reception = reception();
        InvitationToken token = invite(reception, request());
        Identity beta = someone();
        bring(reception, token, beta, "beta");
        now = now.plusSeconds(10);
        Files.delete(home.admittedTrust().resolve("beta.pub"));
        Revocations.of(home).add(beta.publicKey(), now);

        assertRefused(bring(reception(), token, beta, "beta"), JoinRefusal.REVOKED);

        now = now.plusSeconds(10);
        Reception later = reception();
        assertThat(bring(later, invite(later, request()), beta, "beta")).isInstanceOf(Frame.Welcome.class);
        assertThat(Revocations.of(home).read()).isEmpty();
    }

    @Test
    void invitationThatCannotBeKeptIsNotMade() throws Exception {
        Reception reception = reception();
        invite(reception, request("10.42.1.0/24"));
        assertThatThrownBy(() -> reception.invite(request("10.42.0.0/25"), PLACES))
                .isInstanceOf(ControlException.class).hasMessageContaining("overlaps");
        assertThatThrownBy(() -> reception.invite(request("10.42.1.128/25"), PLACES))
                .isInstanceOf(ControlException.class).hasMessageContaining("overlaps what the invitation");
        assertThatThrownBy(() -> reception.invite(request(), List.of())).isInstanceOf(ControlException.class)
                .hasMessageContaining("no address");
        IntStream.range(1, 64).forEach(_ -> invite(reception, request()));
        assertThatThrownBy(() -> reception.invite(request(), PLACES)).isInstanceOf(ControlException.class)
                .hasMessageContaining("64 invitations are open");
        now = now.plusSeconds(3_600);
        invite(reception, request());
        now = now.plusSeconds(8 * 86_400);
        invite(reception, request());
        assertThat(reception.invitations().invitations()).as("what is long over is forgotten").hasSize(1);
    }

    @Test
    void cancelSaysWhatCannotBe() throws Exception {
        Reception reception = reception();
        InvitationToken token = invite(reception, request());
        String id = token.guest().publicKey().peerId().substring(0, 8);
        assertThatThrownBy(() -> reception.cancel("nobody")).isInstanceOf(ControlException.class)
                .hasMessageContaining("there is no invitation nobody");
        bring(reception, token, someone(), "beta");
        assertThatThrownBy(() -> reception.cancel(id)).isInstanceOf(ControlException.class)
                .hasMessageContaining("used already").hasMessageContaining("meshd untrust beta");
        InvitationToken named = invite(reception, new InviteRequest("delta", List.of(), true, 60, List.of()));
        assertThat(reception.cancel("delta").invitations()).hasSize(1);
        assertThat(reception.cancel(named.guest().publicKey().peerId()).invitations()).hasSize(1);
        now = now.plusSeconds(7_200);
        InvitationToken late = invite(reception, request());
        now = now.plusSeconds(7_200);
        assertThatThrownBy(() -> reception.cancel(late.guest().publicKey().peerId()))
                .isInstanceOf(ControlException.class).hasMessageContaining("has expired");
    }

    @Test
    void brokenFileInvitesNobody() throws Exception {
        InvitationToken token = invite(reception(), request());
        for (String broken : List.of("", "[{\"guest\":1}]", "[", "{}",
                "[{\"guest\":\"" + PublicKey.of(new byte[32]).peerId()
                        + "\",\"prefixes\":[\"x\"],\"created\":\"1\",\"expires\":\"2\"}]")) {
            Files.write(home.state().resolve("invitations.json"), broken.getBytes(StandardCharsets.UTF_8));
            assertThat(reception().decide(token.guest().publicKey(), join(token, someone(), "beta"))).isNull();
        }
    }
}

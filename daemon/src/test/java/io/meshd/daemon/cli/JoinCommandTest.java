package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.config.ConfigLoader;
import io.meshd.daemon.config.IdentityStore;
import io.meshd.daemon.control.ControlServer;
import io.meshd.daemon.control.FakeNode;
import io.meshd.daemon.files.Home;
import io.meshd.daemon.files.LockHolder;
import io.meshd.identity.HostPort;
import io.meshd.identity.Identity;
import io.meshd.identity.IdentityFile;
import io.meshd.identity.OpenSshKey;
import io.meshd.identity.Prefix;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Invitation;
import io.meshd.protocol.InvitationToken;
import io.meshd.protocol.JoinRefusal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jspecify.annotations.Nullable;

/** What `join` writes, and what it refuses before and after it has called the inviter. */
final class JoinCommandTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final HostPort PLACE = HostPort.parse("198.51.100.1:51821").orThrow();
    private static final Prefix GRANTED = Prefix.parse("10.42.1.0/24").orThrow();

    @TempDir
    private Path directory;

    private final SplittableRandom random = new SplittableRandom(1);
    private final Identity alpha = Identity.generate(random);
    private final FakeNode node = new FakeNode();
    private final Inviter inviter = new Inviter();
    private Shell shell = new Shell(Path.of("/"));
    private @Nullable ControlServer server;
    private @Nullable Process daemon;

    /** An inviter that answers without a network. */
    private static final class Inviter implements NodeRunner {
        private GuestAnswer answer = new GuestAnswer.Silence(false);
        private int calls;
        private String heardName = "";

        @Override
        public void run(Home home, ConfigLoader config, Consumer<String> ready) {
            throw new AssertionError("no daemon is started in this process");
        }

        @Override
        public GuestAnswer call(InvitationToken token, Identity newcomer, String name, Duration patience) {
            calls++;
            heardName = name;
            return answer;
        }
    }

    @BeforeEach
    void open() throws IOException {
        shell = new Shell(directory).running(inviter);
        // A daemon that runs, so that none is started.
        Files.createDirectories(shell.home().socket().getParent());
        server = ControlServer.start(shell.home().socket(), node);
        daemon = LockHolder.start(shell.home());
        node.willKnow("alpha", alpha.publicKey().peerId());
    }

    @AfterEach
    void close() throws IOException {
        if (server != null) {
            server.close();
        }
        if (daemon != null) {
            daemon.destroyForcibly();
        }
    }

    private String token(String network, List<Prefix> prefixes, Instant expires) {
        Identity guest = Identity.generate(random);
        return InvitationToken
                .issue(alpha, guest, new Invitation(alpha.publicKey(), guest.publicKey(), network, "alpha",
                        List.of(), true, List.of(), "", prefixes, false, expires.getEpochSecond(), List.of(PLACE)))
                .text();
    }

    private String token() {
        return token("home-net", List.of(GRANTED), NOW.plusSeconds(60));
    }

    private void welcomes(String name, List<Prefix> prefixes) {
        inviter.answer = new GuestAnswer.Welcome(new Frame.Welcome(name, prefixes, false), PLACE);
    }

    private void configure(String text) throws IOException {
        Files.createDirectories(shell.home().config().getParent());
        Files.writeString(shell.home().config(), text);
    }

    private String config() throws IOException {
        return Files.readString(shell.home().config());
    }

    private String trust(String name) throws IOException {
        return Files.readString(shell.home().operatorTrust().resolve(name + ".pub"));
    }

    @Test
    void writesIdentityNetworkAddressAndTrustInTheInviter() throws Exception {
        welcomes("beta", List.of(GRANTED));

        Shell.Outcome outcome = shell.run("join", token(), "--name", "Beta!").done();

        assertThat(inviter.heardName).isEqualTo("beta");
        assertThat(config()).contains("name = \"beta\"", "network_id = \"home-net\"", "\naddress = \"10.42.1.1\"",
                "\nprefix_len = 24");
        shell.run("config", "validate").done();
        assertThat(shell.run("config", "show").done().out()).contains("10.42.1.1");
        assertThat(trust("alpha")).startsWith("relay,introducer,seed=\"198.51.100.1:51821\" ssh-ed25519 ");
        Identity made = IdentityStore.load(shell.home().identity());
        assertThat(outcome.out()).contains("the running daemon", "joined home-net as beta", "alpha has answered",
                "meshd trust '" + "ssh-ed25519 ", " beta' --prefix 10.42.1.0/24");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(shell.home().identity())))
                .isEqualTo("rw-------");
        assertThat(node.asked()).contains("reload");

        // Once more: nothing is new, and nothing is in the way.
        JsonNode again = shell.run("join", token(), "--json").done().json();
        assertThat(again.get("peer_id").asText()).isEqualTo(made.publicKey().peerId());
        assertThat(again.get("inviter").asText()).isEqualTo("alpha");
        assertThat(leftovers()).isEmpty();
    }

    private List<Path> leftovers() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.getFileName().toString().endsWith(".tmp")).toList();
        }
    }

    @Test
    void keepsCommentsAndEverythingElseOfAConfigurationThatIsThere() throws Exception {
        configure("""
                # Mine.
                [node]
                name = "beta"   # as on the label
                listen_port = 51999

                [tun]
                mtu = 1380 # the uplink
                """);
        welcomes("beta", List.of(GRANTED));

        shell.run("join", token()).done();

        assertThat(config()).isEqualTo("""
                # Mine.
                [node]
                network_id = "home-net"
                name = "beta"   # as on the label
                listen_port = 51999

                [tun]
                address = "10.42.1.1"
                prefix_len = 24
                mtu = 1380 # the uplink
                """);
    }

    @Test
    void tokenMayStandInAFileOrComeByStandardInput() throws Exception {
        welcomes("beta", List.of(GRANTED));
        String token = token();
        Files.writeString(directory.resolve("beta.token"), token + "\n");
        shell.run("join", "beta.token").done();
        shell.typing(token + "\n").run("join", "-").done();
        assertThat(shell.run("join", "gamma.token").failed(2)).contains("expected a token meshd://…");
        Files.writeString(directory.resolve("gamma.token"), "no token");
        assertThat(shell.run("join", "gamma.token").failed(2)).contains("holds no token");
        assertThat(shell.run("join").failed(2)).contains("needs TOKEN|FILE|-");
    }

    @Test
    void alteredExpiredAndOwnTokensAreRefusedBeforeAnybodyIsCalled() throws Exception {
        String token = token();
        String altered = token.substring(0, 50) + (token.charAt(50) == 'A' ? 'B' : 'A') + token.substring(51);
        assertThat(shell.run("join", altered).failed(1)).contains("altered or cut off");
        assertThat(shell.run("join", token.substring(0, token.length() - 9)).failed(1)).contains("altered or cut off");
        assertThat(shell.run("join", token("home-net", List.of(), NOW)).failed(1))
                .contains("has expired, at 2026-11-21T12:00:00Z").contains("`meshd invite` on alpha");
        assertThat(inviter.calls).isZero();

        byte[] seed = alpha.copyOfSeed();
        Files.writeString(shell.home().identity(), identityFile(seed));
        Files.setPosixFilePermissions(shell.home().identity(), PosixFilePermissions.fromString("rw-------"));
        assertThat(shell.run("join", token()).failed(1)).contains("this very host made it");
        assertThat(inviter.calls).isZero();
        assertThat(Files.exists(shell.home().config())).isFalse();
    }

    private static String identityFile(byte[] seed) {
        Identity identity = Identity.ofSeed(seed);
        return new String(IdentityFile.write(identity), StandardCharsets.UTF_8);
    }

    @Test
    void everyRefusalOfTheInviterIsToldAndChangesNothing() throws Exception {
        String[] words = {"has expired", "used already", "was cancelled", "is foreign", "contradicts", "altered",
                "was ended there", "could not be written down"};
        for (JoinRefusal reason : JoinRefusal.values()) {
            inviter.answer = new GuestAnswer.Refused(new Frame.JoinRefused(reason, "so it is"));
            assertThat(shell.run("join", token()).failed(1)).startsWith("alpha refuses this invitation: ")
                    .contains(words[reason.ordinal()]).contains("(so it is)");
        }
        inviter.answer = new GuestAnswer.Silence(false);
        assertThat(shell.run("join", token()).failed(1)).contains("no answer from alpha at 198.51.100.1:51821");
        inviter.answer = new GuestAnswer.Silence(true);
        assertThat(shell.run("join", token()).failed(1)).contains("was reached, but did not answer");
        assertThat(Files.exists(shell.home().config())).isFalse();
        assertThat(Files.exists(shell.home().operatorTrust())).isFalse();
    }

    @Test
    void whatIsConfiguredOtherwiseNeedsForce() throws Exception {
        welcomes("beta", List.of(GRANTED));
        configure("[node]\nnetwork_id = \"office\"\n");
        assertThat(shell.run("join", token()).failed(1)).contains("in the network office").contains("--force");
        configure("[tun]\naddress = \"10.7.0.1\"\n");
        assertThat(shell.run("join", token()).failed(1)).contains("10.7.0.0/24").contains("--force");
        configure("[node]\nprefixes = [\n  \"10.7.0.0/24\", # one\n  \"10.8.0.0/24\",\n]\nname = \"beta\"\n");
        assertThat(shell.run("join", token()).failed(1)).contains("10.7.0.0/24, 10.8.0.0/24").contains("--force");
        assertThat(inviter.calls).isZero();

        shell.run("join", token(), "--force").done();

        assertThat(config()).isEqualTo("""
                [node]
                network_id = "home-net"
                name = "beta"

                [tun]
                address = "10.42.1.1"
                prefix_len = 24
                """);
    }

    @Test
    void invitationWithoutPrefixLeavesTheDerivedAddress() throws Exception {
        configure("# nothing\n");
        welcomes("beta", List.of());
        shell.run("join", token("default", List.of(), NOW.plusSeconds(60)), "--no-introducer").done();
        assertThat(config()).isEqualTo("# nothing\n");
        assertThat(trust("alpha")).startsWith("relay,seed=");
    }

    @Test
    void severalPrefixesBecomeAddresses() throws Exception {
        List<Prefix> both = List.of(GRANTED, Prefix.parse("fd42:1::/64").orThrow());
        welcomes("beta", both);
        shell.run("join", token("home-net", both, NOW.plusSeconds(60))).done();
        assertThat(config()).contains("addresses = [\"10.42.1.1/24\", \"fd42:1::1/64\"]");
        shell.run("config", "validate").done();
    }

    @Test
    void takenNameOfTheInviterGetsABeginningOfItsKey() throws Exception {
        Identity other = Identity.generate(random);
        shell.run("trust", other.publicKey().base64(), "--name", "alpha").done();
        welcomes("beta", List.of());
        String longer = "alpha-" + alpha.publicKey().peerId().substring(0, 6);

        assertThat(shell.run("join", token("default", List.of(), NOW.plusSeconds(60))).done().out())
                .contains(longer + " has answered");

        assertThat(trust(longer)).contains("seed=");
        assertThat(trust("alpha")).contains(new OpenSshKey(other.publicKey(), "").line());
    }

    @Test
    void inviterWhosePrefixIsAnothersIsRefusedBeforeTheCall() throws Exception {
        Identity other = Identity.generate(random);
        shell.run("trust", other.publicKey().base64(), "--name", "gamma", "--prefix", "10.42.0.0/24").done();
        Identity guest = Identity.generate(random);
        String token = InvitationToken.issue(alpha, guest,
                new Invitation(alpha.publicKey(), guest.publicKey(), "default", "alpha",
                        List.of(Prefix.parse("10.42.0.0/25").orThrow()), false, List.of(), "", List.of(), false,
                        NOW.plusSeconds(60).getEpochSecond(), List.of(PLACE)))
                .text();
        assertThat(shell.run("join", token).failed(1)).contains("alpha cannot be trusted here", "overlaps");
        assertThat(inviter.calls).isZero();
    }

    @Test
    void inviterThatIsTrustedAlreadyKeepsItsNameAndIsFoundWhereItAnswered() throws Exception {
        shell.run("trust", alpha.publicKey().base64(), "--name", "hub", "--expires", "2099-01-01").done();
        welcomes("beta", List.of());
        assertThat(shell.run("join", token("default", List.of(), NOW.plusSeconds(60))).done().out())
                .contains("hub has answered");
        assertThat(trust("hub")).startsWith("introducer,expires=\"2099-01-01\",seed=\"198.51.100.1:51821\" ");
    }

    @Test
    void commandThatEndedHalfWayGoesOnWhereItEnded() throws Exception {
        welcomes("beta", List.of(GRANTED));
        String token = token();
        // Where the directory of trust should be stands a file: the configuration is written, the trust is not.
        Files.createDirectories(shell.home().operatorTrust().getParent());
        Files.writeString(shell.home().operatorTrust(), "");
        assertThat(shell.run("join", token).failed(1)).contains("move it away");
        assertThat(config()).contains("network_id = \"home-net\"", "address = \"10.42.1.1\"");
        Identity made = IdentityStore.load(shell.home().identity());

        Files.delete(shell.home().operatorTrust());
        JsonNode joined = shell.run("join", token, "--json").done().json();

        assertThat(joined.get("peer_id").asText()).isEqualTo(made.publicKey().peerId());
        assertThat(trust("alpha")).contains("seed=");
    }

    @Test
    void welcomeThatGrantsSomethingElseThanTheTokenGivesNothingUp() throws Exception {
        String mine = "[node]\nnetwork_id = \"home-net\"\n[tun]\naddress = \"10.42.1.1\"\n";
        configure(mine);
        welcomes("beta", List.of(Prefix.parse("10.9.0.0/16").orThrow()));
        assertThat(shell.run("join", token()).failed(1)).contains("10.42.1.0/24, and alpha grants 10.9.0.0/16",
                "--force");
        assertThat(config()).isEqualTo(mine);
        assertThat(Files.exists(shell.home().operatorTrust())).isFalse();
    }

    @Test
    void welcomeThatContradictsTrustIsRefusedBeforeAnythingIsWritten() throws Exception {
        Identity other = Identity.generate(random);
        shell.run("trust", other.publicKey().base64(), "--name", "gamma", "--prefix", "10.9.1.0/24").done();
        welcomes("beta", List.of(Prefix.parse("10.9.0.0/16").orThrow()));
        assertThat(shell.run("join", token("default", List.of(), NOW.plusSeconds(60))).failed(1))
                .contains("as owner of 10.9.0.0/16 this host would contradict whom it trusts", "10.9.1.0/24 of gamma");
        assertThat(Files.exists(shell.home().config())).isFalse();
        assertThat(Files.exists(shell.home().operatorTrust().resolve("alpha.pub"))).isFalse();
    }

    @Test
    void nobodyBecomesTheDefaultRouteByAnInvitation() throws Exception {
        Prefix everything = Prefix.parse("0.0.0.0/0").orThrow();
        welcomes("beta", List.of(everything));
        assertThat(shell.run("join", token()).failed(1)).contains("alpha grants this host a default route");
        assertThat(Files.exists(shell.home().config())).isFalse();

        welcomes("beta", List.of());
        Identity guest = Identity.generate(random);
        Invitation offer = new Invitation(alpha.publicKey(), guest.publicKey(), "default", "alpha",
                List.of(everything, Prefix.parse("10.42.0.0/24").orThrow()), false, List.of(), "", List.of(), false,
                NOW.plusSeconds(60).getEpochSecond(), List.of(PLACE));
        Shell.Outcome outcome = shell.run("join", InvitationToken.issue(alpha, guest, offer).text()).done();
        assertThat(trust("alpha")).startsWith("prefix=\"10.42.0.0/24\",introducer,");
        assertThat(outcome.err()).contains("alpha offers a default route, which only you can grant: add it to ",
                "alpha.pub");
    }

    @Test
    void configurationThatCannotBeEditedIsNamedBeforeTheCall() throws Exception {
        configure("node = { name = \"beta\" }\n");
        welcomes("beta", List.of());
        assertThat(shell.run("join", token("home-net", List.of(), NOW.plusSeconds(60))).failed(1))
                .contains("cannot edit", "node.network_id = \"home-net\"");
        assertThat(inviter.calls).isZero();
    }
}

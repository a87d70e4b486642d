package io.meshd.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.daemon.files.Home;
import io.meshd.identity.Identity;
import io.meshd.identity.IpAddress;
import io.meshd.identity.PublicKey;
import io.meshd.identity.Trust;
import io.meshd.identity.TrustedPeer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DifferenceTest {
    private static final PublicKey SELF = key(1);
    private static final Instant NOW = Instant.parse("2026-11-29T00:00:00Z");
    private static final String BETA = peer("beta", 2, "prefix = \"10.42.1.0/24\"");
    private static final String GAMMA = peer("gamma", 3, "prefix = \"10.42.2.0/24\"");

    @TempDir
    private Path directory;

    private static PublicKey key(long seed) {
        return Identity.generate(new SplittableRandom(seed)).publicKey();
    }

    private static String peer(String name, long seed, String more) {
        return "[[allowed_peers]]\nname = \"%s\"\npeer_id = \"%s\"\n%s\n".formatted(name, key(seed).peerId(), more);
    }

    private Side side(String toml) throws Exception {
        AtomicFile.write(directory.resolve("meshd.toml"), toml, Access.PUBLIC);
        Config config = new ConfigLoader(Home.at(directory), null, Overrides.NONE).load();
        Trust.Result result = Trust.build(config.self(SELF), config.allowedPeers(), NOW);
        if (result instanceof Trust.Consistent(Trust trust, var _)) {
            return new Side(config, trust, SELF);
        }
        throw new AssertionError(result);
    }

    private Difference between(String older, String newer) throws Exception {
        return Difference.between(side(older), side(newer), NOW);
    }

    @Test
    void sameSetUpDiffersInNothing() throws Exception {
        assertThat(between(BETA + GAMMA, BETA + GAMMA)).hasToString(between("", "").toString());
        assertThat(between(BETA, BETA).keys()).isEmpty();
        assertThat(between(BETA, BETA).restarting()).isEmpty();
    }

    @Test
    void newPeerGainsReachWithItsPrefixAndRoute() throws Exception {
        Difference difference = between(BETA, BETA + GAMMA);

        assertThat(difference.gained()).map(TrustedPeer::name).containsExactly("gamma");
        assertThat(difference.lost()).isEmpty();
        assertThat(difference.moves()).map(DifferenceTest::text).contains("10.42.2.0/24 null gamma");
        assertThat(difference.routesAdded()).map(route -> route.prefix() + " " + route.peer())
                .containsExactly("10.42.2.0/24 gamma");
        assertThat(difference.routesRemoved()).isEmpty();
        assertThat(difference.keys()).map(ConfigChange::key).containsExactly("allowed_peers.gamma", "trust.gamma");
    }

    @Test
    void removedPeerLosesReachWithItsPrefixAndRoute() throws Exception {
        Difference difference = between(BETA + GAMMA, BETA);

        assertThat(difference.lost()).map(TrustedPeer::name).containsExactly("gamma");
        assertThat(difference.moves()).map(DifferenceTest::text).contains("10.42.2.0/24 gamma null");
        assertThat(difference.routesRemoved()).map(Difference.RouteTo::peer).containsExactly("gamma");
    }

    @Test
    void prefixMovesFromOneToAnother() throws Exception {
        Difference difference = between(BETA + GAMMA,
                peer("beta", 2, "prefix = \"10.42.2.0/24\"") + peer("gamma", 3, "prefix = \"10.42.3.0/24\""));

        assertThat(difference.moves()).map(DifferenceTest::text).containsExactly("10.42.1.0/24 beta null",
                "10.42.2.0/24 gamma beta", "10.42.3.0/24 null gamma");
        assertThat(difference.gained()).isEmpty();
        assertThat(difference.routesAdded()).map(Difference.RouteTo::peer).containsExactly("gamma");
    }

    @Test
    void ownPrefixMovesToAPeer() throws Exception {
        assertThat(between("[node]\nprefixes = [\"10.42.1.0/24\"]\n", BETA).moves()).map(DifferenceTest::text)
                .contains("10.42.1.0/24 this node beta");
    }

    @Test
    void otherKeyUnderANameIsNeitherGainNorLoss() throws Exception {
        Difference difference = between(BETA, peer("beta", 4, "prefix = \"10.42.1.0/24\""));

        assertThat(difference.rekeyed())
                .containsExactly(new Difference.Rekeyed("beta", key(2).peerId(), key(4).peerId()));
        assertThat(difference.gained()).isEmpty();
        assertThat(difference.lost()).isEmpty();
        assertThat(difference.moves()).map(DifferenceTest::text).contains("10.42.1.0/24 beta beta");
    }

    @Test
    void peerThatIsCalledOtherwiseKeepsItsReach() throws Exception {
        Difference difference = between(BETA, peer("office", 2, "prefix = \"10.42.1.0/24\""));

        assertThat(difference.renamed()).containsExactly(new Difference.Renamed("beta", "office"));
        assertThat(difference.gained()).isEmpty();
        assertThat(difference.lost()).isEmpty();
        assertThat(difference.moves()).isEmpty();
    }

    @Test
    void trustThatEndsWithinAWeekIsNamed() throws Exception {
        String soon = peer("beta", 2, "expires = \"2026-12-03\"");
        String later = peer("gamma", 3, "expires = \"2027-01-01\"");

        assertThat(between("", soon + later).expiring()).map(TrustedPeer::name).containsExactly("beta");
    }

    @Test
    void prefixOnTheLinkOfTheInterfaceNeedsNoRoute() throws Exception {
        String tun = "[tun]\naddress = \"10.42.0.1\"\nprefix_len = 16\n";
        String link = "[node]\nprefixes = [\"10.42.0.0/24\"]\n" + tun;

        assertThat(between(link, link + BETA).routesAdded()).isEmpty();
        assertThat(between(link, link + BETA).moves()).map(DifferenceTest::text).contains("10.42.1.0/24 null beta");
        assertThat(between("[tun]\nenabled = false\n", "[tun]\nenabled = false\n" + BETA).routesAdded()).isEmpty();
    }

    @Test
    void seedsComeAndGo() throws Exception {
        Difference difference = between("[[bootstrap_peers]]\naddress = \"udp://192.0.2.1:1\"\n" + BETA,
                peer("beta", 2, "seed = \"192.0.2.2:2\""));

        assertThat(difference.seedsAdded()).containsExactly("beta@udp://192.0.2.2:2");
        assertThat(difference.seedsRemoved()).containsExactly("udp://192.0.2.1:1");
    }

    @Test
    void otherIdentityOnDiskNeedsARestart() throws Exception {
        Side running = side("");
        Side next = new Side(running.config(), running.trust(), key(9));

        assertThat(Difference.between(running, next, NOW).restarting()).containsExactly(
                new ConfigChange("identity", SELF.fingerprint(), key(9).fingerprint(), true));
    }

    @Test
    void operatorThroughAPeerIsCutOffWithIt() throws Exception {
        assertThat(danger("10.42.1.7", null, BETA, BETA + GAMMA)).isNull();
        assertThat(danger("10.42.1.7", null, BETA, GAMMA)).contains("through beta", "nobody would own");
        assertThat(danger("10.42.1.7", null, BETA, peer("beta", 4, "prefix = \"10.42.1.0/24\"")))
                .contains("another key under that name");
        assertThat(danger("10.42.1.7", null, BETA, peer("gamma", 3, "prefix = \"10.42.1.0/24\"")))
                .contains("would belong to gamma");
        assertThat(new OperatorPath(ip("10.42.1.7"), null).peer(side(BETA))).isEqualTo("beta");
        assertThat(new OperatorPath(ip("192.0.2.7"), null).peer(side(BETA))).isNull();
    }

    @Test
    void operatorOutsideIsCutOffByAPrefixThatTakesTheAnswersIn() throws Exception {
        assertThat(danger("192.0.2.7", null, BETA, BETA + peer("gamma", 3, "prefix = \"192.0.2.0/24\"")))
                .contains("would belong to gamma", "answers to you would go into the mesh");
        assertThat(danger("192.0.2.7", null, BETA, BETA + peer("gamma", 3, "prefix = \"0.0.0.0/0\"")))
                .contains("would belong to gamma");
        assertThat(danger("192.0.2.7", null, BETA, GAMMA)).isNull();
    }

    @Test
    void operatorIsCutOffWithTheAddressOrTheRelay() throws Exception {
        String here = "[tun]\naddress = \"10.42.0.1\"\n";
        assertThat(danger("10.42.1.7", "10.42.0.1", here + BETA, "[tun]\naddress = \"10.42.0.2\"\n" + BETA))
                .contains("10.42.0.1, which would be taken");
        assertThat(danger("10.42.1.7", "10.42.0.1", here + BETA, here + BETA)).isNull();
        String noRelay = BETA + "[policy]\nallow_relay = false\n";
        assertThat(new OperatorPath(ip("10.42.1.7"), null).danger(side(BETA), side(noRelay), true))
                .contains("reached by a relay");
        assertThat(new OperatorPath(ip("10.42.1.7"), null).danger(side(BETA), side(noRelay), false)).isNull();
    }

    private @Nullable String danger(String from, @Nullable String to, String older, String newer) throws Exception {
        return new OperatorPath(ip(from), to == null ? null : ip(to)).danger(side(older), side(newer), false);
    }

    private static IpAddress ip(String text) {
        return IpAddress.parse(text).orThrow();
    }

    private static String text(Difference.Move move) {
        return move.prefix() + " " + move.from() + " " + move.to();
    }
}

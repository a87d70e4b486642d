package io.meshd.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.HostPort;
import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.testing.RecordingOutbox;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SeedsTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long START = Long.MAX_VALUE - 3 * SECOND - 7;

    private final List<PublicKey> keys = keys(30);
    private final RecordingOutbox outbox = new RecordingOutbox();
    private long now = START;

    private record Knock(long atNanos, PublicKey peer, String at) {}

    private static List<PublicKey> keys(int count) {
        List<PublicKey> keys = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            keys.add(Identity.generate(new SplittableRandom(i)).publicKey());
        }
        return keys;
    }

    private SortedSet<PublicKey> trusted() {
        return new TreeSet<>(keys);
    }

    private static HostPort at(String text) {
        return HostPort.parse(text).orThrow();
    }

    private static Endpoint.Direct endpoint(String address) {
        return new Endpoint.Direct(new InetSocketAddress(InetAddress.ofLiteral(address), 51_821));
    }

    /** All knocks of so many seconds, and when they came. */
    private List<Knock> run(Seeds seeds, long seconds) {
        long end = now + seconds * SECOND;
        List<Knock> knocks = new ArrayList<>();
        while (true) {
            long next = seeds.nextDeadlineNanos();
            if (next == Deadlines.NEVER || next - end > 0) {
                now = end;
                return knocks;
            }
            now = next - now > 0 ? next : now;
            outbox.clear();
            seeds.handleTimeout(now, outbox);
            outbox.connections().forEach(connection -> knocks.add(
                    new Knock(now - START, connection.peer(), Objects.requireNonNull(connection.at()).toString())));
        }
    }

    @Test
    void knocksForEverAtLeastEveryFiveSecondsWhileAlone() {
        Seeds seeds = new Seeds(now, trusted(), List.of());
        seeds.replace(now, SeedSource.COMMAND_LINE,
                List.of(new Seed(SeedSource.COMMAND_LINE, at("192.0.2.1:51821"), keys.getFirst())));

        List<Knock> knocks = run(seeds, 600);

        assertThat(knocks).hasSizeGreaterThan(118).allSatisfy(knock -> {
            assertThat(knock.peer()).isEqualTo(keys.getFirst());
            assertThat(knock.at()).isEqualTo("192.0.2.1:51821");
        });
        assertThat(knocks.getFirst().atNanos()).isZero();
        for (int i = 1; i < knocks.size(); i++) {
            assertThat(knocks.get(i).atNanos() - knocks.get(i - 1).atNanos()).isBetween(SECOND, 5 * SECOND);
        }
        SeedStatus status = seeds.status().getFirst();
        assertThat(status.state()).isEqualTo(SeedStatus.State.TRYING);
        assertThat(status.lastError()).isEqualTo("no answer");
        assertThat(status.lastAttemptNanos()).isEqualTo(START + knocks.getLast().atNanos());
    }

    @Test
    void restsInCompanyAndHurriesWhenAlone() {
        Seeds seeds = new Seeds(now, trusted(), List.of());
        seeds.replace(now, SeedSource.COMMAND_LINE,
                List.of(new Seed(SeedSource.COMMAND_LINE, at("192.0.2.1:51821"), keys.getFirst()),
                        new Seed(SeedSource.COMMAND_LINE, at("192.0.2.2:51821"), keys.get(1))));
        run(seeds, 1);
        seeds.sessionUp(now, keys.getFirst(), endpoint("192.0.2.1"));

        assertThat(run(seeds, 600)).extracting(Knock::peer).containsOnly(keys.get(1)).hasSizeBetween(2, 10);
        assertThat(seeds.status()).extracting(SeedStatus::state)
                .containsExactly(SeedStatus.State.CONNECTED, SeedStatus.State.TRYING);

        seeds.sessionDown(now, keys.getFirst());
        assertThat(run(seeds, 10)).extracting(Knock::peer).contains(keys.getFirst(), keys.get(1));
    }

    @Test
    void whoIsLostInCompanyIsLookedForWhereItShouldBeAtOnce() {
        Seeds seeds = new Seeds(now, trusted(), List.of());
        seeds.replace(now, SeedSource.COMMAND_LINE,
                List.of(new Seed(SeedSource.COMMAND_LINE, at("192.0.2.1:51821"), keys.getFirst())));
        seeds.sessionUp(now, keys.getFirst(), endpoint("192.0.2.9"));
        seeds.sessionUp(now, keys.get(1), endpoint("192.0.2.2"));
        run(seeds, 90);

        seeds.sessionDown(now, keys.getFirst());

        assertThat(run(seeds, 1)).extracting(Knock::peer).containsExactly(keys.getFirst());
    }

    @Test
    void triesSourcesInTheirOrder() {
        KnownPeer known = new KnownPeer(keys.get(4), List.of(endpoint("192.0.2.5").address()), null);
        Seeds seeds = new Seeds(now, trusted(), List.of(known));
        seeds.replace(now, SeedSource.LAN, List.of(new Seed(SeedSource.LAN, at("192.0.2.6:51821"), keys.get(5))));
        seeds.replace(now, SeedSource.TRUST, List.of(new Seed(SeedSource.TRUST, at("192.0.2.3:51821"), keys.get(2))));
        seeds.replace(now, SeedSource.BOOTSTRAP_PEERS,
                List.of(new Seed(SeedSource.BOOTSTRAP_PEERS, at("192.0.2.2:51821"), keys.get(1))));
        seeds.replace(now, SeedSource.COMMAND_LINE,
                List.of(new Seed(SeedSource.COMMAND_LINE, at("192.0.2.1:51821"), keys.get(0))));
        seeds.domains(now, new TreeSet<>(List.of("mesh.example")));
        seeds.domainResolved(now, "mesh.example", List.of("v=meshd1 addr=192.0.2.4:51821 peer=" + keys.get(3), "x"));

        assertThat(run(seeds, 2).stream().map(Knock::peer).distinct()).containsExactlyElementsOf(keys.subList(0, 6));
        assertThat(seeds.status()).extracting(SeedStatus::source).isSorted();
    }

    @Test
    void withoutIdentityTriesTheLikelyKeysFirstAndTwentyASecond() {
        PublicKey last = keys.get(20);
        Seeds seeds = new Seeds(now, trusted(),
                List.of(new KnownPeer(last, List.of(endpoint("192.0.2.1").address()), null)));
        seeds.replace(now, SeedSource.DISK, List.of());
        seeds.replace(now, SeedSource.TRUST,
                List.of(new Seed(SeedSource.TRUST, at("192.0.2.1:51821"), keys.get(10))));
        seeds.replace(now, SeedSource.COMMAND_LINE,
                List.of(new Seed(SeedSource.COMMAND_LINE, at("192.0.2.1:51821"), null)));

        List<Knock> knocks = run(seeds, 2);

        assertThat(knocks.get(0).peer()).as("has that seed=").isEqualTo(keys.get(10));
        assertThat(knocks.get(1).peer()).as("was seen there").isEqualTo(last);
        assertThat(knocks).extracting(Knock::peer).containsAll(keys);
        assertThat(knocks.stream().filter(knock -> knock.atNanos() < SECOND).count()).isLessThanOrEqualTo(22);
        assertThat(seeds.status().getFirst().lastError()).isNull();
        run(seeds, 10);
        assertThat(seeds.status().getFirst().lastError()).isEqualTo("none of 30 trusted peers answers");
    }

    @Test
    void remembersWhoAnswered() {
        Seeds seeds = new Seeds(now, trusted(), List.of());
        seeds.replace(now, SeedSource.COMMAND_LINE,
                List.of(new Seed(SeedSource.COMMAND_LINE, at("192.0.2.1:51821"), null)));
        run(seeds, 1);
        seeds.sessionUp(now, keys.get(17), endpoint("192.0.2.1"));
        assertThat(seeds.status().getFirst().peer()).isEqualTo(keys.get(17));
        seeds.sessionDown(now, keys.get(17));

        assertThat(run(seeds, 1).getFirst().peer()).isEqualTo(keys.get(17));
    }

    @Test
    void namesAreLookedUpByTheCaller() throws Exception {
        Seeds seeds = new Seeds(now, trusted(), List.of());
        seeds.replace(now, SeedSource.COMMAND_LINE,
                List.of(new Seed(SeedSource.COMMAND_LINE, at("seed.example:51821"), keys.getFirst())));
        assertThat(seeds.unresolved()).containsExactly("seed.example");
        assertThat(run(seeds, 10)).isEmpty();
        assertThat(seeds.status().getFirst().state()).isEqualTo(SeedStatus.State.RESOLVING);

        seeds.resolutionFailed(now, "seed.example", "no such name");
        assertThat(seeds.unresolved()).isEmpty();
        assertThat(seeds.status().getFirst().state()).isEqualTo(SeedStatus.State.UNRESOLVED);
        assertThat(seeds.status().getFirst().lastError()).isEqualTo("no such name");
        run(seeds, 2);
        assertThat(seeds.unresolved()).as("asked again").containsExactly("seed.example");

        seeds.resolved(now, "seed.example", List.of(InetAddress.ofLiteral("192.0.2.7"),
                InetAddress.ofLiteral("2001:db8::7")));
        assertThat(run(seeds, 1).stream().limit(2).map(Knock::at))
                .containsExactly("192.0.2.7:51821", "[2001:db8::7]:51821");
        run(seeds, 120);
        assertThat(seeds.unresolved()).as("looked up again while it does not answer").containsExactly("seed.example");
    }

    @Test
    void domainsAreLookedUpAgain() {
        Seeds seeds = new Seeds(now, trusted(), List.of());
        seeds.domains(now, new TreeSet<>(List.of("mesh.example")));
        assertThat(seeds.unresolvedDomains()).containsExactly("mesh.example");
        seeds.domainFailed(now, "mesh.example", "timeout");
        assertThat(seeds.unresolvedDomains()).isEmpty();
        assertThat(seeds.status()).singleElement().satisfies(status -> {
            assertThat(status.address()).isEqualTo("txt://mesh.example");
            assertThat(status.lastError()).isEqualTo("timeout");
            assertThat(status.state()).isEqualTo(SeedStatus.State.UNRESOLVED);
        });
        run(seeds, 31);
        assertThat(seeds.unresolvedDomains()).containsExactly("mesh.example");

        seeds.domainResolved(now, "mesh.example", List.of("v=meshd1 addr=192.0.2.9:1 peer=" + keys.get(2)));
        assertThat(run(seeds, 2)).extracting(Knock::peer).contains(keys.get(2));
        seeds.domains(now, new TreeSet<>());
        assertThat(seeds.status()).isEmpty();
    }

    @Test
    void whoIsNotTrustedIsNotTried() {
        Seeds seeds = new Seeds(now, trusted(), List.of());
        PublicKey stranger = Identity.generate(new SplittableRandom(99)).publicKey();
        seeds.replace(now, SeedSource.COMMAND_LINE,
                List.of(new Seed(SeedSource.COMMAND_LINE, at("192.0.2.1:51821"), stranger)));
        assertThat(run(seeds, 60)).isEmpty();
        assertThat(seeds.status().getFirst().lastError()).isEqualTo("not a trusted peer");

        SortedSet<PublicKey> more = trusted();
        more.add(stranger);
        seeds.trust(now, more);
        assertThat(run(seeds, 6)).extracting(Knock::peer).contains(stranger);

        seeds.trust(now, trusted());
        run(seeds, 1);
        assertThat(run(seeds, 60)).isEmpty();
    }

    @Test
    void seedsThatStayKeepTheirHistory() {
        Seeds seeds = new Seeds(now, trusted(), List.of());
        Seed stays = new Seed(SeedSource.COMMAND_LINE, at("192.0.2.1:51821"), keys.getFirst());
        seeds.replace(now, SeedSource.COMMAND_LINE, List.of(stays));
        run(seeds, 20);

        seeds.replace(now, SeedSource.COMMAND_LINE, List.of(stays,
                new Seed(SeedSource.COMMAND_LINE, at("192.0.2.2:51821"), keys.get(1))));

        assertThat(seeds.status().getFirst().lastAttemptNanos()).isNotNull();
        assertThat(seeds.status().get(1).lastAttemptNanos()).isNull();
    }
}

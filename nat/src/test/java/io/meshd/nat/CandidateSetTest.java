package io.meshd.nat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.meshd.protocol.Endpoint;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class CandidateSetTest {
    private final CandidateSet set = new CandidateSet();

    private static Candidate candidate(int number, CandidateKind kind) {
        Endpoint endpoint = kind == CandidateKind.RELAY
                ? new Endpoint.Relayed(TwoNodes.key(number), TwoNodes.key(1))
                : TwoNodes.direct("10." + kind.ordinal() + "." + number / 250 + "." + (number % 250 + 1));
        return new Candidate(endpoint, kind);
    }

    private Path added(int number, CandidateKind kind) {
        return Objects.requireNonNull(add(number, kind));
    }

    private @Nullable Path add(int number, CandidateKind kind) {
        return set.add(candidate(number, kind), number, null);
    }

    @Test
    void kindThatNamesTooManyDisplacesItsOwnOldest() {
        add(0, CandidateKind.OBSERVED);
        for (int number = 1; number <= 100; number++) {
            add(number, CandidateKind.RECORD);
        }
        assertThat(set.paths()).hasSize(1 + CandidateSet.OF_KIND_MAX);
        assertThat(set.find(candidate(0, CandidateKind.OBSERVED).endpoint())).isNotNull();
        assertThat(set.find(candidate(100, CandidateKind.RECORD).endpoint())).isNotNull();
        assertThat(set.find(candidate(92, CandidateKind.RECORD).endpoint())).isNull();
    }

    @Test
    void fullSetGivesRoomOnlyToEqualOrStrongerEvidence() {
        for (int number = 0; number < 8; number++) {
            add(number, CandidateKind.CONFIGURED);
            add(number, CandidateKind.LAN);
            add(number, CandidateKind.OBSERVED);
            add(number, CandidateKind.REMEMBERED);
        }
        assertThat(add(0, CandidateKind.RECORD)).isNull();
        assertThat(add(0, CandidateKind.SEED)).isNotNull();
        assertThat(set.paths()).hasSize(CandidateSet.CANDIDATES_MAX);
        assertThat(set.find(candidate(0, CandidateKind.REMEMBERED).endpoint())).isNull();
    }

    @Test
    void neverDisplacesWhatWorksOrIsChosenOrConfigured() {
        Path chosen = added(0, CandidateKind.RECORD);
        Path working = added(1, CandidateKind.RECORD);
        working.answered(1, false);
        for (int number = 2; number <= 50; number++) {
            set.add(candidate(number, CandidateKind.RECORD), number, chosen);
            set.add(candidate(number, CandidateKind.CONFIGURED), number, chosen);
        }
        assertThat(set.paths()).contains(chosen, working);
        assertThat(set.find(candidate(2, CandidateKind.CONFIGURED).endpoint())).isNotNull();
        assertThat(set.find(candidate(10, CandidateKind.CONFIGURED).endpoint())).isNull();
    }

    @Test
    void staysBoundedWhateverIsNamed() {
        SplittableRandom random = new SplittableRandom(1);
        CandidateKind[] kinds = CandidateKind.values();
        for (int step = 0; step < 5_000; step++) {
            Candidate candidate = candidate(random.nextInt(1_000), kinds[random.nextInt(kinds.length)]);
            if (set.find(candidate.endpoint()) == null) {
                Path added = set.add(candidate, step, null);
                assertThat(added).isEqualTo(set.find(candidate.endpoint()));
                if (added != null && random.nextInt(50) == 0) {
                    added.answered(step, false);
                } else if (added != null && random.nextInt(50) == 0) {
                    added.died(step);
                }
            }
            assertThat(set.paths()).hasSizeLessThanOrEqualTo(CandidateSet.CANDIDATES_MAX);
        }
    }

    @Test
    void triesWhatWorkedLastThenRelayThenEvidence() {
        add(1, CandidateKind.RECORD);
        add(2, CandidateKind.RELAY);
        add(3, CandidateKind.CONFIGURED);
        Path last = added(4, CandidateKind.OBSERVED);
        Path earlier = added(5, CandidateKind.RECORD);
        earlier.answered(10, false);
        last.answered(20, false);
        last.unprove();
        earlier.unprove();
        assertThat(set.toTry(null)).extracting(Path::endpoint).containsExactly(last.endpoint(),
                candidate(2, CandidateKind.RELAY).endpoint(), earlier.endpoint(),
                candidate(3, CandidateKind.CONFIGURED).endpoint(), candidate(1, CandidateKind.RECORD).endpoint());
        assertThat(set.lastGood()).extracting(Endpoint.class::cast)
                .containsExactly(last.endpoint(), earlier.endpoint());
    }

    @Test
    void hearsayOfUselessAddressesIsImplausible() {
        for (String address : new String[]{"127.0.0.1", "169.254.1.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1",
                "fe80::1", "ff02::1", "::"}) {
            assertThat(new Candidate(TwoNodes.direct(address), CandidateKind.RECORD).isPlausible()).as(address)
                    .isFalse();
        }
        assertThat(new Candidate(TwoNodes.direct("10.0.0.1"), CandidateKind.RECORD).isPlausible()).isTrue();
        assertThat(new Candidate(TwoNodes.direct("127.0.0.1"), CandidateKind.CONFIGURED).isPlausible()).isTrue();
        assertThat(new Candidate(TwoNodes.direct("fe80::1"), CandidateKind.LAN).isPlausible()).isTrue();
    }

    @Test
    void relayKindGoesWithRelayedEndpointOnly() {
        assertThrows(IllegalArgumentException.class,
                () -> new Candidate(TwoNodes.direct("10.0.0.1"), CandidateKind.RELAY));
        Endpoint relayed = new Endpoint.Relayed(TwoNodes.key(1), TwoNodes.key(2));
        assertThrows(IllegalArgumentException.class, () -> new Candidate(relayed, CandidateKind.LAN));
    }
}

package io.meshd.nat;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.PublicKey;
import java.net.InetAddress;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SearchBudgetTest {
    private static final PublicKey ALPHA = TwoNodes.key(1);
    private static final PublicKey BETA = TwoNodes.key(2);
    private static final Set<InetAddress> HOME = Set.of(place(1));
    private static final Set<InetAddress> CAFE = Set.of(place(2));

    private final SearchBudget budget = new SearchBudget();
    private long now = Long.MAX_VALUE - 10;

    private static InetAddress place(int number) {
        return TwoNodes.direct("203.0.113." + number).address().getAddress();
    }

    private boolean spend(PublicKey peer, Set<InetAddress> network, int target) {
        boolean allowed = budget.allows(now, peer, network, place(target));
        if (allowed) {
            budget.spend(now, peer, network, place(target));
        }
        return allowed;
    }

    @Test
    void oneSearchAnHourForEachPeerBetweenTwoNetworks() {
        assertThat(spend(ALPHA, HOME, 50)).isTrue();
        assertThat(spend(ALPHA, HOME, 50)).isFalse();

        now += SearchBudget.PERIOD_NANOS - 1;
        assertThat(spend(ALPHA, HOME, 50)).isFalse();
        now += 1;
        assertThat(spend(ALPHA, HOME, 50)).isTrue();
    }

    @Test
    void addressIsSearchedNoMoreOftenThanForOneHouseholdWhoeverNamesIt() {
        int allowed = 0;
        for (int peer = 10; peer < 20; peer++) {
            allowed += spend(TwoNodes.key(peer), HOME, 50) ? 1 : 0;
        }
        assertThat(allowed).isEqualTo(SearchBudget.PER_TARGET_MAX);
    }

    @Test
    void anotherNetworkOfEitherSideAllowsAnother() {
        assertThat(spend(ALPHA, HOME, 50)).isTrue();
        assertThat(spend(ALPHA, CAFE, 50)).isTrue();
        assertThat(spend(ALPHA, CAFE, 51)).isTrue();
    }

    @Test
    void peerThatNamesOneAddressAfterAnotherIsNotFollowedLong() {
        int allowed = 0;
        for (int target = 0; target < 100; target++) {
            allowed += spend(ALPHA, HOME, target) ? 1 : 0;
        }
        assertThat(allowed).isEqualTo(SearchBudget.PER_PEER_MAX);
        assertThat(spend(BETA, HOME, 200)).as("others still have their turn").isTrue();
    }

    @Test
    void whoDoesNotBeginUsesUpItsOwnTurnsOnly() {
        for (int i = 0; i < SearchBudget.PER_PEER_MAX; i++) {
            assertThat(budget.allows(now, ALPHA, HOME, place(50))).isTrue();
            budget.spendInVain(now, ALPHA, HOME);
        }
        assertThat(budget.allows(now, ALPHA, HOME, place(50))).isFalse();
        assertThat(spend(BETA, HOME, 50)).as("whose address it named").isTrue();
    }

    @Test
    void allTogetherAreBounded() {
        int allowed = 0;
        for (int i = 0; i < 100; i++) {
            allowed += spend(TwoNodes.key(10 + i), i % 2 == 0 ? HOME : CAFE, i) ? 1 : 0;
        }
        assertThat(allowed).isEqualTo(SearchBudget.SEARCHES_MAX);
    }
}

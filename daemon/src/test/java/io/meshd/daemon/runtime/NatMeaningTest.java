package io.meshd.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.nat.FilteringBehaviour;
import io.meshd.nat.NatView;
import io.meshd.protocol.MappingBehaviour;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class NatMeaningTest {
    private static String of(MappingBehaviour mapping, FilteringBehaviour filtering, int step) {
        return NatMeaning.of(new NatView(mapping, filtering, List.of(), step), true, false);
    }

    @Test
    void kindsOfNatThatDifferForPeersAreToldApart() {
        List<String> meanings = new ArrayList<>();
        meanings.add(of(MappingBehaviour.NONE, FilteringBehaviour.UNKNOWN, 0));
        meanings.add(of(MappingBehaviour.NONE, FilteringBehaviour.ADDRESS_DEPENDENT, 0));
        meanings.add(of(MappingBehaviour.ENDPOINT_INDEPENDENT, FilteringBehaviour.ENDPOINT_INDEPENDENT, 0));
        meanings.add(of(MappingBehaviour.ENDPOINT_INDEPENDENT, FilteringBehaviour.ADDRESS_DEPENDENT, 0));
        meanings.add(of(MappingBehaviour.ENDPOINT_INDEPENDENT, FilteringBehaviour.UNKNOWN, 0));
        meanings.add(of(MappingBehaviour.ADDRESS_DEPENDENT, FilteringBehaviour.UNKNOWN, 0));
        meanings.add(of(MappingBehaviour.ADDRESS_DEPENDENT, FilteringBehaviour.UNKNOWN, -2));
        meanings.add(of(MappingBehaviour.UNKNOWN, FilteringBehaviour.UNKNOWN, 0));

        assertThat(new HashSet<>(meanings)).hasSameSizeAs(meanings);
        assertThat(meanings.get(6)).contains("each 2 below the last, so that they can be guessed");
    }

    @Test
    void confirmedMappingOutweighsTheNat() {
        assertThat(NatMeaning.of(new NatView(MappingBehaviour.ADDRESS_AND_PORT_DEPENDENT, FilteringBehaviour.UNKNOWN,
                List.of(), 0), true, true)).isEqualTo("a port is mapped: every peer reaches this host directly");
    }

    @Test
    void whoWasNeverSeenKnowsNothing() {
        assertThat(NatMeaning.of(new NatView(MappingBehaviour.UNKNOWN, FilteringBehaviour.UNKNOWN, List.of(), 0),
                false, false)).startsWith("nobody outside has seen this host");
    }
}

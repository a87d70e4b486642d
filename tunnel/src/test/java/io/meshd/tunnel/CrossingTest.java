package io.meshd.tunnel;

import static io.meshd.tunnel.Lab.MILLIS;
import static io.meshd.tunnel.Lab.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.protocol.DropReason;
import io.meshd.protocol.Event;
import io.meshd.tunnel.Lab.Host;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two peers that begin at the same moment. */
class CrossingTest {
    /** All orders in which two initiations, two responses and two first packets can arrive, by their delays. */
    private static List<Map<String, Long>> orders() {
        List<Map<String, Long>> orders = new ArrayList<>();
        long[] delays = {MILLIS, 7 * MILLIS, 23 * MILLIS};
        for (long init1 : delays) {
            for (long init2 : delays) {
                for (long response1 : delays) {
                    for (long response2 : delays) {
                        for (long data1 : new long[]{MILLIS, 11 * MILLIS}) {
                            for (long data2 : new long[]{MILLIS, 11 * MILLIS}) {
                                orders.add(Map.of("1/1", init1, "2/1", init2, "1/2", response1, "2/2", response2,
                                        "1/4", data1, "2/4", data2));
                            }
                        }
                    }
                }
            }
        }
        return orders;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void carriesEveryPacketInEveryOrderOfArrival(boolean stock) {
        int seed = 0;
        for (Map<String, Long> order : orders()) {
            Lab lab = new Lab(seed++);
            Host a = lab.host(1);
            Host b = lab.host(2);
            a.add(b, stock, null, 0);
            b.add(a, stock, null, 0);
            lab.fate = datagram -> new long[]{order.get(datagram.from.number + "/" + datagram.type())};

            a.send(b);
            b.send(a);
            lab.run(SECONDS);
            a.send(b);
            b.send(a);
            lab.run(SECONDS);

            assertThat(a.delivered).as("%s", order).hasSize(2);
            assertThat(b.delivered).as("%s", order).hasSize(2);
            assertThat(a.peer(b).keypairs.current()).isNotNull();
            if (!stock) {
                assertSameSession(a, b, order);
            }
        }
    }

    private static void assertSameSession(Host a, Host b, Map<String, Long> order) {
        assertThat(a.current(b).initiator).as("%s", order).isNotEqualTo(b.current(a).initiator);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void renewsCrossedSessionsWithoutLoss(boolean stock) {
        Lab lab = new Lab(3);
        Host a = lab.host(1);
        Host b = lab.host(2);
        a.add(b, stock, null, 0);
        b.add(a, stock, null, 0);
        int packets = 0;
        for (long t = 0; t < 400 * SECONDS; t += 20 * MILLIS) {
            a.send(b);
            b.send(a);
            packets++;
            lab.run(20 * MILLIS);
        }
        lab.run(SECONDS);

        assertThat(a.delivered).hasSize(packets);
        assertThat(b.delivered).hasSize(packets);
        // Nothing but a response to the initiation that yielded.
        assertThat(a.drops(DropReason.NO_SESSION) + b.drops(DropReason.NO_SESSION)).isLessThanOrEqualTo(1);
    }

    @Test
    void survivesLossRepetitionAndReordering() {
        for (int seed = 0; seed < 30; seed++) {
            Lab lab = new Lab(seed);
            Host a = lab.host(1);
            Host b = lab.host(2);
            a.add(b, seed % 2 == 0, null, 0);
            b.add(a, seed % 2 == 0, null, 0);
            lab.fate = _ -> {
                int number = lab.random.nextInt(10) < 2 ? 0 : 1 + lab.random.nextInt(2);
                return lab.random.longs(number, MILLIS, 200 * MILLIS).toArray();
            };
            for (int i = 0; i < 300; i++) {
                a.send(b);
                b.send(a);
                lab.run(SECONDS);
            }
            lab.run(2 * SECONDS);

            // A fifth is lost on the way; next to nothing is for want of a session.
            assertThat(a.delivered.size()).as("seed %s", seed).isBetween(200, 300);
            assertThat(b.delivered.size()).as("seed %s", seed).isBetween(200, 300);
            assertThat(a.events(Event.HandshakeGaveUp.class)).isEmpty();
        }
    }
}

package io.meshd.tunnel;

import static io.meshd.tunnel.Lab.MILLIS;
import static io.meshd.tunnel.Lab.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.TunnelKey;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Event;
import io.meshd.protocol.HandshakeMessage.Initiation;
import io.meshd.tunnel.Lab.Host;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Initiators that are no peers: {@code b} does not know {@code a}. */
class StrangersTest {
    private final Lab lab = new Lab(4);
    private final Host a = lab.host(1);
    private final Host b = lab.host(2);
    private final List<TunnelKey> asked = new ArrayList<>();

    @BeforeEach
    void oneSideKnowsTheOther() {
        a.add(b);
    }

    private boolean admit(long nowNanos, TunnelKey key) {
        asked.add(key);
        return b.tunnel.add(nowNanos, PeerSettings.meshd(key)).key().equals(key);
    }

    @Test
    void areAnsweredBySilenceForOneCurveOperationAtFirst() {
        a.connect(b);
        lab.run(50 * MILLIS);

        assertThat(lab.sent).hasSize(1);
        assertThat(b.drops(DropReason.UNAUTHORIZED_PEER)).isEqualTo(1);
        assertThat(b.tunnel.curveOperations()).isEqualTo(1);
    }

    @Test
    void getASessionWhenTheyAreAdmittedForNoMoreThanAPeerCosts() {
        b.tunnel.strangers(this::admit);
        a.send(b);
        lab.run(SECONDS);
        b.send(a);
        lab.run(SECONDS);

        assertThat(asked).containsExactly(a.tunnel.publicKey());
        assertThat(b.delivered).containsExactly(Lab.ip(1, 2, 60));
        assertThat(a.delivered).containsExactly(Lab.ip(2, 1, 60));
        assertThat(b.events(Event.SessionEstablished.class)).hasSize(1);
        assertThat(b.tunnel.curveOperations()).isEqualTo(5);
    }

    @Test
    void getSilenceWhenTheyAreRefusedForOneCurveOperationMore() {
        b.tunnel.strangers((_, key) -> !asked.add(key));
        a.connect(b);
        lab.run(50 * MILLIS);

        assertThat(asked).containsExactly(a.tunnel.publicKey());
        assertThat(lab.sent).hasSize(1);
        assertThat(b.drops(DropReason.UNAUTHORIZED_PEER)).isEqualTo(1);
        assertThat(b.tunnel.curveOperations()).isEqualTo(2);
        assertThat(b.tunnel.peers()).isEmpty();
    }

    @Test
    void costNothingMoreWhenTheirKeyMayNotEnter() {
        b.tunnel.strangers(new Strangers() {
            @Override
            public boolean mayEnter(TunnelKey key) {
                return false;
            }

            @Override
            public boolean admit(long nowNanos, TunnelKey key) {
                throw new AssertionError("nobody is to be asked about");
            }
        });
        a.connect(b);
        lab.run(50 * MILLIS);

        assertThat(lab.sent).hasSize(1);
        assertThat(b.drops(DropReason.UNAUTHORIZED_PEER)).isEqualTo(1);
        assertThat(b.tunnel.curveOperations()).isEqualTo(1);
    }

    @Test
    void areNotAskedAboutWhenTheyDoNotProveTheirKey() {
        b.tunnel.strangers(this::admit);
        a.connect(b);
        byte[] forged = lab.sent.getFirst().bytes.clone();
        // The encrypted timestamp is what only the holder of the key can make; mac1 anybody can.
        int macs = Initiation.MAC1_OFFSET;
        forged[macs - 1] ^= 1;
        byte[] mac1 = Blake2s.mac(CookieChecker.mac1Key(b.tunnel.publicKey().bytes()), forged, 0, macs);
        System.arraycopy(mac1, 0, forged, macs, mac1.length);
        b.receive(forged, a.addresses.getFirst());

        assertThat(asked).isEmpty();
        assertThat(b.drops(DropReason.MALFORMED)).isEqualTo(1);
        assertThat(b.tunnel.curveOperations()).isEqualTo(2);
        assertThat(b.tunnel.peers()).isEmpty();
    }

    @Test
    void areAnsweredBySilenceAgainWhenTheDoorIsShut() {
        b.tunnel.strangers(this::admit);
        b.tunnel.strangers(null);
        a.connect(b);
        lab.run(50 * MILLIS);

        assertThat(asked).isEmpty();
        assertThat(lab.sent).hasSize(1);
        assertThat(b.tunnel.curveOperations()).isEqualTo(1);
    }
}

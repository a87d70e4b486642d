package io.meshd.nat.lan;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.meshd.protocol.Decoded;
import io.meshd.testing.Property;
import java.util.Collections;
import org.junit.jupiter.api.Test;

/** Any bytes as a beacon: the codec never throws, and nobody is found by chance. */
class LanFuzzTest {
    @FuzzTest
    void survivesAnyBeacon(byte[] bytes) {
        LanWorld world = new LanWorld(1);
        LanWorld.Node alpha = world.node();
        alpha.trusts(world.node()).plugIn();
        world.run(1);
        long before = world.sent.size();

        alpha.hears(LanWorld.address("192.168.1.66"), bytes);
        world.run(100 * LanWorld.MILLI);

        assertThat(alpha.found).isEmpty();
        assertThat(world.sent.size() - before).isLessThanOrEqualTo(1);
        if (LanCodec.decode(bytes) instanceof Decoded.Message<LanBeacon>(LanBeacon beacon)) {
            assertThat(LanCodec.decode(LanCodec.encode(beacon))).isEqualTo(new Decoded.Message<>(beacon));
        }
    }

    @Test
    void survivesMutatedBeacons() {
        LanNonce nonce = new LanNonce(-1, 0x0123_4567_89ab_cdefL);
        byte[] call = LanCodec.encode(new LanBeacon.Call(nonce));
        byte[] answer = LanCodec.encode(new LanBeacon.Answer(new LanNonce(1, -2), nonce,
                Collections.nCopies(LanCodec.SLOTS, new Slot(Long.MIN_VALUE, 0xffff, Slot.CHECK_MASK))));
        Property.forAll(300, random -> {
            survivesAnyBeacon(Property.mutated(random, call));
            survivesAnyBeacon(Property.mutated(random, answer));
        });
    }
}

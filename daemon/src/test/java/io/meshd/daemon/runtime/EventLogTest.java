package io.meshd.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.log.Field;
import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Filter;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

final class EventLogTest {
    private final EventLog log = new EventLog();

    @Test
    void whatWasMendedIsNoLongerWarnedOf() {
        log.standing(List.of("beta.pub is broken", "gamma.pub is broken"));
        log.warning("the interface was removed");
        assertThat(log.warnings()).containsExactly("beta.pub is broken", "gamma.pub is broken",
                "the interface was removed");

        log.standing(List.of("gamma.pub is broken"));
        assertThat(log.warnings()).containsExactly("gamma.pub is broken", "the interface was removed");

        log.standing(List.of());
        assertThat(log.warnings()).containsExactly("the interface was removed");
    }

    @Test
    void whatRepeatsIsShownOnce() {
        log.warning("the interface was removed");
        log.warning("the interface was removed");

        assertThat(log.warnings()).containsExactly("the interface was removed");
    }

    @Test
    void aClaimIsToldOnceAMinute() {
        AtomicLong clock = new AtomicLong();
        EventLog timed = new EventLog(clock::get);
        PublicKey beta = Identity.ofSeed(new byte[32]).publicKey();
        Event claim = new Event.ClaimRefused(beta, Event.ClaimFault.WRONG_PREFIX, "10.66.0.0/24");
        List<Object> told = new ArrayList<>();
        Logger logger = Logger.getLogger("io.meshd.node");
        Filter filter = record -> told.add(record.getParameters()[1]);
        logger.setFilter(filter);
        try {
            for (int i = 0; i < 600; i++) {
                timed.happened(claim);
                clock.addAndGet(100_000_000L);
            }
            assertThat(told).containsExactly(Field.of("prefix", "10.66.0.0/24"));

            timed.happened(claim);
            assertThat(told).hasSize(2);
        } finally {
            logger.setFilter(null);
        }
    }
}

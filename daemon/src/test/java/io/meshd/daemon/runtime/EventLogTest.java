package io.meshd.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
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
}

package io.meshd.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InboxTest {
    private static final NodeTask NOTHING = (node, now) -> {};

    private final Inbox inbox = new Inbox();

    @Test
    void isUnderLoadFromAnEighthOnAndHasRoomBehindThatForProvenSenders() {
        for (int i = 0; i < Inbox.HANDSHAKES_UNDER_LOAD; i++) {
            assertThat(inbox.isUnderLoad()).isFalse();
            assertThat(inbox.offerHandshake(NOTHING)).isTrue();
        }
        assertThat(inbox.isUnderLoad()).isTrue();
        for (int i = Inbox.HANDSHAKES_UNDER_LOAD; i < Inbox.HANDSHAKES_MAX; i++) {
            assertThat(inbox.offerHandshake(NOTHING)).isTrue();
        }
        assertThat(inbox.offerHandshake(NOTHING)).isFalse();
    }

    @Test
    void hasRoomForEverythingElseWhenItIsFullOfHandshakes() {
        while (inbox.offerHandshake(NOTHING)) {
            assertThat(inbox.offer(NOTHING)).isTrue();
        }
        assertThat(inbox.offer(NOTHING)).isTrue();
    }

    @Test
    void floodOfBeaconsTakesNoRoomFromOthers() {
        for (int i = 0; i < Inbox.LAN_MAX; i++) {
            assertThat(inbox.offerLan(NOTHING)).isTrue();
        }
        assertThat(inbox.offerLan(NOTHING)).isFalse();
        assertThat(inbox.isUnderLoad()).isFalse();
        while (inbox.offerHandshake(NOTHING)) {
            assertThat(inbox.offer(NOTHING)).isTrue();
        }
        assertThat(inbox.offerStun(NOTHING)).isTrue();
    }

    @Test
    void floodOfStunTakesNoRoomFromOthers() {
        for (int i = 0; i < Inbox.STUN_MAX; i++) {
            assertThat(inbox.offerStun(NOTHING)).isTrue();
        }
        assertThat(inbox.offerStun(NOTHING)).isFalse();
        assertThat(inbox.isUnderLoad()).isFalse();
        while (inbox.offerHandshake(NOTHING)) {
            assertThat(inbox.offer(NOTHING)).isTrue();
        }
        assertThat(inbox.offer(NOTHING)).isTrue();
    }
}

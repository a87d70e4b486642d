package io.meshd.netio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PacketBatchTest {
    private static final PacketRoom WIREGUARD = new PacketRoom(16, 16, 16, 1420);

    @Test
    void padsLikeWireGuardButNeverBeyondTheMtu() {
        assertThat(WIREGUARD.paddedLength(0)).isZero();
        assertThat(WIREGUARD.paddedLength(1)).isEqualTo(16);
        assertThat(WIREGUARD.paddedLength(16)).isEqualTo(16);
        assertThat(WIREGUARD.paddedLength(1410)).isEqualTo(1420);
        assertThat(WIREGUARD.paddedLength(1420)).isEqualTo(1420);
        assertThat(WIREGUARD.paddedLength(1500)).isEqualTo(1500);
    }

    @Test
    void leavesRoomSoThatSealedNeighboursTouch() {
        PacketBatch batch = new PacketBatch(10, 10_000, WIREGUARD);
        for (int length : new int[]{1420, 1420, 100, 1}) {
            assertThat(batch.reserve(length)).isPositive();
        }
        for (int i = 1; i < batch.count(); i++) {
            int sealedEnd = batch.offset(i - 1) + WIREGUARD.paddedLength(batch.length(i - 1)) + 16;
            assertThat(batch.offset(i) - 16).isEqualTo(sealedEnd);
        }
        assertThat(batch.offset(0)).isEqualTo(16);
    }

    @Test
    void isFullByNumberAndByBytes() {
        PacketBatch batch = new PacketBatch(2, 100, PacketRoom.NONE);
        assertThat(batch.reserve(60)).isZero();
        assertThat(batch.reserve(41)).isEqualTo(-1);
        assertThat(batch.reserve(40)).isEqualTo(60);
        assertThat(batch.reserve(0)).isEqualTo(-1);
        batch.clear();
        assertThat(batch.copy(new byte[]{1, 2, 3}, 1, 2)).isTrue();
        assertThat(batch.packet(0)).containsExactly(2, 3);
    }

    @Test
    void pointsIntoABorrowedArenaUntilCleared() {
        PacketBatch batch = PacketBatch.view(2);
        byte[] foreign = {1, 2, 3, 4};
        batch.borrow(foreign);
        assertThat(batch.add(1, 2)).isTrue();
        assertThat(batch.add(0, 4)).isTrue();
        assertThat(batch.add(0, 1)).isFalse();
        assertThat(batch.packet(0)).containsExactly(2, 3);
        assertThat(batch.reserve(0)).isEqualTo(-1);
        assertThatThrownBy(() -> batch.add(2, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        batch.clear();
        assertThat(batch.arena()).isEmpty();
        assertThatThrownBy(() -> batch.offset(0)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}

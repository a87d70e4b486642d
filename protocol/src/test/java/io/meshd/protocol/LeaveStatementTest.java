package io.meshd.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LeaveStatementTest {
    private static final Identity IDENTITY = Identity.generate(new SplittableRandom(1));
    private static final Frame.Leave LEAVE = LeaveStatement.sign(IDENTITY, 42);

    @Test
    void verifiesWhatTheNodeSigned() {
        assertThat(LeaveStatement.verify(LEAVE)).isTrue();
        assertThat(LEAVE.node()).isEqualTo(IDENTITY.publicKey());
        assertThat(LEAVE.epoch()).isEqualTo(42);
    }

    @Test
    void holdsForOneRunOfOneNodeOnly() {
        Identity other = Identity.generate(new SplittableRandom(2));
        assertThat(LeaveStatement.verify(new Frame.Leave(LEAVE.node(), 43, LEAVE.signature()))).isFalse();
        assertThat(LeaveStatement.verify(new Frame.Leave(other.publicKey(), 42, LEAVE.signature()))).isFalse();
        assertThat(LeaveStatement.verify(new Frame.Leave(LEAVE.node(), 42, Bytes.EMPTY))).isFalse();
    }

    @Test
    void signatureOfARecordIsNoGoodbye() {
        NodeRecord record = NodeRecord.sign(IDENTITY, 42, 0, "a", "n", 0, 0, List.of(), List.of());
        assertThat(LeaveStatement.verify(new Frame.Leave(LEAVE.node(), 42, record.signature()))).isFalse();
    }
}

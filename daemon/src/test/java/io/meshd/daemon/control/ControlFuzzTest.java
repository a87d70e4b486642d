package io.meshd.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Whatever a client sends, reading it ends in a bounded request or in an error for the client. */
final class ControlFuzzTest {
    @FuzzTest
    void readsAnyRequest(byte[] line) {
        try {
            ControlRequest request = ControlRequest.parse(line);
            assertThat(request.ownTime().toMillis()).isBetween(0L, PingRequest.TOTAL_MAX_MS);
        } catch (ControlException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}

package io.meshd.nat.stun;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.meshd.identity.HostPort;
import io.meshd.nat.OwnEndpoints;
import io.meshd.protocol.Decoded;
import io.meshd.testing.RecordingOutbox;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Any bytes as a message: the codec never throws, a responder never says more than it was told, a client never stirs. */
class StunFuzzTest {
    private static final InetSocketAddress SERVER = StunCodecTest.address("203.0.113.5", 3_478);

    @FuzzTest
    void survivesAnyMessage(byte[] bytes) {
        check(bytes);
    }

    static void check(byte[] bytes) {
        if (!(StunCodec.decode(bytes, 0, bytes.length) instanceof Decoded.Message(StunMessage message))) {
            return;
        }
        boolean hasText = message.attributes().stream()
                .anyMatch(attribute -> attribute instanceof StunAttribute.Software
                        || attribute instanceof StunAttribute.ErrorCode);
        if (!hasText) {
            // Text that is no UTF-8 is the one thing with more than one form.
            byte[] again = StunCodec.encode(message);
            assertThat(StunCodec.decode(again, 0, again.length)).isEqualTo(new Decoded.Message<>(message));
        }
        respond(message, bytes.length);
        stirNothing(message);
    }

    private static void respond(StunMessage message, int size) {
        StunResponder responder = new StunResponder();
        RecordingOutbox out = new RecordingOutbox();
        responder.handle(0, message, size, SERVER, true, out);
        assertThat(out.transmissions())
                .allSatisfy(sent -> assertThat(sent.datagram().length()).isLessThanOrEqualTo(size));
        out.clear();
        responder.handle(0, message, size, SERVER, false, out);
        assertThat(out.isEmpty()).isTrue();
    }

    /** An answer with an id that was never used is forged, wherever it comes from. */
    private static void stirNothing(StunMessage message) {
        OwnEndpoints own = new OwnEndpoints();
        own.local(0, List.of(StunCodecTest.address("192.168.1.2", 51_821)));
        StunClient client = new StunClient(new SplittableRandom(7), own);
        RecordingOutbox out = new RecordingOutbox();
        client.servers(0, List.of(new HostPort("203.0.113.5", 3_478)));
        client.handleTimeout(0, out);
        byte[] question = out.transmissions().getFirst().datagram().toArray();
        if (Arrays.equals(question, 8, 20, StunCodec.encode(message), 8, 20)) {
            return;
        }
        client.handle(1, message, SERVER, out);
        assertThat(client.unexpected()).isEqualTo(1);
        assertThat(own.all(1)).hasSize(1);
    }
}

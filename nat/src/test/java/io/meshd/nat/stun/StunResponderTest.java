package io.meshd.nat.stun;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.Bytes;
import io.meshd.protocol.Endpoint;
import io.meshd.testing.RecordingOutbox;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class StunResponderTest {
    private static final TransactionId ID = new TransactionId(1, 2);
    private static final InetSocketAddress PEER = StunCodecTest.address("198.51.100.3", 51_821);
    private static final InetSocketAddress PEER6 = StunCodecTest.address("2001:db8::3", 51_821);
    private static final StunAttribute SOFTWARE = new StunAttribute.Software("x".repeat(20));

    private final StunResponder responder = new StunResponder();
    private final RecordingOutbox out = new RecordingOutbox();

    private void ask(InetSocketAddress from, boolean checked, StunAttribute... attributes) {
        out.clear();
        StunMessage request = new StunMessage(StunMessage.Kind.REQUEST, ID, List.of(attributes), checked);
        int size = StunCodec.encode(request).length;
        responder.handle(0, request, size, from, true, out);
        assertThat(out.transmissions()).allMatch(sent -> sent.datagram().length() <= size);
    }

    private StunMessage answer() {
        assertThat(out.transmissions()).hasSize(1);
        return StunCodecTest.read(out.transmissions().getFirst().datagram().toArray());
    }

    @Test
    void peerHearsWhereItIsSeen() {
        for (InetSocketAddress peer : List.of(PEER, PEER6)) {
            ask(peer, true, SOFTWARE);
            assertThat(out.transmissions().getFirst().to()).isEqualTo(new Endpoint.Direct(peer));
            assertThat(answer()).isEqualTo(new StunMessage(StunMessage.Kind.SUCCESS, ID,
                    List.of(new StunAttribute.XorMappedAddress(peer)), true));
        }
        assertThat(responder.answered()).isEqualTo(2);
    }

    @Test
    void strangerHearsNothing() {
        responder.handle(0, new StunMessage(StunMessage.Kind.REQUEST, ID, List.of(SOFTWARE), true), 52, PEER, false,
                out);
        assertThat(out.isEmpty()).isTrue();
        assertThat(responder.refused()).isEqualTo(1);
    }

    @Test
    void requestWithoutRoomForTheAnswerGetsNone() {
        ask(PEER, false);
        assertThat(out.isEmpty()).isTrue();
        ask(PEER6, true, new StunAttribute.Software("x".repeat(8)));
        assertThat(out.isEmpty()).isTrue();
        assertThat(responder.refused()).isEqualTo(2);
        ask(PEER, false, new StunAttribute.Software("x".repeat(8)));
        assertThat(answer().checked()).isFalse();
    }

    @Test
    void fingerprintIsLeftOutWhenThereIsNoRoomForIt() {
        ask(PEER, true, new StunAttribute.Software("x"));
        assertThat(answer()).isEqualTo(new StunMessage(StunMessage.Kind.SUCCESS, ID,
                List.of(new StunAttribute.XorMappedAddress(PEER)), false));
    }

    @Test
    void whatHadToBeUnderstoodIsNamed() {
        ask(PEER, true, new StunAttribute.Unknown(0x0077, Bytes.EMPTY), SOFTWARE,
                new StunAttribute.Unknown(0x8077, Bytes.EMPTY), new StunAttribute.ChangeRequest(true, true),
                new StunAttribute.ResponsePort(9));
        assertThat(answer().kind()).isEqualTo(StunMessage.Kind.ERROR);
        assertThat(answer().first(StunAttribute.ErrorCode.class)).isEqualTo(new StunAttribute.ErrorCode(420, ""));
        assertThat(answer().first(StunAttribute.UnknownAttributes.class))
                .isEqualTo(new StunAttribute.UnknownAttributes(List.of(0x0077, 0x0003, 0x0027)));
    }

    @Test
    void eachAddressHasItsOwnRate() {
        StunMessage request = new StunMessage(StunMessage.Kind.REQUEST, ID, List.of(SOFTWARE), true);
        for (int i = 0; i < 100; i++) {
            responder.handle(0, request, 52, PEER, true, out);
        }
        assertThat(out.transmissions()).hasSize(10);
        responder.handle(0, request, 52, PEER6, true, out);
        assertThat(out.transmissions()).hasSize(11);
        for (int i = 1; i <= 100; i++) {
            responder.handle(i * 100_000_000L, request, 52, PEER, true, out);
        }
        assertThat(out.transmissions()).hasSize(11 + 20);
        assertThat(responder.refused()).isEqualTo(90 + 80);
    }

    @Test
    void manyAddressesFillNoMemory() {
        StunMessage request = new StunMessage(StunMessage.Kind.REQUEST, ID, List.of(SOFTWARE), true);
        for (int i = 0; i < 3_000; i++) {
            responder.handle(0, request, 52, new InetSocketAddress(PEER.getAddress(), 1_000 + i), true, out);
        }
        assertThat(responder.sources()).isEqualTo(StunResponder.SOURCES_MAX);
    }
}

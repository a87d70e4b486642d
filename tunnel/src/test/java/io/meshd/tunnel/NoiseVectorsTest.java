package io.meshd.tunnel;

import static io.meshd.tunnel.Vectors.hex;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The public Noise vectors, through the very classes that handshakes use. */
class NoiseVectorsTest {
    private static final int STATIC_END = 32 + 48;

    private final Curve25519 curve = new Curve25519();

    private static JsonNode vector(String protocolName) {
        for (JsonNode vector : Vectors.json("noise-wireguard-relevant.json").get("vectors")) {
            if (vector.get("protocol_name").asText().equals(protocolName)) {
                return vector;
            }
        }
        throw new AssertionError("no vector for " + protocolName);
    }

    private static <T> T present(@Nullable T value) {
        return Objects.requireNonNull(value);
    }

    private byte[] agree(byte[] privateKey, byte[] publicKey) {
        return present(curve.agree(privateKey, publicKey));
    }

    @Test
    void reproducesTheVectorOfWireGuardsOwnProtocol() {
        JsonNode vector = vector(LocalNode.CONSTRUCTION);
        JsonNode messages = vector.get("messages");
        byte[] initiatorStatic = hex(vector, "init_static");
        byte[] responderStatic = hex(vector, "resp_static");
        byte[] responderPublic = hex(vector, "init_remote_static");
        byte[] psk = hex(vector.get("init_psks").get(0).asText());
        byte[] staticStatic = agree(initiatorStatic, responderPublic);

        NoiseInitiator initiator = new NoiseInitiator(curve, state(vector), hex(vector, "init_ephemeral"),
                responderPublic);
        byte[] first = present(
                initiator.writeInitiation(curve.publicKey(initiatorStatic), responderPublic, staticStatic,
                        hex(messages.get(0), "payload")));
        assertThat(first).isEqualTo(hex(messages.get(0), "ciphertext"));

        NoiseResponder responder = new NoiseResponder(curve, state(vector), responderPublic);
        byte[] claimed = responder.readStatic(responderStatic, Arrays.copyOf(first, 32),
                Arrays.copyOfRange(first, 32, STATIC_END));
        assertThat(claimed).isEqualTo(curve.publicKey(initiatorStatic));
        assertThat(responder.readPayload(staticStatic, Arrays.copyOfRange(first, STATIC_END, first.length)))
                .isEqualTo(hex(messages.get(0), "payload"));
        byte[] second = present(
                responder.writeResponse(hex(vector, "resp_ephemeral"), psk, hex(messages.get(1), "payload")));
        assertThat(second).isEqualTo(hex(messages.get(1), "ciphertext"));

        SymmetricState done = present(initiator.readResponse(initiatorStatic, psk, Arrays.copyOf(second, 32),
                Arrays.copyOfRange(second, 32, second.length)));
        assertThat(done.handshakeHash()).isEqualTo(hex(vector, "handshake_hash"))
                .isEqualTo(responder.state().handshakeHash());
        assertTransport(messages, done.split(), responder.state().split());
    }

    private static SymmetricState state(JsonNode vector) {
        return new SymmetricState(vector.get("protocol_name").asText(), hex(vector, "init_prologue"));
    }

    private static void assertTransport(JsonNode messages, SessionKey[] initiator, SessionKey[] responder) {
        TransportCipher cipher = new TransportCipher();
        for (int i = 2; i < messages.size(); i++) {
            byte[] payload = hex(messages.get(i), "payload");
            byte[] sealed = new byte[payload.length + 16];
            SessionKey[] sender = i % 2 == 0 ? initiator : responder;
            SessionKey[] receiver = i % 2 == 0 ? responder : initiator;
            int counter = i / 2 - 1;

            cipher.seal(sender[i % 2], counter, payload, 0, payload.length, 0, sealed, 0);
            assertThat(sealed).isEqualTo(hex(messages.get(i), "ciphertext"));
            byte[] opened = new byte[payload.length];
            assertThat(cipher.open(receiver[i % 2], counter, sealed, 0, sealed.length, opened, 0))
                    .isEqualTo(payload.length);
            assertThat(opened).isEqualTo(payload);
        }
    }

    /** The related patterns, token by token: they differ from WireGuard's only in where the psk goes. */
    @Test
    void reproducesTheVectorsOfRelatedPatternsWithTheSameSymmetricState() {
        int reproduced = 0;
        for (JsonNode vector : Vectors.json("noise-wireguard-relevant.json").get("vectors")) {
            if (vector.get("file").asText().startsWith("noise-c")) {
                continue; // written in another form; its content is cacophony's
            }
            assertTokens(vector);
            reproduced++;
        }
        assertThat(reproduced).isEqualTo(4);
    }

    private void assertTokens(JsonNode vector) {
        String name = vector.get("protocol_name").asText();
        boolean hasPsk = name.contains("psk");
        byte[] psk = hasPsk ? hex(vector.get("init_psks").get(0).asText()) : new byte[32];
        byte[] s = hex(vector, "init_static");
        byte[] e = hex(vector, "init_ephemeral");
        byte[] rs = hex(vector, "init_remote_static");
        byte[] re = hex(vector, "resp_ephemeral");
        SymmetricState state = state(vector);
        state.mixHash(rs);
        byte[] ephemeral = mixEphemeral(state, e, hasPsk);
        state.mixKey(agree(e, rs));
        byte[] sealedStatic = state.encryptAndHash(curve.publicKey(s));
        state.mixKey(agree(s, rs));
        if (name.contains("psk1")) {
            state.mixKeyAndHash(psk);
        }
        JsonNode messages = vector.get("messages");
        byte[] sealedFirst = state.encryptAndHash(hex(messages.get(0), "payload"));
        assertThat(Blake2s.concat(ephemeral, sealedStatic, sealedFirst)).as(name)
                .isEqualTo(hex(messages.get(0), "ciphertext"));

        byte[] answer = mixEphemeral(state, re, hasPsk);
        state.mixKey(agree(re, ephemeral));
        state.mixKey(agree(s, answer));
        if (name.contains("psk2")) {
            state.mixKeyAndHash(psk);
        }
        assertThat(Blake2s.concat(answer, state.encryptAndHash(hex(messages.get(1), "payload")))).as(name)
                .isEqualTo(hex(messages.get(1), "ciphertext"));
    }

    private byte[] mixEphemeral(SymmetricState state, byte[] privateKey, boolean hasPsk) {
        byte[] publicKey = curve.publicKey(privateKey);
        state.mixHash(publicKey);
        if (hasPsk) {
            state.mixKey(publicKey);
        }
        return publicKey;
    }
}

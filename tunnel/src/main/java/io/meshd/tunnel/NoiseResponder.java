package io.meshd.tunnel;

import static io.meshd.tunnel.Blake2s.concat;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The responder's side of one Noise IKpsk2 handshake, step by step, since the initiator's identity decides between the
 * steps whether there is a next one. A secret; owned by the node thread.
 */
final class NoiseResponder {
    private final Curve25519 curve;
    private final SymmetricState state;
    private byte[] initiatorStatic = new byte[0];
    private byte[] initiatorEphemeral = new byte[0];

    NoiseResponder(Curve25519 curve, SymmetricState state, byte[] staticPublic) {
        this.curve = curve;
        this.state = state;
        state.mixHash(staticPublic);
    }

    /** The initiator's static public key from the first message, at one curve operation; null when it is forged. */
    byte @Nullable [] readStatic(byte[] staticPrivate, byte[] ephemeral, byte[] sealedStatic) {
        state.mixHash(ephemeral);
        state.mixKey(ephemeral);
        byte[] staticEphemeral = curve.agree(staticPrivate, ephemeral);
        if (staticEphemeral == null) {
            return null;
        }
        state.mixKey(staticEphemeral);
        Arrays.fill(staticEphemeral, (byte) 0);
        byte[] opened = state.decryptAndHash(sealedStatic);
        if (opened != null) {
            initiatorStatic = opened;
            initiatorEphemeral = ephemeral;
        }
        return opened;
    }

    /** The payload of the first message, or null when it is forged: only now is the initiator authenticated. */
    byte @Nullable [] readPayload(byte[] staticStatic, byte[] sealedPayload) {
        state.mixKey(staticStatic);
        return state.decryptAndHash(sealedPayload);
    }

    /**
     * The second message: ephemeral key, sealed payload. Transport keys are ready after it.
     *
     * @param ephemeralPrivate taken over and wiped
     * @return null when one of the initiator's keys is of low order
     */
    byte @Nullable [] writeResponse(byte[] ephemeralPrivate, byte[] presharedKey, byte[] payload) {
        byte[] ephemeral = curve.publicKey(ephemeralPrivate);
        byte[] ephemeralEphemeral = curve.agree(ephemeralPrivate, initiatorEphemeral);
        byte[] ephemeralStatic = ephemeralEphemeral == null ? null : curve.agree(ephemeralPrivate, initiatorStatic);
        Arrays.fill(ephemeralPrivate, (byte) 0);
        if (ephemeralEphemeral == null || ephemeralStatic == null) {
            return null;
        }
        state.mixHash(ephemeral);
        state.mixKey(ephemeral);
        state.mixKey(ephemeralEphemeral);
        state.mixKey(ephemeralStatic);
        state.mixKeyAndHash(presharedKey);
        Arrays.fill(ephemeralEphemeral, (byte) 0);
        Arrays.fill(ephemeralStatic, (byte) 0);
        return concat(ephemeral, state.encryptAndHash(payload));
    }

    /** Hash and transport keys, after the second message. */
    SymmetricState state() {
        return state;
    }
}

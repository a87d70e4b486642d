package io.meshd.tunnel;

import static io.meshd.tunnel.Blake2s.concat;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The initiator's side of one Noise IKpsk2 handshake. A secret; owned by the node thread.
 *
 * <p>Protocol name, prologue and payloads come from outside, so that the public Noise vectors run through this class.
 */
final class NoiseInitiator {
    private final Curve25519 curve;
    private final byte[] ephemeralPrivate;
    private final SymmetricState state;

    /**
     * Begins a handshake.
     *
     * @param ephemeralPrivate taken over, and wiped in the end
     * @param responder        the responder's static public key
     */
    NoiseInitiator(Curve25519 curve, SymmetricState state, byte[] ephemeralPrivate, byte[] responder) {
        this.curve = curve;
        this.state = state;
        this.ephemeralPrivate = ephemeralPrivate;
        state.mixHash(responder);
    }

    /**
     * The first message: ephemeral key, sealed static key, sealed payload.
     *
     * @param staticStatic the shared secret of both static keys, computed once for each peer
     * @return null when the responder's key is of low order: nothing may be sent to it
     */
    byte @Nullable [] writeInitiation(byte[] staticPublic, byte[] responder, byte[] staticStatic, byte[] payload) {
        byte[] ephemeral = curve.publicKey(ephemeralPrivate);
        state.mixHash(ephemeral);
        state.mixKey(ephemeral);
        byte[] ephemeralStatic = curve.agree(ephemeralPrivate, responder);
        if (ephemeralStatic == null) {
            return null;
        }
        state.mixKey(ephemeralStatic);
        Arrays.fill(ephemeralStatic, (byte) 0);
        byte[] sealedStatic = state.encryptAndHash(staticPublic);
        state.mixKey(staticStatic);
        byte[] sealedPayload = state.encryptAndHash(payload);
        return concat(ephemeral, sealedStatic, sealedPayload);
    }

    /**
     * Reads the second message. A wrong one leaves this handshake as it was, so that the right one can still come.
     *
     * @param staticPrivate the initiator's own static key
     * @return the state to read hash and transport keys from, or null when the message is not for this handshake
     */
    @Nullable
    SymmetricState readResponse(byte[] staticPrivate, byte[] presharedKey, byte[] ephemeral,
            byte[] sealedPayload) {
        SymmetricState attempt = state.copy();
        byte[] ephemeralEphemeral = curve.agree(ephemeralPrivate, ephemeral);
        byte[] staticEphemeral = ephemeralEphemeral == null ? null : curve.agree(staticPrivate, ephemeral);
        if (ephemeralEphemeral == null || staticEphemeral == null) {
            attempt.wipe();
            return null;
        }
        attempt.mixHash(ephemeral);
        attempt.mixKey(ephemeral);
        attempt.mixKey(ephemeralEphemeral);
        attempt.mixKey(staticEphemeral);
        attempt.mixKeyAndHash(presharedKey);
        Arrays.fill(ephemeralEphemeral, (byte) 0);
        Arrays.fill(staticEphemeral, (byte) 0);
        if (attempt.decryptAndHash(sealedPayload) == null) {
            attempt.wipe();
            return null;
        }
        return attempt;
    }

    void wipe() {
        Arrays.fill(ephemeralPrivate, (byte) 0);
        state.wipe();
    }
}

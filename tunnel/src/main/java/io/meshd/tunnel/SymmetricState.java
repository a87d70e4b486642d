package io.meshd.tunnel;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Chaining key, transcript hash and current cipher key of a Noise handshake (Noise specification, section 5.2), with
 * BLAKE2s and ChaCha20-Poly1305. A secret; owned by the node thread.
 */
final class SymmetricState {
    private byte[] chainingKey;
    private byte[] hash;
    private byte @Nullable [] key;
    private long nonce;

    SymmetricState(String protocolName, byte[] prologue) {
        byte[] name = protocolName.getBytes(StandardCharsets.US_ASCII);
        this.hash = name.length <= Blake2s.BYTES ? Arrays.copyOf(name, Blake2s.BYTES) : Blake2s.hash(name);
        this.chainingKey = hash.clone();
        mixHash(prologue);
    }

    private SymmetricState(SymmetricState original) {
        this.chainingKey = original.chainingKey.clone();
        this.hash = original.hash.clone();
        this.key = original.key == null ? null : original.key.clone();
        this.nonce = original.nonce;
    }

    /** A second state to try a message on, so that a forged one leaves this one as it is. */
    SymmetricState copy() {
        return new SymmetricState(this);
    }

    void mixHash(byte[] content) {
        hash = Blake2s.hash(hash, content);
    }

    /** Mixes key material: a shared secret, or in psk patterns an ephemeral public key. */
    void mixKey(byte[] material) {
        byte[][] derived = Blake2s.kdf(2, chainingKey, material);
        replace(derived[0], derived[1]);
    }

    /** Mixes a preshared key. */
    void mixKeyAndHash(byte[] presharedKey) {
        byte[][] derived = Blake2s.kdf(3, chainingKey, presharedKey);
        mixHash(derived[1]);
        Arrays.fill(derived[1], (byte) 0);
        replace(derived[0], derived[2]);
    }

    private void replace(byte[] newChainingKey, byte[] newKey) {
        wipeKeys();
        chainingKey = newChainingKey;
        key = newKey;
        nonce = 0;
    }

    byte[] encryptAndHash(byte[] plaintext) {
        byte[] sealed = key == null
                ? plaintext.clone()
                : HandshakeCipher.seal(key, HandshakeCipher.nonce(nonce++), hash, plaintext);
        mixHash(sealed);
        return sealed;
    }

    /** The plaintext, or null when the tag is wrong; then this state is of no more use. */
    byte @Nullable [] decryptAndHash(byte[] sealed) {
        byte[] plaintext = key == null
                ? sealed.clone()
                : HandshakeCipher.open(key, HandshakeCipher.nonce(nonce++), hash, sealed);
        mixHash(sealed);
        return plaintext;
    }

    /** The two transport keys, the initiator's sending key first; wipes this state. */
    SessionKey[] split() {
        byte[][] keys = Blake2s.kdf(2, chainingKey, new byte[0]);
        wipe();
        return new SessionKey[]{new SessionKey(keys[0]), new SessionKey(keys[1])};
    }

    /** The transcript hash: the same on both sides when all went well, and no secret. */
    byte[] handshakeHash() {
        return hash.clone();
    }

    void wipe() {
        wipeKeys();
        Arrays.fill(hash, (byte) 0);
    }

    private void wipeKeys() {
        Arrays.fill(chainingKey, (byte) 0);
        if (key != null) {
            Arrays.fill(key, (byte) 0);
        }
    }
}

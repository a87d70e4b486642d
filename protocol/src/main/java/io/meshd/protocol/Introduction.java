package io.meshd.protocol;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.NodeName;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An introducer's signed statement that it admitted a node: "admit it as well, as I did".
 *
 * @param introducer who says it
 * @param node       who was admitted
 * @param networkId  into which mesh
 * @param name       how the introducer calls it
 * @param prefixes   what it owns; empty when its derived addresses
 * @param relay      whether packets may go through it
 * @param millis     when it was said, since 1970
 * @param signature  by {@code introducer}, over {@code meshd introduction v1} and all of the above
 */
public record Introduction(PublicKey introducer, PublicKey node, String networkId, String name, List<Prefix> prefixes,
        boolean relay, long millis, Bytes signature) {
    private static final byte[] DOMAIN = "meshd introduction v1".getBytes(StandardCharsets.US_ASCII);
    private static final int TYPICAL_BYTES = 256;

    /**
     * A statement as it came, signature unchecked.
     *
     * @throws IllegalArgumentException when a field breaks its rule; decoders check before
     */
    public Introduction {
        prefixes = List.copyOf(prefixes);
        if (!NetworkId.isValid(networkId) || !NodeName.isValid(name) || prefixes.size() > NodeRecord.PREFIXES_MAX
                || millis < 0 || signature.length() != Identity.SIGNATURE_BYTES) {
            throw new IllegalArgumentException("introduction: a field breaks its rule");
        }
    }

    /** The statement of who holds {@code introducer}. */
    public static Introduction sign(Identity introducer, PublicKey node, String networkId, String name,
            List<Prefix> prefixes, boolean relay, long millis) {
        Introduction unsigned = new Introduction(introducer.publicKey(), node, networkId, name, prefixes, relay, millis,
                Bytes.copyOf(new byte[Identity.SIGNATURE_BYTES]));
        return new Introduction(unsigned.introducer, node, networkId, name, prefixes, relay, millis,
                introducer.sign(unsigned.message()));
    }

    /** Whether {@link #introducer} itself said this. */
    public boolean verify() {
        return introducer.verifies(message(), signature);
    }

    /** The wire form, as in a page of {@link Frame.Introductions}. */
    public byte[] encode() {
        WireWriter writer = new WireWriter(TYPICAL_BYTES);
        JoinCodec.write(this, writer);
        return writer.toArray();
    }

    /** The statement in these bytes, signature unchecked; null when they are none. */
    public static @Nullable Introduction decode(byte[] bytes) {
        return JoinCodec.readIntroduction(new WireReader(bytes, 0, bytes.length));
    }

    private byte[] message() {
        WireWriter writer = new WireWriter(TYPICAL_BYTES).array(DOMAIN);
        JoinCodec.writeSigned(this, writer);
        return writer.toArray();
    }

    /** Whether it says just this of the node, whenever it was made. */
    public boolean says(String network, String calledName, List<Prefix> owned, boolean relays) {
        return networkId.equals(network) && name.equals(calledName) && prefixes.equals(owned) && relay == relays;
    }
}

package io.meshd.protocol;

import io.meshd.identity.Bytes;
import io.meshd.identity.HostPort;
import io.meshd.identity.Identity;
import io.meshd.identity.IpAddress;
import io.meshd.identity.NodeName;
import io.meshd.identity.OverlayAddresses;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An invitation with its secret, as one line: {@code meshd://} and base64url of the bytes below. A secret: it prints
 * nothing, and {@link #destroy} wipes it.
 *
 * <p>version u8, secret 32, inviter 32, expires u64, flags u8 (1: the newcomer is a relay, 2: the inviter is), network,
 * inviter's name, newcomer's name (length u8 and characters each), ranges, the inviter's prefixes, the newcomer's
 * prefixes (count u8; family u8, address, length u8), endpoints (count u8; family u8, address, port u16, or 0, name,
 * port u16), and the inviter's signature over {@value #SIGNATURE_DOMAIN} and all before it. The secret is the seed of the
 * guest's identity. A token has one form, so that any change to it is found.
 */
public final class InvitationToken {
    /** What every token begins with. */
    public static final String SCHEME = "meshd://";
    /** Longest token in characters: all lists full of IPv6, four names of DNS among the endpoints. */
    public static final int LENGTH_MAX = 4_096;

    private static final String SIGNATURE_DOMAIN = "meshd invitation v1";
    private static final byte[] DOMAIN = SIGNATURE_DOMAIN.getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final int RELAY = 1;
    private static final int INVITER_RELAYS = 2;
    private static final int TYPICAL_BYTES = 512;

    private final Invitation invitation;
    private final Identity guest;
    private final String text;

    private InvitationToken(Invitation invitation, Identity guest, String text) {
        this.invitation = invitation;
        this.guest = guest;
        this.text = text;
    }

    /** What became of a text that should be a token. */
    public sealed interface Reading {}

    /** A token that its inviter signed exactly so. */
    public record Genuine(InvitationToken token) implements Reading {}

    /** No token at all. */
    public record NoToken() implements Reading {}

    /** It was one, before it was cut off, mistyped or changed. */
    public record Altered() implements Reading {}

    /** A later version of meshd made it. */
    public record OfLaterVersion() implements Reading {}

    /**
     * Signs an invitation.
     *
     * @param inviter holds {@link Invitation#inviter}
     * @param guest   holds {@link Invitation#guest}; the token's from now on
     * @throws IllegalArgumentException when the keys are others, or it is too long for a line
     */
    public static InvitationToken issue(Identity inviter, Identity guest, Invitation invitation) {
        if (!inviter.publicKey().equals(invitation.inviter()) || !guest.publicKey().equals(invitation.guest())) {
            throw new IllegalArgumentException("an invitation of other keys");
        }
        byte[] secret = guest.copyOfSeed();
        WireWriter writer = new WireWriter(TYPICAL_BYTES);
        writer.u8(VERSION).array(secret);
        Arrays.fill(secret, (byte) 0);
        write(invitation, writer);
        byte[] body = writer.toArray();
        byte[] message = signedMessage(body, body.length);
        writer.bytes(inviter.sign(message));
        byte[] whole = writer.toArray();
        String text = SCHEME + Base64.getUrlEncoder().withoutPadding().encodeToString(whole);
        Arrays.fill(body, (byte) 0);
        Arrays.fill(message, (byte) 0);
        Arrays.fill(whole, (byte) 0);
        if (text.length() > LENGTH_MAX) {
            throw new IllegalArgumentException("an invitation of " + text.length() + " characters: give it less");
        }
        return new InvitationToken(invitation, guest, text);
    }

    private static void write(Invitation invitation, WireWriter writer) {
        writer.array(invitation.inviter().bytes()).i64(invitation.expiresSeconds());
        writer.u8((invitation.relay() ? RELAY : 0) | (invitation.inviterRelays() ? INVITER_RELAYS : 0));
        writer.shortText(invitation.networkId()).shortText(invitation.inviterName()).shortText(invitation.name());
        NodeRecordCodec.writePrefixes(invitation.ranges(), writer);
        NodeRecordCodec.writePrefixes(invitation.inviterPrefixes(), writer);
        NodeRecordCodec.writePrefixes(invitation.prefixes(), writer);
        writer.u8(invitation.endpoints().size());
        for (HostPort endpoint : invitation.endpoints()) {
            IpAddress address = endpoint.address();
            if (address == null) {
                writer.u8(Wire.FAMILY_NONE).shortText(endpoint.host());
            } else {
                writer.address(address);
            }
            writer.u16(endpoint.port());
        }
    }

    private static byte[] signedMessage(byte[] whole, int length) {
        byte[] message = Arrays.copyOf(DOMAIN, DOMAIN.length + length);
        System.arraycopy(whole, 0, message, DOMAIN.length, length);
        return message;
    }

    /** Reads a token and checks its signature; blanks and line ends around it do not count. */
    public static Reading read(String typed) {
        String text = typed.strip();
        if (!text.startsWith(SCHEME)) {
            return new NoToken();
        }
        byte[] whole = text.length() > LENGTH_MAX ? null : decoded(text.substring(SCHEME.length()));
        if (whole == null || whole.length == 0) {
            return new Altered();
        }
        try {
            if ((whole[0] & 0xff) > VERSION) {
                return new OfLaterVersion();
            }
            InvitationToken token = read(whole, text);
            return token == null ? new Altered() : new Genuine(token);
        } finally {
            Arrays.fill(whole, (byte) 0);
        }
    }

    /** The bytes, when this is their one text. */
    private static byte @Nullable [] decoded(String base64) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(base64);
            return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(base64) ? bytes : null;
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private static @Nullable InvitationToken read(byte[] whole, String text) {
        WireReader reader = new WireReader(whole, 0, whole.length);
        int version = reader.u8();
        byte[] secret = reader.array(Identity.SEED_BYTES);
        if (version != VERSION || reader.isFaulty()) {
            return null;
        }
        Identity guest = Identity.ofSeed(secret);
        Arrays.fill(secret, (byte) 0);
        Invitation invitation = readInvitation(reader, guest.publicKey());
        int signed = whole.length - reader.remaining();
        Bytes signature = reader.bytes(Identity.SIGNATURE_BYTES);
        byte[] message = signedMessage(whole, signed);
        boolean genuine = invitation != null && !reader.isFaulty() && reader.remaining() == 0
                && invitation.inviter().verifies(message, signature);
        Arrays.fill(message, (byte) 0);
        if (invitation == null || !genuine) {
            guest.destroy();
            return null;
        }
        return new InvitationToken(invitation, guest, text);
    }

    private static @Nullable Invitation readInvitation(WireReader reader, PublicKey guest) {
        byte[] inviter = reader.array(PublicKey.BYTES);
        long expires = reader.i64();
        int flags = reader.u8();
        String network = reader.shortText();
        String inviterName = reader.shortText();
        String name = reader.shortText();
        List<Prefix> ranges = NodeRecordCodec.readPrefixes(reader, Invitation.RANGES_MAX);
        List<Prefix> inviterPrefixes = NodeRecordCodec.readPrefixes(reader, Invitation.PREFIXES_MAX);
        List<Prefix> prefixes = NodeRecordCodec.readPrefixes(reader, Invitation.PREFIXES_MAX);
        List<HostPort> endpoints = readEndpoints(reader);
        if (reader.isFaulty() || flags > (RELAY | INVITER_RELAYS) || expires < 0 || expires > Invitation.EXPIRES_MAX
                || OverlayAddresses.of(ranges).orNull() == null
                || !NetworkId.isValid(network) || !NodeName.isValid(inviterName)
                || (!name.isEmpty() && !NodeName.isValid(name))) {
            return null;
        }
        return new Invitation(PublicKey.of(inviter), guest, network, inviterName, inviterPrefixes,
                (flags & INVITER_RELAYS) != 0, ranges, name, prefixes, (flags & RELAY) != 0, expires, endpoints);
    }

    private static List<HostPort> readEndpoints(WireReader reader) {
        int count = reader.u8();
        if (count > Invitation.ENDPOINTS_MAX) {
            reader.fail();
        }
        List<HostPort> endpoints = new ArrayList<>();
        for (int i = 0; i < count && !reader.isFaulty(); i++) {
            HostPort endpoint = readEndpoint(reader);
            if (endpoint == null) {
                reader.fail();
            } else {
                endpoints.add(endpoint);
            }
        }
        return endpoints;
    }

    private static @Nullable HostPort readEndpoint(WireReader reader) {
        int family = reader.u8();
        String host;
        if (family == Wire.FAMILY_NONE) {
            host = reader.shortText();
        } else {
            IpAddress address = reader.address(family);
            host = address == null ? "" : JoinCodec.host(address);
        }
        HostPort read = HostPort.parse(host + ":" + reader.u16()).orNull();
        boolean isOneForm = read != null && (family == Wire.FAMILY_NONE) == (read.address() == null)
                && (family != Wire.FAMILY_NONE || read.host().equals(host));
        return isOneForm ? read : null;
    }

    /** What it says, without the secret. */
    public Invitation invitation() {
        return invitation;
    }

    /** The identity as which its holder calls; the token's own. */
    public Identity guest() {
        return guest;
    }

    /** The line for the newcomer. Whoever reads it can join. */
    public String text() {
        return text;
    }

    /** Wipes the secret. */
    public void destroy() {
        guest.destroy();
    }

    /** Names who may come, not how. */
    @Override
    public String toString() {
        return "InvitationToken of " + invitation.inviter().peerId();
    }
}

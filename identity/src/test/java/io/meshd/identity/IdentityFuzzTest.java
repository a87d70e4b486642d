package io.meshd.identity;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/** Every parser of this module on any text: none throws, and what is accepted has one meaning. */
class IdentityFuzzTest {
    @FuzzTest
    void readsTrustFiles(byte[] content) {
        String text = new String(content, StandardCharsets.UTF_8);
        if (AuthorizedKey.parse("n", text) instanceof Parsed.Valid<AuthorizedKey>(var entry)) {
            assertThat(AuthorizedKey.parse("n", entry.text())).isEqualTo(Parsed.valid(entry));
        }
    }

    @FuzzTest
    void readsKeys(byte[] content) {
        String text = new String(content, StandardCharsets.UTF_8);
        if (PublicKeyText.parse(text) instanceof PublicKeyText.Recognised(var key, var _, var _)) {
            assertThat(KeyCheck.weakness(key)).isNull();
            assertThat(PublicKeyText.parse(key.peerId())).isInstanceOf(PublicKeyText.Recognised.class);
        }
        PublicKey id = PublicKey.ofPeerId(text);
        assertThat(id == null || id.peerId().equals(text)).isTrue();
        TunnelKey tunnelKey = TunnelKey.ofBase64(text);
        assertThat(tunnelKey == null || tunnelKey.base64().equals(text)).isTrue();
        if (content.length == PublicKey.BYTES) {
            boolean sound = KeyCheck.weakness(PublicKey.of(content)) == null;
            assertThat(sound && KeyCheck.weakness(PublicKey.of(content).tunnelKey()) != null).isFalse();
        }
    }

    @FuzzTest
    void readsIdentityFiles(byte[] content) {
        if (IdentityFile.parse(content) instanceof Parsed.Valid<Identity>(var identity)) {
            assertThat(IdentityFile.parse(IdentityFile.write(identity))).isEqualTo(Parsed.valid(identity));
        }
    }

    @FuzzTest
    void readsAddresses(byte[] content) {
        String text = new String(content, StandardCharsets.UTF_8);
        if (IpAddress.parse(text) instanceof Parsed.Valid<IpAddress>(var address)) {
            assertThat(IpAddress.parse(address.toString())).isEqualTo(Parsed.valid(address));
        }
        if (Prefix.parse(text) instanceof Parsed.Valid<Prefix>(var prefix)) {
            assertThat(Prefix.parse(prefix.toString())).isEqualTo(Parsed.valid(prefix));
        }
        if (HostPort.parse(text) instanceof Parsed.Valid<HostPort>(var hostPort)) {
            assertThat(HostPort.parse(hostPort.toString())).isEqualTo(Parsed.valid(hostPort));
        }
        if (Expiry.parse(text) instanceof Parsed.Valid<Expiry>(var expiry)) {
            assertThat(Expiry.parse(expiry.text())).isEqualTo(Parsed.valid(expiry));
        }
        assertThat(NodeName.isValid(NodeName.fit(text))).isTrue();
    }
}

package io.meshd.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.HostPort;
import io.meshd.identity.Identity;
import io.meshd.identity.Parsed;
import io.meshd.identity.PublicKey;
import io.meshd.testing.Property;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeedTextTest {
    private static final PublicKey PEER = Identity.generate(new SplittableRandom(1)).publicKey();

    @Test
    void readsPlacesAsOperatorsWriteThem() {
        assertThat(SeedText.parse("198.51.100.10:51821").orThrow())
                .isEqualTo(new SeedText.Place(null, new HostPort("198.51.100.10", 51_821)));
        assertThat(SeedText.parse("udp://[2001:DB8::1]:7").orThrow())
                .isEqualTo(new SeedText.Place(null, new HostPort("2001:db8::1", 7)));
        assertThat(SeedText.parse(" beta@Seed.Example:51821 ").orThrow())
                .isEqualTo(new SeedText.Place("beta", new HostPort("seed.example", 51_821)));
        assertThat(SeedText.parse("udp://" + PEER + "@seed.example:1").orThrow())
                .isEqualTo(new SeedText.Place(PEER.peerId(), new HostPort("seed.example", 1)));
    }

    @Test
    void readsDomains() {
        assertThat(SeedText.parse("txt:Mesh.Example").orThrow()).isEqualTo(new SeedText.Domain("mesh.example"));
        assertThat(SeedText.parse("txt://mesh.example").orThrow()).isEqualTo(new SeedText.Domain("mesh.example"));
        assertThat(new SeedText.Domain("mesh.example").queryName()).isEqualTo("_meshd._udp.mesh.example");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "host", "host:0", "host:65536", "@host:1", "tcp://host:1", "txt:", "txt://", "txt:a b",
            "txt:10.0.0.1", "2001:db8::1:51821", "udp://", "host:1:2"})
    void refusesWhatIsNoSeed(String text) {
        assertThat(SeedText.parse(text)).isInstanceOf(Parsed.Invalid.class);
    }

    @Test
    void readsTxtRecords() {
        assertThat(SeedText.parseTxt("v=meshd1 addr=198.51.100.10:51821"))
                .isEqualTo(new Seed(SeedSource.TXT, new HostPort("198.51.100.10", 51_821), null));
        assertThat(SeedText.parseTxt("v=meshd1 future=x peer=" + PEER + "  addr=seed.example:1"))
                .isEqualTo(new Seed(SeedSource.TXT, new HostPort("seed.example", 1), PEER));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "v=spf1 -all", "v=meshd1", "v=meshd1 addr=nowhere", "addr=a:1 v=meshd1",
            "v=meshd2 addr=a.b:1", "v=meshd1 addr=a.b:1 peer=short"})
    void refusesTxtRecordsOfOthers(String text) {
        assertThat(SeedText.parseTxt(text)).isNull();
    }

    @Test
    void neverThrows() {
        byte[] sample = ("v=meshd1 addr=198.51.100.10:51821 peer=" + PEER).getBytes(StandardCharsets.US_ASCII);
        Property.forAll(3000,
                random -> check(new String(Property.mutated(random, sample), StandardCharsets.ISO_8859_1)));
        byte[] place = "udp://beta@[2001:db8::1]:51821".getBytes(StandardCharsets.US_ASCII);
        Property.forAll(3000,
                random -> check(new String(Property.mutated(random, place), StandardCharsets.ISO_8859_1)));
    }

    static void check(String text) {
        assertThat(SeedText.parse(text)).isNotNull();
        Seed seed = SeedText.parseTxt(text);
        if (seed != null) {
            assertThat(SeedText.parseTxt("v=meshd1 addr=" + seed.at()
                    + (seed.peer() == null ? "" : " peer=" + seed.peer()))).isEqualTo(seed);
        }
    }
}

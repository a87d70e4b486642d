package io.meshd.daemon.config;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.files.Home;
import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.Identity;
import io.meshd.identity.OverlayAddresses;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.identity.Trust;
import io.meshd.identity.TrustEntry;
import io.meshd.identity.TrustedPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KnownPeersTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final OverlayAddresses RANGES = OverlayAddresses
            .of(List.of(Prefix.parse("10.99.0.0/16").orThrow(), Prefix.parse("fd99::/64").orThrow())).orThrow();

    @TempDir
    private Path directory;

    private KnownPeers known = KnownPeers.of(Home.at(Path.of("/")));
    private final List<String> notes = new ArrayList<>();

    @BeforeEach
    void makeOne() {
        known = KnownPeers.of(Home.at(directory));
    }

    private static PublicKey key(long seed) {
        return Identity.generate(new SplittableRandom(seed)).publicKey();
    }

    private static Trust.Self self() {
        return new Trust.Self(key(100), List.of(), RANGES);
    }

    private static Trust trust(String name, PublicKey key) {
        TrustEntry entry = new TrustEntry(
                new AuthorizedKey.Member(name, key, List.of(), false, false, null, null, null, ""), name + ".pub");
        return ((Trust.Consistent) Trust.build(self(), List.of(entry), NOW)).trust();
    }

    private Trust join(Trust trust) throws IOException {
        return known.join(trust, self(), NOW, notes);
    }

    private static TrustedPeer peer(Trust trust, String name) {
        return Objects.requireNonNull(trust.peer(name));
    }

    @Test
    void remembersInOrderAndKeepsTheFileToItself() throws IOException {
        assertThat(known.read()).isEmpty();
        known.remember("beta", key(1));
        known.remember("alpha", key(2));

        assertThat(known.read()).containsExactly(entry("beta", key(1)),
                entry("alpha", key(2)));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(known.file()))).isEqualTo("rw-------");
    }

    @Test
    void forgetsAName() throws IOException {
        known.remember("beta", key(1));
        known.remember("gamma", key(2));

        assertThat(known.forget("beta")).isTrue();
        assertThat(known.forget("beta")).isFalse();
        assertThat(known.read()).containsOnlyKeys("gamma");
    }

    @Test
    void linesThatMeanNothingAreSkippedAndKept() throws IOException {
        Files.createDirectories(known.file().getParent());
        String comment = "# gamma is the one in the cellar\n\nnot a line of three words\nBad " + key(3).peerId()
                + "\nweak "
                + PublicKey.of(new byte[PublicKey.BYTES]).peerId() + "\n";
        Files.writeString(known.file(), comment);
        known.remember("gamma", key(2));
        known.remember("gamma", key(4));
        known.remember("again", key(2));

        assertThat(known.read()).containsExactly(entry("gamma", key(2)));
        assertThat(Files.readString(known.file())).startsWith(comment);
    }

    @Test
    void stampTellsThatSomebodyWrote() throws IOException {
        assertThat(known.stamp()).isNull();
        known.remember("beta", key(1));
        Object before = known.stamp();
        assertThat(known.stamp()).isEqualTo(before);
        known.remember("gamma", key(2));
        assertThat(known.stamp()).isNotEqualTo(before);
    }

    @Test
    void whoIsKnownOwnsItsDerivedAddressesOnly() throws IOException {
        known.remember("beta", key(1));

        Trust joined = join(trust("gamma", key(2)));

        assertThat(joined.peers()).map(TrustedPeer::name).containsExactly("gamma", "beta");
        assertThat(peer(joined, "beta").prefixes()).containsExactlyElementsOf(
                RANGES.of(key(1)).stream().map(Prefix::host).toList());
        assertThat(peer(joined, "beta").relay() || peer(joined, "beta").introducer()).isFalse();
        assertThat(peer(joined, "beta").source()).isEqualTo(known.file().toString());
        assertThat(notes).isEmpty();
    }

    @Test
    void trustFilesWinByKeyAndByName() throws IOException {
        known.remember("beta", key(1));
        known.remember("gamma", key(2));

        Trust joined = join(trust("beta", key(2)));

        assertThat(joined.peers()).singleElement().extracting(TrustedPeer::key).isEqualTo(key(2));
        assertThat(notes).singleElement().asString().contains("beta is left out");
    }

    @Test
    void addressThatSomebodyHasIsLeftToItsOwner() throws IOException {
        PublicKey first = key(1);
        PublicKey second = null;
        for (long seed = 1_000; second == null; seed++) {
            PublicKey candidate = key(seed);
            if (RANGES.of(candidate).getFirst().equals(RANGES.of(first).getFirst())) {
                second = candidate;
            }
        }
        known.remember("beta", second);

        Trust joined = join(trust("gamma", first));

        assertThat(peer(joined, "gamma").prefixes()).hasSize(2);
        assertThat(peer(joined, "beta").prefixes()).singleElement()
                .matches(prefix -> prefix.address().isV6());
        assertThat(notes).singleElement().asString().contains("beta has no IPv4 address");
    }
}

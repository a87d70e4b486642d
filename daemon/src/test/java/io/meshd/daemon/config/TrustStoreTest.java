package io.meshd.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.Identity;
import io.meshd.identity.OpenSshKey;
import io.meshd.identity.OverlayAddresses;
import io.meshd.identity.Prefix;
import io.meshd.identity.PresharedKey;
import io.meshd.identity.PublicKey;
import io.meshd.identity.Trust;
import io.meshd.identity.TrustEntry;
import io.meshd.identity.TrustedPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrustStoreTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    @TempDir
    private Path directory;

    private final PublicKey self = key(100);
    private final List<TrustEntry> configured = new ArrayList<>();

    @BeforeEach
    void makeDirectories() throws IOException {
        Files.createDirectory(directory.resolve("operator"));
        Files.createDirectory(directory.resolve("admitted"));
    }

    @Test
    void readsBothDirectoriesAndTheConfiguration() throws IOException {
        write("operator/beta.pub", "prefix=\"10.42.1.0/24\" " + line(1));
        write("admitted/gamma.pub", line(2));
        configured.add(new TrustEntry(AuthorizedKey.parse("delta", line(3)).orThrow(), "meshd.toml:7"));

        TrustReading reading = store().read(NOW);

        assertThat(reading.problems()).isEmpty();
        assertThat(names(reading)).containsExactly("delta", "beta", "gamma");
        assertThat(reading.trust().find("beta")).isInstanceOf(Trust.Found.class);
    }

    @Test
    void directoriesThatDoNotExistAreEmpty() throws IOException {
        Files.delete(directory.resolve("operator"));

        assertThat(store().read(NOW).problems()).isEmpty();
        assertThat(store().read(NOW).trust().peers()).isEmpty();
    }

    @Test
    void ignoresOtherFiles() throws IOException {
        write("operator/README", "no key");
        write("operator/.beta.pub.swp", "no key");
        write("operator/.hidden.pub", "no key");

        TrustReading reading = store().read(NOW);

        assertThat(names(reading)).isEmpty();
        assertThat(reading.warnings()).isEmpty();
    }

    @Test
    void aBrokenFileChangesNothing() throws IOException {
        write("operator/beta.pub", line(1));
        write("operator/gamma.pub", line(2));
        TrustStore store = store();
        store.read(NOW);

        write("operator/beta.pub", "# half writ");
        write("operator/delta.pub", line(3));
        TrustReading reading = store.read(NOW);

        assertThat(names(reading)).containsExactlyInAnyOrder("beta", "gamma", "delta");
        assertThat(reading.warnings()).singleElement().asString()
                .startsWith(directory.resolve("operator/beta.pub").toString());
        Files.delete(directory.resolve("operator/beta.pub"));
        assertThat(names(store.read(NOW))).containsExactlyInAnyOrder("gamma", "delta");
        write("operator/beta.pub", "still broken");
        assertThat(names(store.read(NOW))).containsExactlyInAnyOrder("gamma", "delta");
    }

    @Test
    void aContradictionChangesNothingButRemovalStillCounts() throws IOException {
        write("operator/beta.pub", "prefix=\"10.42.1.0/24\" " + line(1));
        write("operator/gamma.pub", line(2));
        TrustStore store = store();
        store.read(NOW);

        write("operator/delta.pub", "prefix=\"10.42.1.0/25\" " + line(3));
        TrustReading reading = store.read(NOW);
        assertThat(names(reading)).containsExactlyInAnyOrder("beta", "gamma");
        assertThat(reading.warnings()).singleElement().asString().contains("delta.pub", "beta");

        Files.delete(directory.resolve("operator/gamma.pub"));
        assertThat(names(store.read(NOW))).containsExactly("beta");
        Files.delete(directory.resolve("operator/beta.pub"));
        assertThat(names(store.read(NOW))).containsExactly("delta");
    }

    @Test
    void trustsNobodyWhenTheFirstReadingIsContradictory() throws IOException {
        write("operator/beta.pub", "prefix=\"10.42.1.0/24\" " + line(1));
        write("operator/delta.pub", "prefix=\"10.42.1.0/25\" " + line(3));

        TrustReading reading = store().read(NOW);

        assertThat(reading.trust().peers()).isEmpty();
        assertThat(reading.problems()).hasSize(1);
    }

    @Test
    void disagreementWithTheConfigurationIsAProblem() throws IOException {
        write("operator/beta.pub", "prefix=\"10.42.1.0/24\" " + line(1));
        configured.add(new TrustEntry(AuthorizedKey.parse("beta", line(1)).orThrow(), "meshd.toml:7"));

        assertThat(store().read(NOW).problems()).singleElement().asString().contains("meshd.toml:7");
    }

    @Test
    void leavesOutWhatHasExpired() throws IOException {
        write("operator/beta.pub", "expires=\"2026-11-21\" " + line(1));
        TrustStore store = store();

        assertThat(names(store.read(NOW))).containsExactly("beta");
        assertThat(store.read(NOW).trust().nextExpiry()).isEqualTo(Instant.parse("2026-11-22T00:00:00Z"));
        assertThat(names(store.read(Instant.parse("2026-11-22T00:00:00Z")))).isEmpty();
        assertThat(store.entries()).hasSize(1);
    }

    @Test
    void filesThatOthersMayWriteAreBroken() throws IOException {
        Path file = write("operator/beta.pub", line(1));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));

        assertThat(store().read(NOW).warnings()).singleElement().asString().contains("chmod go-w " + file);
    }

    @Test
    void readsThePresharedKeyBesideTheFile() throws IOException {
        write("operator/beta.pub", "psk-file=\"beta.psk\" " + line(1));
        Path secret = write("operator/beta.psk", key(7).base64());
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
        TrustStore store = store();

        TrustedPeer beta = Objects.requireNonNull(store.read(NOW).trust().peer("beta"));
        assertThat(TrustStore.presharedKey(beta)).isEqualTo(PresharedKey.of(key(7).bytes()));

        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(store.read(NOW).warnings()).singleElement().asString().contains("chmod 600 " + secret);
        assertThatThrownBy(() -> TrustStore.presharedKey(beta)).hasMessageContaining("chmod 600");

        Files.delete(secret);
        assertThat(store().read(NOW).warnings()).singleElement().asString().contains("beta.psk does not exist");
    }

    @Test
    void theEarlierTrustedKeepsADerivedAddress() throws IOException {
        // A range of two addresses makes collisions certain.
        OverlayAddresses narrow = OverlayAddresses.of(List.of(Prefix.parse("10.99.0.0/30")
                .orThrow())).orThrow();
        Path first = write("operator/zeta.pub", line(1));
        Path second = write("operator/alpha.pub", line(2));
        Path third = write("operator/beta.pub", line(3));
        Files.setLastModifiedTime(first, FileTime.from(NOW.minusSeconds(30)));
        Files.setLastModifiedTime(second, FileTime.from(NOW.minusSeconds(20)));
        Files.setLastModifiedTime(third, FileTime.from(NOW.minusSeconds(10)));
        TrustStore store = new TrustStore(List.of(directory.resolve("operator")), List.of(),
                new Trust.Self(self, List.of(), narrow));

        TrustReading reading = store.read(NOW);

        assertThat(names(reading)).containsExactly("zeta", "alpha", "beta");
        assertThat(reading.notes()).isNotEmpty();
        assertThat(reading.warnings()).allSatisfy(warning -> assertThat(warning).contains("meshd trust "));
    }

    @Test
    void goesOnWithAnotherConfiguration() {
        TrustStore store = store();
        assertThat(names(store.read(NOW))).isEmpty();

        store.reconfigure(List.of(new TrustEntry(AuthorizedKey.parse("beta", line(1)).orThrow(), "meshd.toml:1")),
                new Trust.Self(self, List.of(), OverlayAddresses.DEFAULT));

        assertThat(names(store.read(NOW))).containsExactly("beta");
    }

    private TrustStore store() {
        return new TrustStore(List.of(directory.resolve("operator"), directory.resolve("admitted")), configured,
                new Trust.Self(self, List.of(), OverlayAddresses.DEFAULT));
    }

    private Path write(String name, String content) throws IOException {
        return Files.writeString(directory.resolve(name), content + "\n");
    }

    private static List<String> names(TrustReading reading) {
        return reading.trust().peers().stream().map(TrustedPeer::name).toList();
    }

    private static String line(long seed) {
        return new OpenSshKey(key(seed), "").line();
    }

    private static PublicKey key(long seed) {
        return Identity.generate(new SplittableRandom(seed)).publicKey();
    }
}

package io.meshd.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.meshd.daemon.files.FileException;
import io.meshd.daemon.files.Home;
import io.meshd.identity.Identity;
import io.meshd.identity.OpenSshKey;
import io.meshd.identity.Prefix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SetupTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    @TempDir
    private Path directory;

    @Test
    void makesAnIdentityAtTheFirstStartAndKeepsIt() throws Exception {
        Setup first = read();
        Setup second = read();

        assertThat(directory.resolve("identity")).exists();
        assertThat(second.identity()).isEqualTo(first.identity());
        assertThat(second.trust().trust().ownPrefixes()).hasSize(2);
        assertThat(second.warnings()).isEmpty();
    }

    @Test
    void problemsMakeNothing() throws Exception {
        assertThat(Setup.problems(home(), loader().load(), NOW)).isEmpty();

        assertThat(directory.resolve("identity")).doesNotExist();
    }

    @Test
    void refusesBrokenTrustAndAForeignFingerprintAtOnce() throws Exception {
        Files.writeString(directory.resolve("meshd.toml"),
                "[node]\nfingerprint = \"SHA256:" + "A".repeat(43) + "\"\n");
        Files.createDirectory(directory.resolve("authorized_keys"));
        Files.writeString(directory.resolve("authorized_keys/beta.pub"), "nonsense\n");

        ConfigException e = catchThrowableOfType(ConfigException.class, this::read);

        assertThat(e.problems()).hasSize(2);
        assertThat(e.problems()).map(Problem::toString).anyMatch(problem -> problem.contains("node.fingerprint"))
                .anyMatch(problem -> problem.contains("beta.pub:1: "));
    }

    @Test
    void refusesOverlapsWithTheLocalPrefixes() throws Exception {
        Files.writeString(directory.resolve("meshd.toml"), "[tun]\naddress = \"10.42.0.1\"\n");
        Files.createDirectory(directory.resolve("authorized_keys"));
        Files.writeString(directory.resolve("authorized_keys/beta.pub"), "prefix=\"10.42.0.128/25\" "
                + new OpenSshKey(Identity.generate(new SplittableRandom(1)).publicKey(), "").line() + "\n");

        assertThatThrownBy(this::read).isInstanceOf(ConfigException.class).hasMessageContaining("beta.pub");
        assertThat(loader().load().configuredPrefixes()).containsExactly(Prefix.parse("10.42.0.0/24").orThrow());
    }

    @Test
    void errorsOfTheFileDoNotHideThoseOfTrust() throws Exception {
        Files.writeString(directory.resolve("meshd.toml"), "[log]\nlevel = \"loud\"\n");
        Files.createDirectory(directory.resolve("authorized_keys"));
        Files.writeString(directory.resolve("authorized_keys/beta.pub"), "nonsense\n");

        ConfigException e = catchThrowableOfType(ConfigException.class, this::read);

        assertThat(e.problems()).map(Problem::toString).hasSize(2).anyMatch(problem -> problem.contains("log.level"))
                .anyMatch(problem -> problem.contains("beta.pub:1: "));
        assertThat(directory.resolve("identity")).doesNotExist();
    }

    @Test
    void aSeedWhosePeerNobodyTrustsIsAWarning() throws Exception {
        Files.writeString(directory.resolve("meshd.toml"),
                "[[bootstrap_peers]]\npeer_id = \"beat\"\naddress = \"udp://198.51.100.10:51821\"\n");
        Setup setup = read();

        assertThat(Setup.strangers(setup.config(), setup.trust().trust())).singleElement().asString()
                .contains("udp://198.51.100.10:51821", "nobody is trusted as beat");
    }

    @Test
    void refusesAnOpenIdentity() throws Exception {
        read();
        Files.setPosixFilePermissions(directory.resolve("identity"), PosixFilePermissions.fromString("rw-r--r--"));

        assertThatThrownBy(this::read).isInstanceOf(FileException.class).hasMessageContaining("chmod 600");
        assertThatThrownBy(() -> Setup.check(home(), loader(), NOW)).isInstanceOf(FileException.class)
                .hasMessageContaining("chmod 600");
        assertThat(Setup.problems(home(), loader().load(), NOW)).singleElement().asString()
                .isEqualTo(directory.resolve("identity") + ": identity is open to others: chmod 600 "
                        + directory.resolve("identity"));
    }

    @Test
    void interfacesThatAreNoTunDevicesAreTaken() throws Exception {
        Path classNet = directory.resolve("net");
        Files.createDirectories(classNet.resolve("eth0"));
        Files.createDirectories(classNet.resolve("tun0"));
        Files.writeString(classNet.resolve("tun0/tun_flags"), "0x5001\n");
        Files.createDirectories(classNet.resolve("tap0"));
        Files.writeString(classNet.resolve("tap0/tun_flags"), "0x1002\n");

        assertThat(InterfaceName.isTakenByAnother(classNet, "eth0")).isTrue();
        assertThat(InterfaceName.isTakenByAnother(classNet, "tap0")).isTrue();
        assertThat(InterfaceName.isTakenByAnother(classNet, "tun0")).isFalse();
        assertThat(InterfaceName.isTakenByAnother(classNet, "mesh0")).isFalse();
    }

    @Test
    void readingAnewMakesNothingAndLeavesTheTrustThatIsWatchedAlone() throws Exception {
        Setup running = read();
        Files.writeString(directory.resolve("meshd.toml"), "[node]\nidentity_path = \"" + directory
                + "/other\"\n[[allowed_peers]]\npeer_id = \""
                + Identity.generate(new SplittableRandom(1)).publicKey().peerId() + "\"\n");

        Setup.Reread next = running.reread(home(), loader(), home().trustDirectories(), NOW);

        assertThat(directory.resolve("other")).doesNotExist();
        assertThat(next.key()).isEqualTo(running.identity().publicKey());
        assertThat(next.setup().identity()).isSameAs(running.identity());
        assertThat(next.setup().trust().trust().peers()).hasSize(1);
        assertThat(running.store().read(NOW).trust().peers()).isEmpty();
    }

    @Test
    void readingAnewTellsThatTheIdentityOnDiskIsAnother() throws Exception {
        Setup running = read();
        Files.delete(directory.resolve("identity"));
        Identity other = read().identity();

        assertThat(running.reread(home(), loader(), home().trustDirectories(), NOW).key())
                .isEqualTo(other.publicKey()).isNotEqualTo(running.identity().publicKey());
    }

    @Test
    void readingAnewFindsWhatAStartWould() throws Exception {
        Setup running = read();
        Files.writeString(directory.resolve("meshd.toml"), "[node]\nfingerprint = \"SHA256:" + "A".repeat(43) + "\"\n");
        Files.createDirectory(directory.resolve("authorized_keys"));
        Files.writeString(directory.resolve("authorized_keys/beta.pub"), "nonsense\n");

        assertThatThrownBy(() -> running.reread(home(), loader(), home().trustDirectories(), NOW))
                .isInstanceOf(ConfigException.class).hasMessageContaining("node.fingerprint")
                .hasMessageContaining("beta.pub");
    }

    private Setup read() throws Exception {
        return Setup.read(home(), loader(), NOW);
    }

    private ConfigLoader loader() {
        return new ConfigLoader(home(), null, Overrides.NONE);
    }

    private Home home() {
        return Home.at(directory);
    }
}

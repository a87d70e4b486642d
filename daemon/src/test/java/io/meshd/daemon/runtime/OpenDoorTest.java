package io.meshd.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.config.KnownPeers;
import io.meshd.daemon.files.Home;
import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.Identity;
import io.meshd.identity.OverlayAddresses;
import io.meshd.identity.Trust;
import io.meshd.identity.TrustEntry;
import io.meshd.protocol.NodeRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OpenDoorTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final Trust.Self SELF = new Trust.Self(identity(100).publicKey(), List.of(),
            OverlayAddresses.DEFAULT);

    @TempDir
    private Path directory;

    private final EventLog log = new EventLog();
    private KnownPeers known = KnownPeers.of(Home.at(Path.of("/")));
    private OpenDoor door = new OpenDoor(known, log);

    @BeforeEach
    void makeOne() {
        known = KnownPeers.of(Home.at(directory));
        door = new OpenDoor(known, log);
    }

    private static Identity identity(long seed) {
        return Identity.generate(new SplittableRandom(seed));
    }

    private static NodeRecord record(String name, long seed) {
        return NodeRecord.sign(identity(seed), 1, 0, name, "net", 0, 1420, List.of(), List.of());
    }

    private static Trust trusting(String name, long seed) {
        TrustEntry entry = new TrustEntry(
                new AuthorizedKey.Member(name, identity(seed).publicKey(), List.of(), false, false,
                        null, null, null, ""),
                name + ".pub");
        return ((Trust.Consistent) Trust.build(SELF, List.of(entry), NOW)).trust();
    }

    private Trust joined() throws IOException {
        return known.join(Trust.empty(SELF), SELF, NOW, new ArrayList<>());
    }

    @Test
    void newNameIsRememberedWithItsKey() throws IOException {
        assertThat(door.letsIn(record("beta", 1), joined())).isTrue();

        assertThat(known.read()).containsEntry("beta", identity(1).publicKey()).hasSize(1);
        assertThat(door.letsIn(record("beta", 1), joined())).isFalse();
        assertThat(log.warnings()).isEmpty();
    }

    @Test
    void hostThatChangesItsNameKeepsTheOneItCameWith() throws IOException {
        door.letsIn(record("beta", 1), joined());

        assertThat(door.letsIn(record("gamma", 1), Trust.empty(SELF))).isFalse();
        assertThat(known.read()).containsOnlyKeys("beta");
    }

    @Test
    void anotherKeyUnderAKnownNameIsRefusedWithOneWarningUntilTheNameIsFree() throws IOException {
        door.letsIn(record("beta", 1), joined());

        assertThat(door.letsIn(record("beta", 2), joined())).isFalse();
        assertThat(door.letsIn(record("beta", 3), joined())).isFalse();
        assertThat(known.read()).containsEntry("beta", identity(1).publicKey());
        assertThat(log.warnings()).singleElement().asString().contains("beta", identity(1).publicKey().fingerprint(),
                identity(2).publicKey().fingerprint(), "meshd untrust beta");

        door.review(joined());
        assertThat(log.warnings()).hasSize(1);
        known.forget("beta");
        door.review(joined());
        assertThat(log.warnings()).isEmpty();
        assertThat(door.letsIn(record("beta", 2), joined())).isTrue();
    }

    @Test
    void nameOfATrustedPeerIsNotForNewcomers() throws IOException {
        assertThat(door.letsIn(record("beta", 2), trusting("beta", 1))).isFalse();

        assertThat(known.read()).isEmpty();
        assertThat(log.warnings()).singleElement().asString().contains("you trust another key under that name",
                "beta.pub");
    }

    @Test
    void strangersCannotFillTheWarningsOrTheList() throws IOException {
        Trust nobody = Trust.empty(SELF);
        for (int i = 0; i < 20; i++) {
            door.letsIn(record("n" + i, i), nobody);
            door.letsIn(record("n" + i, 1_000 + i), nobody);
        }
        assertThat(log.warnings()).hasSize(8);

        List<String> lines = new ArrayList<>();
        for (int i = 0; i < KnownPeers.PEERS_MAX; i++) {
            lines.add("n" + i + " " + identity(i).publicKey().peerId());
        }
        Files.write(known.file(), lines);
        assertThat(door.letsIn(record("last", 5_000), nobody)).isFalse();
        assertThat(log.warnings()).last().asString().contains("is full with 1024 peers");
    }

    @Test
    void changeOfTheFileIsSeenOnce() throws IOException {
        assertThat(door.hasChanged()).isFalse();
        known.remember("beta", identity(1).publicKey());
        assertThat(door.hasChanged()).isTrue();
        assertThat(door.hasChanged()).isFalse();
    }
}

package io.meshd.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.daemon.files.Home;
import io.meshd.identity.Identity;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigChangeTest {
    private static final String PEER = "[[allowed_peers]]\nname = \"beta\"\npeer_id = \""
            + Identity.generate(new SplittableRandom(1)).publicKey().peerId() + "\"\n";

    @TempDir
    private Path directory;

    @Test
    void nothingChangesWhenOnlyLinesMove() throws Exception {
        assertThat(
                ConfigChange.between(load("[log]\nlevel = \"debug\"\n"), load("# moved\n\n[log]\nlevel=\"debug\"\n")))
                .isEmpty();
        assertThat(ConfigChange.between(load(""), load("[tun]\nmtu = 1420\n"))).isEmpty();
    }

    @Test
    void namesEachKeyWithItsValues() throws Exception {
        assertThat(ConfigChange.between(load("[log]\nlevel = \"debug\"\n[tun]\nname = \"a\"\n"),
                load("[tun]\nname = \"b\"\nmtu = 1400\n"))).containsExactly(
                        new ConfigChange("tun.name", "a", "b", true),
                        new ConfigChange("tun.mtu", "1420", "1400", false),
                        new ConfigChange("log.level", "debug", "info", false));
    }

    @Test
    void namesSeedsAndTrust() throws Exception {
        List<ConfigChange> changes = ConfigChange.between(load(PEER),
                load("[[bootstrap_peers]]\naddress = \"udp://192.0.2.1:1\"\n"));

        assertThat(changes).map(ConfigChange::key).containsExactly("bootstrap_peers", "allowed_peers.beta");
        assertThat(changes.getFirst().to()).isEqualTo("udp://192.0.2.1:1");
        assertThat(changes.getLast().to()).isNull();
        assertThat(ConfigChange.between(load(PEER), load(PEER + "relay_capable = true\n"))).singleElement()
                .extracting(ConfigChange::key).isEqualTo("allowed_peers.beta");
    }

    private Config load(String text) throws Exception {
        AtomicFile.write(directory.resolve("meshd.toml"), text, Access.PUBLIC);
        return new ConfigLoader(Home.at(directory), null, Overrides.NONE).load();
    }
}

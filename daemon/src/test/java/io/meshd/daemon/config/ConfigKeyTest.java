package io.meshd.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.daemon.files.Home;
import io.meshd.identity.Identity;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigKeyTest {
    @TempDir
    private Path directory;

    /** What the reader asks for is what there is: a new key is not forgotten here, a removed one does not stay. */
    @Test
    void listsExactlyTheKeysThatAreRead() throws Exception {
        AtomicFile.write(directory.resolve("meshd.toml"), """
                [[bootstrap_peers]]
                address = "udp://192.0.2.1:1"
                [[allowed_peers]]
                peer_id = "%s"
                """.formatted(Identity.generate(new SplittableRandom(1)).publicKey().peerId()), Access.PUBLIC);
        Config config = new ConfigLoader(Home.at(directory), null, Overrides.NONE).load();

        Set<String> read = config.settings().stream().map(setting -> setting.key().replaceAll("\\[\\d+]", ""))
                .collect(Collectors.toSet());
        assertThat(Arrays.stream(ConfigKey.values()).map(ConfigKey::key)).containsExactlyInAnyOrderElementsOf(read);
    }

    @Test
    void findsTheKeyOfAnEntryOfAnArray() {
        assertThat(ConfigKey.of("allowed_peers[12].prefix")).isEqualTo(ConfigKey.ALLOWED_PREFIX);
        assertThat(ConfigKey.of("tun.name")).isEqualTo(ConfigKey.TUN_NAME);
        assertThat(ConfigKey.of("tun.nam")).isNull();
    }

    @Test
    void saysWhyAKeyNeedsARestart() {
        assertThat(ConfigKey.restarting()).containsExactly(ConfigKey.NETWORK_ID, ConfigKey.IDENTITY_PATH,
                ConfigKey.TUN_NAME, ConfigKey.DERIVE_FROM, ConfigKey.TUN_ENABLED);
        assertThat(ConfigKey.restarting()).allSatisfy(key -> assertThat(key.whyRestart()).isNotBlank());
    }
}

package io.meshd.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateFilesTest {
    private static final long NOW_MILLIS = 1_800_000_000_000L;

    @TempDir
    Path directory;

    private long nextEpoch(long wallMillis) throws IOException {
        // Each run of the daemon reads the files anew.
        return new StateFiles(directory).nextEpoch(wallMillis);
    }

    @Test
    void numberOfARunIsTheWallClockWhereThatIsMore() throws IOException {
        assertThat(nextEpoch(NOW_MILLIS)).isEqualTo(NOW_MILLIS);
        assertThat(nextEpoch(NOW_MILLIS + 5)).isEqualTo(NOW_MILLIS + 5);
    }

    @Test
    void numberGrowsWhenTheClockStandsStillOrIsSetBack() throws IOException {
        nextEpoch(NOW_MILLIS);

        assertThat(nextEpoch(NOW_MILLIS)).isEqualTo(NOW_MILLIS + 1);
        assertThat(nextEpoch(NOW_MILLIS - 86_400_000)).isEqualTo(NOW_MILLIS + 2);
        assertThat(nextEpoch(0)).isEqualTo(NOW_MILLIS + 3);
    }

    @Test
    void hostWithoutAClockHasNumbersAllTheSame() throws IOException {
        assertThat(nextEpoch(0)).isEqualTo(1);
        assertThat(nextEpoch(0)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "-5", "281474976710655", "281474976710656", "9223372036854775807",
            "99999999999999999999"})
    void whatIsNoNumberOfARunIsSetAside(String foreign) throws IOException {
        Files.writeString(directory.resolve("epoch"), foreign + "\n");

        assertThat(nextEpoch(NOW_MILLIS)).isEqualTo(NOW_MILLIS);
        assertThat(nextEpoch(NOW_MILLIS)).isEqualTo(NOW_MILLIS + 1);
    }

    @Test
    void rubbishInEveryFileIsAsIfAbsent() throws IOException {
        for (String name : new String[]{"epoch", "timestamp", "known_peers.json"}) {
            Files.write(directory.resolve(name), new byte[]{(byte) 0xff, 0, (byte) 0xc3, 7});
        }

        assertThat(nextEpoch(NOW_MILLIS)).isEqualTo(NOW_MILLIS);
        assertThat(new StateFiles(directory).timestamp()).isEqualTo(StateFiles.Timestamp.NONE);
        assertThat(new StateFiles(directory).knownPeers()).isEmpty();
    }
}

package io.meshd.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.Identity;
import io.meshd.identity.OpenSshKey;
import io.meshd.identity.OverlayAddresses;
import io.meshd.identity.Trust;
import io.meshd.identity.TrustEntry;
import io.meshd.identity.TrustedPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jspecify.annotations.Nullable;

final class TrustWatcherTest {
    private static final long ONE_SECOND_MS = 1000;
    private static final Trust.Self SELF = new Trust.Self(Identity.generate(new SplittableRandom(100)).publicKey(),
            List.of(), OverlayAddresses.DEFAULT);

    @TempDir
    private Path directory;

    private final BlockingQueue<TrustReading> readings = new LinkedBlockingQueue<>();
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-21T12:00:00Z"));
    private @Nullable TrustWatcher watcher;
    private Path keys = Path.of("/");
    private TrustStore store;

    @BeforeEach
    void makeDirectory() throws IOException {
        keys = Files.createDirectory(directory.resolve("authorized_keys"));
        store = new TrustStore(List.of(keys), List.of(), SELF);
    }

    @AfterEach
    void stop() throws IOException {
        if (watcher != null) {
            watcher.close();
        }
    }

    @Test
    void noticesFilesThatComeChangeAndGo() throws Exception {
        start();

        Files.writeString(directory.resolve("new"), line(1));
        Files.move(directory.resolve("new"), keys.resolve("beta.pub"), StandardCopyOption.ATOMIC_MOVE);
        assertThat(names(next())).containsExactly("beta");

        Files.writeString(keys.resolve("beta.pub"), "relay " + line(1));
        assertThat(next().trust().peers().getFirst().relay()).isTrue();

        Files.delete(keys.resolve("beta.pub"));
        assertThat(names(next())).isEmpty();
    }

    @Test
    void noticesADirectoryThatIsMadeLater() throws Exception {
        Files.delete(keys);
        start();

        Files.createDirectory(keys);
        Files.writeString(keys.resolve("beta.pub"), line(1));

        assertThat(names(next())).containsExactly("beta");
    }

    @Test
    void tellsOfABrokenFileAndKeepsWhatWasTrusted() throws Exception {
        Files.writeString(keys.resolve("beta.pub"), line(1));
        start();

        Files.writeString(keys.resolve("beta.pub"), "nonsense\n");

        TrustReading reading = next();
        assertThat(names(reading)).containsExactly("beta");
        assertThat(reading.problems()).hasSize(1);
    }

    @Test
    void noticesTheMomentOfExpiry() throws Exception {
        Files.writeString(keys.resolve("beta.pub"), "expires=\"2026-11-21T12:00:10Z\" " + line(1));
        start();

        now.set(Instant.parse("2026-11-21T12:00:10Z"));

        assertThat(names(next())).isEmpty();
    }

    @Test
    void noticesTheMomentOfExpiryOfWhatANewConfigurationLists() throws Exception {
        start();

        store.reconfigure(List.of(new TrustEntry(
                AuthorizedKey.parse("beta", "expires=\"2026-11-21T12:00:10Z\" " + line(1)).orThrow(), "meshd.toml:7")),
                SELF);
        assertThat(names(next())).containsExactly("beta");
        now.set(Instant.parse("2026-11-21T12:00:10Z"));

        assertThat(names(next())).isEmpty();
    }

    @Test
    void saysNothingWhenNothingChanges() throws Exception {
        Files.writeString(keys.resolve("beta.pub"), line(1));
        start();

        assertThat(readings.poll(ONE_SECOND_MS + 200, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void saysNothingOnceItIsClosed() throws Exception {
        start();
        stop();

        Files.writeString(keys.resolve("beta.pub"), line(1));

        assertThat(readings.poll(ONE_SECOND_MS, TimeUnit.MILLISECONDS)).isNull();
    }

    private void start() throws IOException {
        watcher = TrustWatcher.start(store, now::get, readings::add);
    }

    private TrustReading next() throws InterruptedException {
        TrustReading reading = readings.poll(ONE_SECOND_MS, TimeUnit.MILLISECONDS);
        assertThat(reading).as("a reading within a second").isNotNull();
        return Objects.requireNonNull(reading);
    }

    private static List<String> names(TrustReading reading) {
        return reading.trust().peers().stream().map(TrustedPeer::name).toList();
    }

    private static String line(long seed) {
        return new OpenSshKey(Identity.generate(new SplittableRandom(seed)).publicKey(), "").line() + "\n";
    }
}

package io.meshd.daemon.config;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Notices within a second that trust has changed: files written or removed, by whomever, and entries that expire.
 *
 * <p>The kernel tells of changes at once; besides, the directories are listed every half second, for those that did not
 * exist when the watch began and for file systems that tell nothing. One daemon thread does it all, calls included.
 */
public final class TrustWatcher implements AutoCloseable {
    private static final long LIST_MS = 500;
    // One change is often several events; reading between them would see half of it.
    private static final long SETTLE_MS = 20;
    private static final int SETTLE_ROUNDS_MAX = 5;
    private static final long CLOSE_MS = 2000;

    private final TrustStore store;
    private final InstantSource clock;
    private final Consumer<TrustReading> listener;
    private final WatchService watch;
    private final List<WatchKey> keys = new ArrayList<>();
    private final Thread thread;
    private volatile boolean closed;

    private TrustWatcher(TrustStore store, InstantSource clock, Consumer<TrustReading> listener) throws IOException {
        this.store = store;
        this.clock = clock;
        this.listener = listener;
        this.watch = FileSystems.getDefault().newWatchService();
        TrustStore.Stamp before = store.stamp();
        TrustReading reading = store.read(clock.instant());
        this.thread = Thread.ofPlatform().name("trust").daemon(true)
                .unstarted(() -> run(before, reading.trust().nextExpiry()));
    }

    /**
     * Begins to watch, from what the store says now.
     *
     * @param listener gets every new reading, on the watcher's own thread; a broken file is a problem in it
     * @throws IOException when the kernel has no more watches to give
     */
    public static TrustWatcher start(TrustStore store, InstantSource clock, Consumer<TrustReading> listener)
            throws IOException {
        TrustWatcher watcher = new TrustWatcher(store, clock, listener);
        watcher.thread.start();
        return watcher;
    }

    private void run(TrustStore.Stamp known, @Nullable Instant knownExpiry) {
        TrustStore.Stamp before = known;
        Instant expiry = knownExpiry;
        try {
            while (!closed) {
                register();
                await(expiry);
                TrustStore.Stamp now = store.stamp();
                Instant moment = clock.instant();
                boolean expired = expiry != null && !moment.isBefore(expiry);
                if (expired || !now.equals(before)) {
                    before = now;
                    TrustReading reading = store.read(moment);
                    expiry = reading.trust().nextExpiry();
                    listener.accept(reading);
                }
            }
        } catch (InterruptedException | ClosedWatchServiceException _) {
            // The end that close() asks for.
        }
    }

    /** A directory that was removed and made again needs a new watch. */
    private void register() {
        keys.removeIf(key -> !key.isValid());
        for (Path directory : store.directories()) {
            if (keys.stream().noneMatch(key -> key.watchable().equals(directory))) {
                try {
                    keys.add(directory.register(watch, StandardWatchEventKinds.ENTRY_CREATE,
                            StandardWatchEventKinds.ENTRY_DELETE, StandardWatchEventKinds.ENTRY_MODIFY));
                } catch (IOException _) {
                    // It does not exist yet, or cannot be read: listing it tells.
                }
            }
        }
    }

    private void await(@Nullable Instant expiry) throws InterruptedException {
        long waitMs = LIST_MS;
        if (expiry != null) {
            long untilMs = clock.instant().until(expiry, ChronoUnit.MILLIS) + 1;
            waitMs = Math.clamp(untilMs, 0, LIST_MS);
        }
        WatchKey key = watch.poll(waitMs, TimeUnit.MILLISECONDS);
        for (int round = 0; key != null && round < SETTLE_ROUNDS_MAX; round++) {
            key.pollEvents();
            key.reset();
            key = watch.poll(SETTLE_MS, TimeUnit.MILLISECONDS);
        }
        if (key != null) {
            key.pollEvents();
            key.reset();
        }
    }

    /** Stops watching; no call to the listener begins afterwards. */
    @Override
    public void close() throws IOException {
        closed = true;
        watch.close();
        thread.interrupt();
        if (!Thread.currentThread().equals(thread)) {
            try {
                thread.join(CLOSE_MS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

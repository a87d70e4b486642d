package io.meshd.daemon.runtime;

import io.meshd.netio.NotifySocket;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The service manager that started this process, told how it goes as sd_notify(3) says. Without one nobody is told.
 *
 * <p>Any thread, except where it is said.
 */
final class Supervisor implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("io.meshd.daemon");
    private static final String SOCKET = "NOTIFY_SOCKET";
    private static final String WATCHDOG_MICROS = "WATCHDOG_USEC";
    private static final String WATCHDOG_PID = "WATCHDOG_PID";
    /** Signs of life within the time after which a manager gives up; sd_watchdog_enabled(3) advises at least two. */
    private static final int SIGNS = 3;
    /** How often the line about the peers is looked at without a watchdog. */
    private static final long STATUS_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final @Nullable NotifySocket socket;
    private final boolean watched;
    private final long signEveryNanos;
    private volatile boolean isReady;
    private volatile boolean refused;
    /** Node thread. */
    private boolean begun;
    /** Node thread. */
    private long nextSignNanos;
    /** Node thread. */
    private String lastStatus = "";

    /** The time that a reload takes. */
    interface Reloading extends AutoCloseable {
        @Override
        void close();
    }

    private Supervisor(@Nullable NotifySocket socket, long watchdogMicros) {
        this.socket = socket;
        this.watched = watchdogMicros > 0;
        this.signEveryNanos = watched
                ? Math.min(STATUS_NANOS, TimeUnit.MICROSECONDS.toNanos(watchdogMicros) / SIGNS)
                : STATUS_NANOS;
    }

    /** Who is to be told by these variables of the environment of process {@code pid}. */
    static Supervisor of(Map<String, String> environment, long pid) {
        String address = environment.getOrDefault(SOCKET, "");
        if (address.isEmpty()) {
            return new Supervisor(null, 0);
        }
        String watched = environment.get(WATCHDOG_PID);
        boolean isForUs = watched == null || watched.equals(Long.toString(pid));
        try {
            return new Supervisor(NotifySocket.to(address),
                    isForUs ? Long.parseLong(environment.getOrDefault(WATCHDOG_MICROS, "0")) : 0);
        } catch (IOException | NumberFormatException e) {
            LOG.log(System.Logger.Level.WARNING, "cannot tell the service manager how it goes: {0}", e.getMessage());
            return new Supervisor(null, 0);
        }
    }

    /** The daemon runs, and what is to be seen of it. */
    void ready(String line) {
        isReady = true;
        tell("READY=1\nSTATUS=" + line);
    }

    /** The configuration is read anew, until the result is closed. */
    Reloading reloading() {
        if (!isReady) {
            return () -> {};
        }
        // CLOCK_MONOTONIC, which is what the JVM's own clock reads.
        tell("RELOADING=1\nMONOTONIC_USEC=" + TimeUnit.NANOSECONDS.toMicros(System.nanoTime()));
        return () -> tell("READY=1");
    }

    void stopping() {
        tell("STOPPING=1\nSTATUS=saying goodbye");
    }

    /**
     * The node thread, and only that one, calls it about once a second: so a node that hangs gives no more signs of
     * life, whatever goes on around it, and the manager starts the daemon anew.
     *
     * @param status says in a line how the node is
     */
    void nodeLives(long nowNanos, Supplier<String> status) {
        if (socket == null || (begun && nowNanos - nextSignNanos < 0)) {
            return;
        }
        begun = true;
        nextSignNanos = nowNanos + signEveryNanos;
        String line = status.get();
        String changed = line.equals(lastStatus) ? "" : "STATUS=" + line;
        lastStatus = line;
        if (watched) {
            tell("WATCHDOG=1" + (changed.isEmpty() ? "" : "\n" + changed));
        } else if (!changed.isEmpty()) {
            tell(changed);
        }
    }

    private void tell(String assignments) {
        if (socket == null) {
            return;
        }
        try {
            socket.send(assignments);
            refused = false;
        } catch (IOException e) {
            if (!refused) {
                LOG.log(System.Logger.Level.WARNING, e.getMessage());
            }
            refused = true;
        }
    }

    @Override
    public void close() {
        if (socket != null) {
            socket.close();
        }
    }
}

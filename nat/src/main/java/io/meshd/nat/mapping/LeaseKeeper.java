package io.meshd.nat.mapping;

import io.meshd.protocol.Deadlines;
import java.net.InetSocketAddress;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a mapping by NAT-PMP or PCP: a few datagrams, and an epoch that tells when the router has forgotten.
 *
 * <p>A restart is noticed by the epoch of any answer. Questions for it are asked every five minutes and when an
 * announcement was heard; the announcement itself, which anybody can forge, changes nothing.
 */
final class LeaseKeeper implements MappingKeeper {
    private enum Stage {
        IDLE, ASKING, HOLDING, RENEWING, FAILED, RESTING, RELEASING, RELEASED
    }

    private final Gateway gateway;
    private final InetSocketAddress server;
    private final GatewayDialect dialect;
    private final int port;
    private final RandomGenerator random;
    private final EpochWatch epochs = new EpochWatch();
    private final Repetition repetition;
    private Stage stage = Stage.IDLE;
    private @Nullable Lease lease;
    private int generation;
    /** The mapping that is asked for replaces one that is lost, whatever port it gets. */
    private boolean anew;
    private long heartbeatNanos = Deadlines.NEVER;
    private long hintNanos = Deadlines.NEVER;
    /** When the mapping was last asked for because the router seemed to have forgotten it. */
    private long forgottenNanos = Deadlines.NEVER;
    private long waitNanos;
    private String state = "not asked";

    LeaseKeeper(Gateway gateway, GatewayDialect dialect, int port, RandomGenerator random) {
        this.gateway = gateway;
        this.server = new InetSocketAddress(gateway.router(), GatewayDialect.PORT);
        this.dialect = dialect;
        this.port = port;
        this.random = random;
        this.repetition = new Repetition(random);
    }

    @Override
    public void begin(long nowNanos, MappingOutbox out) {
        lease = null;
        waitNanos = 0;
        state = "no answer yet";
        ask(Stage.ASKING, nowNanos, out);
    }

    @Override
    public void makeAnew(long nowNanos, MappingOutbox out) {
        if (stage == Stage.HOLDING) {
            out.send(gateway, server, dialect.removal());
            anew = true;
            ask(Stage.RENEWING, nowNanos, out);
        }
    }

    private void ask(Stage next, long nowNanos, MappingOutbox out) {
        stage = next;
        heartbeatNanos = Deadlines.NEVER;
        sendRequest(out);
        repetition.begin(nowNanos, MappingTimings.REQUESTS_MAX);
    }

    private void sendRequest(MappingOutbox out) {
        int wanted = lease == null ? port : lease.external().getPort();
        dialect.request(wanted, MappingTimings.LEASE_SECONDS).forEach(datagram -> out.send(gateway, server, datagram));
    }

    /** A datagram from the router's port 5351. */
    void handle(long nowNanos, byte[] datagram, MappingOutbox out) {
        if (stage == Stage.IDLE || stage == Stage.RELEASED) {
            return;
        }
        switch (dialect.read(datagram)) {
            case GatewayReply.Granted granted -> granted(nowNanos, granted);
            case GatewayReply.Alive(long epoch, var external) -> {
                boolean restart = epochs.isRestart(nowNanos, epoch);
                boolean moved = lease != null && external != null && !external.equals(lease.external().getAddress());
                alive(nowNanos, restart || moved, out);
            }
            case GatewayReply.Refused(int code, long waitSeconds) -> {
                if (isAsking()) {
                    fail("refused, code " + code, waitSeconds);
                }
            }
            case GatewayReply.OtherVersion _ -> {
                if (isAsking()) {
                    fail("not spoken", 0);
                }
            }
            case GatewayReply.Removed _ -> {
                if (stage == Stage.RELEASING) {
                    released();
                } else if (stage == Stage.HOLDING && isNews(nowNanos)) {
                    alive(nowNanos, true, out);
                }
            }
            case GatewayReply.Stray _ -> {}
        }
    }

    private boolean isAsking() {
        return stage == Stage.ASKING || stage == Stage.RENEWING;
    }

    private void granted(long nowNanos, GatewayReply.Granted granted) {
        boolean restart = epochs.isRestart(nowNanos, granted.epochSeconds());
        if (isAsking()) {
            boolean isNew = lease == null || anew || restart || !lease.external().equals(granted.external());
            generation += isNew ? 1 : 0;
            anew = false;
            lease = Lease.granted(nowNanos, granted.external(), granted.seconds(), random);
            state = "mapped";
            hold(nowNanos);
        }
    }

    private void hold(long nowNanos) {
        stage = Stage.HOLDING;
        repetition.end();
        heartbeatNanos = nowNanos + MappingTimings.HEARTBEAT_NANOS;
    }

    private void alive(long nowNanos, boolean forgotten, MappingOutbox out) {
        anew |= forgotten && lease != null;
        if (stage != Stage.HOLDING) {
            return;
        }
        if (!forgotten) {
            hold(nowNanos);
        } else if (forgottenNanos == Deadlines.NEVER || nowNanos - forgottenNanos >= MappingTimings.FORGOTTEN_NANOS) {
            forgottenNanos = nowNanos;
            ask(Stage.RENEWING, nowNanos, out);
        } else {
            // Perhaps it did so once more, or somebody speaks in its name: the router is asked which, a little later.
            heartbeatNanos = Deadlines.earlier(heartbeatNanos, forgottenNanos + MappingTimings.FORGOTTEN_NANOS);
        }
    }

    /** An announcement was heard: perhaps the router has restarted. It is asked, after a random time. */
    void hint(long nowNanos) {
        if (stage == Stage.HOLDING && isNews(nowNanos)) {
            heartbeatNanos = nowNanos + random.nextLong(MappingTimings.HINT_NANOS);
        }
    }

    /** Somebody wants to know now: the router is asked whether it still lives. */
    void look(long nowNanos) {
        if (stage == Stage.HOLDING && isNews(nowNanos)) {
            heartbeatNanos = nowNanos;
        }
    }

    private boolean isNews(long nowNanos) {
        boolean news = hintNanos == Deadlines.NEVER || nowNanos - hintNanos >= MappingTimings.HINT_NANOS;
        hintNanos = news ? nowNanos : hintNanos;
        return news;
    }

    boolean isAnnouncement(byte[] datagram) {
        return dialect.isAnnouncement(datagram);
    }

    private void fail(String why, long waitSeconds) {
        stage = Stage.FAILED;
        lease = null;
        anew = false;
        state = why;
        waitNanos = MappingTimings.seconds(Math.min(waitSeconds, MappingTimings.LEASE_SECONDS_MAX));
        repetition.end();
        heartbeatNanos = Deadlines.NEVER;
    }

    @Override
    public void rest() {
        // What was asked for may be granted yet, so it counts as held.
        stage = lease == null && !isAsking() && stage != Stage.RESTING ? Stage.IDLE : Stage.RESTING;
        repetition.end();
        heartbeatNanos = Deadlines.NEVER;
    }

    @Override
    public void release(long nowNanos, MappingOutbox out) {
        heartbeatNanos = Deadlines.NEVER;
        boolean wasOnlyAsked = lease == null && stage == Stage.RESTING;
        if (lease != null || isAsking() || wasOnlyAsked) {
            // What was only asked for may have been granted just now.
            out.send(gateway, server, dialect.removal());
        }
        if (lease == null && !isAsking()) {
            // Nobody has answered so far, so nobody is waited for.
            released();
            return;
        }
        stage = Stage.RELEASING;
        repetition.begin(nowNanos, MappingTimings.REMOVALS_MAX);
    }

    private void released() {
        stage = Stage.RELEASED;
        lease = null;
        repetition.end();
    }

    @Override
    public boolean isReleased() {
        return stage == Stage.RELEASED;
    }

    @Override
    public void handleTimeout(long nowNanos, MappingOutbox out) {
        if (repetition.isDue(nowNanos)) {
            repeat(nowNanos, out);
        }
        if (lease != null && stage != Stage.RELEASING && lease.isOver(nowNanos)) {
            fail("ended", 0);
        } else if (stage == Stage.HOLDING && lease != null && Deadlines.isDue(lease.renewalNanos(), nowNanos)) {
            ask(Stage.RENEWING, nowNanos, out);
        } else if (Deadlines.isDue(heartbeatNanos, nowNanos)) {
            out.send(gateway, server, dialect.heartbeat());
            heartbeatNanos = Deadlines.NEVER;
            repetition.begin(nowNanos, MappingTimings.REQUESTS_MAX);
        }
    }

    private void repeat(long nowNanos, MappingOutbox out) {
        boolean again = repetition.again(nowNanos);
        switch (stage) {
            case ASKING -> {
                if (again) {
                    sendRequest(out);
                } else {
                    fail("no answer", 0);
                }
            }
            case RENEWING -> {
                if (again) {
                    sendRequest(out);
                } else if (lease != null) {
                    lease.planRenewal(nowNanos, random);
                    hold(nowNanos);
                }
            }
            case HOLDING -> {
                if (again) {
                    out.send(gateway, server, dialect.heartbeat());
                } else {
                    hold(nowNanos);
                }
            }
            case RELEASING -> {
                if (again) {
                    out.send(gateway, server, dialect.removal());
                } else {
                    released();
                }
            }
            case IDLE, FAILED, RESTING, RELEASED -> repetition.end();
        }
    }

    @Override
    public long nextDeadlineNanos() {
        long next = Deadlines.earlier(repetition.nextNanos(), heartbeatNanos);
        if (lease != null && (stage == Stage.HOLDING || stage == Stage.RENEWING)) {
            next = Deadlines.earlier(next, lease.endNanos());
            next = stage == Stage.HOLDING ? Deadlines.earlier(next, lease.renewalNanos()) : next;
        }
        return next;
    }

    @Override
    public @Nullable MappedPort mapped() {
        boolean holds = stage == Stage.HOLDING || stage == Stage.RENEWING;
        return holds && lease != null
                ? new MappedPort(gateway, dialect.protocol(), lease.external(), generation)
                : null;
    }

    @Override
    public long untilNanos() {
        return mapped() == null || lease == null ? Deadlines.NEVER : lease.endNanos();
    }

    @Override
    public boolean hasFailed() {
        return stage == Stage.FAILED;
    }

    @Override
    public long waitNanos() {
        return waitNanos;
    }

    @Override
    public String state() {
        return state;
    }
}

package io.meshd.nat;

/** The constants of probing and choice, each with its reason. Counts are of probes unless the name says otherwise. */
final class PathTimings {
    private static final long MILLIS = 1_000_000L;
    private static final long SECONDS = 1_000 * MILLIS;
    static final long SECOND_NANOS = SECONDS;
    private static final long MINUTES = 60 * SECONDS;

    /** Below the shortest timeout of NAT mappings that is common (30 s), with its spread on top. */
    static final long KEEPALIVE_NANOS = 25 * SECONDS;
    /** The keepalive is spread over a fifth of itself, so that one side probes first and the other need not. */
    static final int KEEPALIVE_SPREAD_DIVISOR = 5;

    /** An initiator renews a session with what it sends 120 s after its beginning (WireGuard paper section 6.2) ... */
    static final long RENEWAL_NANOS = 122 * SECONDS;
    /** ... and nothing is sent with it after 180 s; some time before that a peer asked for silence has to speak. */
    static final long SESSION_NANOS = 172 * SECONDS;

    /** After a renewal the two sides tell each other their records, and then are quiet. */
    static final long GREETING_NANOS = 6 * SECONDS;

    /** Before the first measurement, RFC 6298 section 2.1. */
    static final long TIMEOUT_INITIAL_NANOS = SECONDS;
    /** Schedulers and Wi-Fi power saving delay by tens of milliseconds; less would call that loss. */
    static final long TIMEOUT_MIN_NANOS = 100 * MILLIS;
    /** Longer than any path that people can work over. */
    static final long TIMEOUT_MAX_NANOS = 3 * SECONDS;

    /** Between the probes of a train: ten a second settle a question in one second and load nothing. */
    static final long TRAIN_PACE_NANOS = 100 * MILLIS;
    /** For a new or returning path: RFC 6298's variation has then lost nine tenths of its first guess. */
    static final int TRAIN_PROVING = 8;
    /** For a doubted path: the window over which loss counts. */
    static final int TRAIN_DOUBT = 32;
    /** For the path that would replace a lossy one: with 20 % loss it passes once in thirty times. */
    static final int TRAIN_RIVAL = 24;
    /** Most paths that are measured beside a doubted one. */
    static final int RIVALS_MAX = 2;

    /** Loss counts over this many probes ... */
    static final int LOSS_WINDOW_PROBES = 32;
    /** ... but never over older ones than this. */
    static final long LOSS_WINDOW_NANOS = 10 * SECONDS;
    /** Loss of one in this many, 5 %, makes a path unsound. */
    static final int UNSOUND_DIVISOR = 20;
    /** Fewer lost ones prove no 5 %: a true loss of 1 % brings four in 32 once a day, but three every two hours. */
    static final int UNSOUND_LOST_MIN = 4;
    /**
     * Before a path replaces a lossy one, it must have answered this many times the probes of which that one loses one:
     * the rule of three, so that one as lossy passes only once in twenty times.
     */
    static final int RIVAL_ANSWERS_PER_LOSS = 3;

    /** This many in a row without any sign of life end a path. */
    static final int DEAD_LOST = 3;
    /** This many end one that is known to lose many. */
    static final int DEAD_LOST_UNSOUND = 8;
    /** Silence while sending is looked into after one timeout, but not before this. */
    static final long SILENCE_MIN_NANOS = 150 * MILLIS;
    /** One-way flows are legitimate: while probes are answered, they are asked for no more often than this. */
    static final long SILENCE_ONE_WAY_NANOS = 400 * MILLIS;
    /** A peer counts as active this long after the last packet to it. */
    static final long ACTIVE_NANOS = 10 * SECONDS;

    /** While packets flow and there is another path to go to, loss is sampled so that 10 s hold one window. */
    static final long SAMPLE_NANOS = LOSS_WINDOW_NANOS / LOSS_WINDOW_PROBES;
    /** At most one sample for this many packets sent. */
    static final int SAMPLE_PACKETS = 8;

    /** Change for speed only: by this much at least, or a fifth, whichever is more. */
    static final long HYSTERESIS_NANOS = 10 * MILLIS;
    /** See {@link #HYSTERESIS_NANOS}. */
    static final int HYSTERESIS_DIVISOR = 5;
    /** Least time between a change and the next one that is not urgent. */
    static final long DWELL_NANOS = 5 * SECONDS;
    /** Figures older than this decide nothing; they are measured again first. */
    static final long FRESH_NANOS = 3 * SECONDS;
    /** Round-trip times older than this are forgotten before the next measurement. */
    static final long STALE_NANOS = 60 * SECONDS;
    /** First pause between measurements of a path that looked better and was not; doubles. */
    static final long TRIAL_FIRST_NANOS = 10 * SECONDS;
    /** Longest such pause. */
    static final long TRIAL_MAX_NANOS = 10 * MINUTES;

    /** A path that died may not return before this; doubles with each setback. */
    static final long HOLD_DEAD_NANOS = SECONDS;
    /** The same for a lossy one, which takes longer to judge. */
    static final long HOLD_UNSOUND_NANOS = 10 * SECONDS;
    /** Longest hold: a path that fails again and again changes twice in five minutes, no more. */
    static final long HOLD_MAX_NANOS = 5 * MINUTES;
    /** Failing when only tested lengthens the hold this many times, up to 80 s: nobody suffered. */
    static final int SETBACKS_TESTED_MAX = 3;
    /** A path that served this long has no past any more. */
    static final long REDEEMED_NANOS = 5 * MINUTES;

    /** First pause between probes to where nobody answers; doubles up to one of the limits below. */
    static final long RETRY_FIRST_NANOS = 250 * MILLIS;
    /** Limit for a path that died a short while ago, while packets flow: it may be back at any moment. */
    static final long RETRY_RECENT_NANOS = 4 * SECONDS;
    /** How long a dead path counts as recent. */
    static final long RECENT_NANOS = 10 * MINUTES;
    /** Limit while packets flow and not straight. */
    static final long RETRY_ACTIVE_NANOS = MINUTES;
    /** Limit while idle and not straight, for all silent candidates of a peer together. */
    static final long RETRY_IDLE_NANOS = 5 * MINUTES;
    /** Limit while a straight path serves, for all silent candidates of a peer together. */
    static final long RETRY_CONTENT_NANOS = 10 * MINUTES;

    /** Packets that a signal caused arrive within this: the signal's way, the peer's handshake with its first copies. */
    static final long PUNCH_NANOS = 5 * SECONDS;

    /** Probes to unproven addresses of one peer that may leave at once: all candidates, and some again. */
    static final int UNPROVEN_BURST = 40;
    /** ... and a second after that. A peer that names a victim's address gains nothing over sending itself. */
    static final int UNPROVEN_RATE = 4;
    /** Probes of one peer that are answered at once: four paths' trains, and all candidates. */
    static final int ANSWER_BURST = 80;
    /** ... and a second after that. */
    static final int ANSWER_RATE = 80;

    private PathTimings() {}

    /** Time since a past moment, or {@link Long#MAX_VALUE} when it never was ({@code Deadlines.NEVER}). */
    static long since(long atNanos, long nowNanos) {
        return atNanos == Long.MAX_VALUE ? Long.MAX_VALUE : nowNanos - atNanos;
    }

    /** {@code first} doubled {@code times} times, no more than {@code limit}. */
    static long doubled(long first, int times, long limit) {
        return times >= Long.numberOfLeadingZeros(first) - 1 ? limit : Math.min(limit, first << times);
    }
}

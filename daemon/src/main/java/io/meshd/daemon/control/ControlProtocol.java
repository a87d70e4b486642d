package io.meshd.daemon.control;

import java.time.Duration;

/** The figures of the control protocol: one JSON line in, one JSON document out, then the server closes. */
public final class ControlProtocol {
    /** The version that a request states. */
    public static final int VERSION = 1;
    /** Longest request in bytes: the longest sensible one is a few hundred. */
    public static final int REQUEST_MAX_BYTES = 64 * 1024;
    /** Most connections at a time: an operator, a monitor, and a script gone wild that must not harm the node. */
    public static final int CONNECTIONS_MAX = 16;
    /** How long a request may take to arrive, an answer to be found, and that to be read; ping has more. */
    public static final Duration TIME_MAX = Duration.ofSeconds(5);

    private ControlProtocol() {}
}

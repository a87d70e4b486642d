package io.meshd.daemon.cli;

/** What the program tells the shell. */
public final class ExitStatus {
    /** Done. */
    public static final int DONE = 0;
    /** The operation failed: one line on stderr says what, and what to do next. */
    public static final int FAILED = 1;
    /** Wrong usage, a malformed value, or an invalid configuration. */
    public static final int USAGE = 2;

    private ExitStatus() {}
}

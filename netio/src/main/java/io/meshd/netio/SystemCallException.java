package io.meshd.netio;

import java.io.IOException;

/** A system call that failed: what was attempted, and the error number. */
public final class SystemCallException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    SystemCallException(String attempted, int errno) {
        super(attempted + ": " + Errno.text(errno));
        this.errno = errno;
    }

    /** The error number of Linux. */
    public int errno() {
        return errno;
    }
}

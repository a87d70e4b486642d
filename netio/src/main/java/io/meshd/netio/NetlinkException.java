package io.meshd.netio;

import java.io.IOException;

/** A request to the kernel's network configuration that failed: what was attempted, and why not. */
public final class NetlinkException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    NetlinkException(String attempted, int errno, String kernelText) {
        super(attempted + ": " + (kernelText.isEmpty() ? "" : kernelText + ": ") + Errno.text(errno));
        this.errno = errno;
    }

    /** The error number of Linux. */
    public int errno() {
        return errno;
    }

    /** Whether the thing to remove or change is not there. */
    public boolean isMissing() {
        return errno == Errno.ESRCH || errno == Errno.ENOENT || errno == Errno.ENODEV
                || errno == Errno.EADDRNOTAVAIL || errno == Errno.ENXIO;
    }

    /** Whether the thing to add is there already. */
    public boolean isPresent() {
        return errno == Errno.EEXIST;
    }

    /** Whether the process lacks CAP_NET_ADMIN. Not EACCES: with that the kernel says that IPv6 is off. */
    public boolean isForbidden() {
        return errno == Errno.EPERM;
    }
}

package io.meshd.netio;

import java.io.IOException;

/** A TUN that cannot be opened, or is no longer there. The message says what to do. */
public final class TunException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Reason {
        /** The kernel allows no interface of this name. */
        BAD_NAME,
        /** There is no /dev/net/tun. */
        NO_DEVICE_NODE,
        /** The process lacks CAP_NET_ADMIN, or may not open /dev/net/tun. */
        NOT_PERMITTED,
        /** An interface of this name exists and is no TUN. */
        NAME_TAKEN,
        /** Another process has this TUN. */
        BUSY,
        /** The interface was removed while in use. */
        GONE,
        /** Anything else; the message has the error. */
        OTHER
    }

    private final Reason reason;

    TunException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** What is wrong. */
    public Reason reason() {
        return reason;
    }

    static TunException opening(String path, int errno) {
        return switch (errno) {
            case Errno.ENOENT, Errno.ENODEV, Errno.ENXIO -> new TunException(Reason.NO_DEVICE_NODE,
                    "open " + path + ": there is no TUN driver here; load the kernel module \"tun\", or give the"
                            + " container the device: " + Errno.text(errno));
            case Errno.EPERM, Errno.EACCES -> new TunException(Reason.NOT_PERMITTED,
                    "open " + path + ": not permitted: " + Errno.text(errno));
            default -> new TunException(Reason.OTHER, "open " + path + ": " + Errno.text(errno));
        };
    }

    static TunException creating(String name, int errno) {
        String attempted = "create TUN interface " + name + ": ";
        return switch (errno) {
            case Errno.EPERM -> new TunException(Reason.NOT_PERMITTED,
                    attempted + "CAP_NET_ADMIN is missing: " + Errno.text(errno));
            case Errno.EBUSY -> new TunException(Reason.BUSY,
                    attempted + "another process is using it: " + Errno.text(errno));
            case Errno.EINVAL, Errno.EEXIST -> new TunException(Reason.NAME_TAKEN,
                    attempted + "an interface of this name exists and is not a TUN that could be used: "
                            + Errno.text(errno));
            default -> new TunException(Reason.OTHER, attempted + Errno.text(errno));
        };
    }

    static TunException gone(String name) {
        return new TunException(Reason.GONE, "TUN interface " + name + " was removed");
    }
}

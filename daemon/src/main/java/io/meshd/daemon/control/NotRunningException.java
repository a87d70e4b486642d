package io.meshd.daemon.control;

import java.io.IOException;

/** No daemon listens on the control socket. */
public final class NotRunningException extends IOException {
    private static final long serialVersionUID = 1;

    NotRunningException() {
        super("meshd is not running: start it with `meshd up`");
    }
}

package io.meshd.daemon.runtime;

import io.meshd.daemon.cli.CommandException;
import io.meshd.daemon.config.Config;
import io.meshd.netio.Capabilities;
import java.io.IOException;

/** What this process must be allowed to do. */
final class Rights {
    /** Set by the launcher of a package. */
    private static final String PACKAGED = "meshd.packaged";
    private static final String LACKING = "no CAP_NET_ADMIN, which the interface needs: ";

    private Rights() {}

    /** Refuses to go on without the one right that an interface takes, and says how to get it. */
    static void check(Config config) throws CommandException, IOException {
        if (!config.tun().enabled() || Capabilities.hasNetAdmin()) {
            return;
        }
        throw CommandException.failed(LACKING + (Boolean.getBoolean(PACKAGED)
                ? "start the service, which has it: sudo systemctl start meshd; or run as root"
                : "run as root, or grant it: sudo setpriv --reuid $USER --init-groups --inh-caps +net_admin"
                        + " --ambient-caps +net_admin ./meshd up"));
    }
}

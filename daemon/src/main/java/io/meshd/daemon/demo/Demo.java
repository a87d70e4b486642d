package io.meshd.daemon.demo;

import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.MeshdHost;
import io.meshd.daemon.lab.Miniupnpd;
import io.meshd.daemon.lab.MultiHost;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The network of {@code docs/examples/multi-host} on this machine, before the operator's eyes.
 *
 * <p>Everything is real: namespaces, NATs, TUN devices, sockets, and the very program, driven through its command line.
 * Each step says what is expected and what came out; a step that fails makes the whole demo fail.
 */
public final class Demo {
    private final Screen screen;
    private final Lab lab;

    private Demo(Screen screen, Lab lab) {
        this.screen = screen;
        this.lab = lab;
    }

    /**
     * Runs the demo.
     *
     * @param isTerminal whether a person watches {@code out}
     * @param keep       whether the mesh stays up afterwards, for exploring
     * @return 0 when everything that it showed worked, else 1
     */
    public static int run(PrintStream out, boolean isTerminal, boolean keep) {
        if (!Lab.possible()) {
            out.println("meshd demo needs root, /dev/net/tun and network namespaces: sudo ./meshd demo");
            return 1;
        }
        long begunNanos = System.nanoTime();
        Screen screen = new Screen(out, isTerminal);
        try (Lab lab = Lab.open(MultiHost.OUTSIDE)) {
            boolean worked = new Demo(screen, lab).run(keep);
            screen.say("%s (%.0f s)".formatted(worked
                    ? screen.paint(Screen.Ink.GOOD, "Everything above worked.")
                    : screen.paint(Screen.Ink.BAD, "Something above did not work."),
                    (System.nanoTime() - begunNanos) / 1e9));
            return worked ? 0 : 1;
        }
    }

    private boolean run(boolean keep) {
        Story story = null;
        boolean worked = false;
        try {
            story = new Story(screen, new MultiHost(lab, Miniupnpd.isInstalled()), Miniupnpd.isInstalled());
            worked = story.play();
            if (!keep) {
                worked &= story.leave();
            }
        } catch (IllegalStateException | UncheckedIOException e) {
            // When a signal ends the demo, everything fails as it is taken away.
            if (!lab.isClosed()) {
                screen.settle();
                screen.verdict(false, String.valueOf(e.getMessage()));
            }
        }
        if (lab.isClosed()) {
            screen.settle();
            screen.print("Interrupted: everything is removed.");
            return false;
        }
        summary(story);
        if (keep && story != null) {
            lab.keep();
            explainKeeping(story.network());
        }
        return worked;
    }

    private void summary(@Nullable Story story) {
        if (story != null) {
            screen.heading("What was to be seen");
            story.summary().forEach(screen::say);
            screen.print("");
        }
    }

    private void explainKeeping(MultiHost network) {
        screen.say("Left up for exploring. To look at a host, as root:");
        for (MeshdHost host : network.hosts()) {
            screen.say("ip netns exec " + host.host().namespace() + " "
                    + String.join(" ", host.command("sessions")));
        }
        screen.say("Other words than sessions: why beta, netcheck, status, peers, routes, counters, help.");
        screen.say("To remove all of it:");
        List<String> namespaces = lab.namespaces();
        screen.say("for n in " + String.join(" ", namespaces)
                + "; do ip netns pids $n | xargs -r kill -9; ip netns delete $n; done; rm -r " + lab.folder());
        screen.print("");
    }
}

package io.meshd.daemon.cli;

import io.meshd.daemon.control.ControlClient;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.NotRunningException;
import io.meshd.daemon.control.PeersReport;
import io.meshd.daemon.control.StatusReport;
import io.meshd.daemon.control.WhyReport;
import io.meshd.daemon.files.FileException;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Watches the mesh live: per peer its state, path, round trip, loss and traffic. */
final class TopCommand implements Command {
    private static final String INTERVAL = "interval";
    private static final String ONCE = "once";
    private static final int INTERVAL_MAX_SECONDS = 10;

    @Override
    public CommandSpec spec() {
        return CommandSpec.of("top", "Watch the peers live: path, round trip, loss and traffic of each.")
                .saying("Keys: q quit, up and down select, enter why of that peer, s sort, / filter, r relayed only,",
                        "p pause, + and - interval, h help. Where standard output is no terminal, and with --once, it",
                        "prints one picture and ends; rates are those of one second.")
                .with(CommandSpec.value("i", INTERVAL, "SECONDS", "time between two looks, 1 to "
                        + INTERVAL_MAX_SECONDS + ", by default 1"),
                        CommandSpec.flag(ONCE, "print one picture and end"))
                .example("meshd top", "watch until q")
                .example("meshd top --once | head", "what it shows, for a file or a pipe");
    }

    @Override
    public int run(Invocation invocation)
            throws CommandException, ControlException, IOException, InterruptedException {
        int seconds = invocation.number(INTERVAL, 1, 1, INTERVAL_MAX_SECONDS);
        ControlClient client = invocation.daemon();
        Surroundings world = invocation.world();
        TopState state = new TopState((int) TimeUnit.SECONDS.toMillis(seconds));
        TopView view = new TopView(invocation::coloured, isUnicode(world));
        // Without a daemon at the start there is nothing to wait for.
        state.take(look(client, world.clock()));
        if (invocation.has(ONCE) || !world.isTerminal() || "dumb".equals(world.environment().get("TERM"))) {
            TimeUnit.SECONDS.sleep(1);
            state.take(look(client, world.clock()));
            invocation.text(view.plain(state));
            return ExitStatus.DONE;
        }
        try {
            new TopTerminal(state, view, explained -> news(client, world.clock(), explained)).run();
        } catch (IllegalStateException e) {
            throw CommandException
                    .failed("this terminal cannot be used (" + e.getMessage() + "): try meshd top --once");
        }
        return ExitStatus.DONE;
    }

    private static TopState.Sample look(ControlClient client, InstantSource clock)
            throws IOException, ControlException {
        StatusReport status = ControlClient.read(client.report("status"), StatusReport.class);
        PeersReport peers = ControlClient.read(client.report("peers"), PeersReport.class);
        return new TopState.Sample(clock.instant(), System.nanoTime(), status, peers);
    }

    private static Consumer<TopState> news(ControlClient client, InstantSource clock, String explained) {
        try {
            TopState.Sample sample = look(client, clock);
            List<String> why = explained.isEmpty() ? List.of() : explanation(client, clock, explained);
            return state -> {
                state.take(sample);
                if (!explained.isEmpty() && state.page() == TopState.Page.WHY) {
                    state.explain(why);
                }
            };
        } catch (NotRunningException _) {
            return state -> state.fail("meshd is not running");
        } catch (ControlException e) {
            return state -> state.fail(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            return state -> state.fail(FileException.line(e));
        }
    }

    private static List<String> explanation(ControlClient client, InstantSource clock, String peer)
            throws IOException {
        try {
            WhyReport report = ControlClient.read(client.why(peer), WhyReport.class);
            return WhyCommand.text(report, (_, text) -> text, clock.instant()).lines().toList();
        } catch (ControlException e) {
            return List.of(String.valueOf(e.getMessage()));
        }
    }

    /** Whether the locale's characters are UTF-8 (locale(7)). */
    private static boolean isUnicode(Surroundings world) {
        for (String variable : List.of("LC_ALL", "LC_CTYPE", "LANG")) {
            String value = world.environment().getOrDefault(variable, "");
            if (!value.isEmpty()) {
                String upper = value.toUpperCase(Locale.ROOT);
                return upper.contains("UTF-8") || upper.contains("UTF8");
            }
        }
        return false;
    }
}

package io.meshd.daemon.cli;

import io.meshd.daemon.control.ControlClient;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.JsonStream;
import java.io.IOException;
import java.time.Instant;

/**
 * A command that asks the daemon for one report and shows it: as JSON exactly as the daemon sent it, else as text.
 *
 * @param <R> the report
 */
final class ReportCommand<R> implements Command {
    private final CommandSpec spec;
    private final String request;
    private final Class<R> type;
    private final Renderer<R> renderer;

    /**
     * Such a command.
     *
     * @param spec     what is known of it
     * @param request  the command's name in the control protocol
     * @param type     the report in its typed form
     * @param renderer makes text of it
     */
    ReportCommand(CommandSpec spec, String request, Class<R> type, Renderer<R> renderer) {
        this.spec = spec;
        this.request = request;
        this.type = type;
        this.renderer = renderer;
    }

    /** Makes text of a report. */
    @FunctionalInterface
    interface Renderer<R> {
        /** The text, with line ends. */
        String text(R report, Paint paint, Instant now);
    }

    /** Colours a text when a person watches. */
    @FunctionalInterface
    interface Paint {
        /** The text in that colour, or unchanged. */
        String in(Colour colour, String text);
    }

    @Override
    public CommandSpec spec() {
        return spec;
    }

    @Override
    public int run(Invocation invocation) throws CommandException, ControlException, IOException {
        boolean asJson = invocation.isJson();
        byte[] report = invocation.daemon().document(request);
        if (asJson) {
            invocation.line(JsonStream.pretty(report));
        } else {
            invocation.text(renderer.text(ControlClient.read(report, type), invocation::coloured,
                    invocation.world().clock().instant()));
        }
        return ExitStatus.DONE;
    }
}

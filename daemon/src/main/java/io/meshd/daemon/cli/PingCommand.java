package io.meshd.daemon.cli;

import io.meshd.daemon.control.ControlClient;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.PingReport;
import io.meshd.daemon.control.PingRequest;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** Echoes inside the session with a peer, shown as {@code ping} shows them, with the path of each reply. */
final class PingCommand implements Command {
    private static final String COUNT = "count";
    private static final String INTERVAL = "interval";
    private static final String WAIT = "timeout";
    private static final int COUNT_DEFAULT = 4;
    private static final int COUNT_MAX = 1_000_000;
    private static final Pattern SHORT_COUNT = Pattern.compile("-c([0-9]+)");
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,5}(\\.[0-9]{1,9})?|\\.[0-9]{1,9}");

    @Override
    public CommandSpec spec() {
        return CommandSpec.of("ping", "Send echoes to a peer inside its session.")
                .taking("TARGET", 1, 1)
                .saying("TARGET is a peer's name, its peer_id or a unique beginning of it, or an overlay address.",
                        "The exit status is 1 when no reply came. Here -c followed by a number is the count.")
                .reporting()
                .with(CommandSpec.value(COUNT, "N", "how many echoes, by default " + COUNT_DEFAULT + " (also -c N)"),
                        CommandSpec.value("i", INTERVAL, "SECONDS", "from one to the next, by default 1"),
                        CommandSpec.value("W", WAIT, "SECONDS", "wait for each reply, by default 2"))
                .example("meshd ping beta", "four echoes to the peer beta")
                .example("meshd ping -c 1 -W 0.5 10.42.1.1 --json", "one echo to whoever owns the address");
    }

    @Override
    public List<String> rewrite(List<String> tokens) {
        List<String> rewritten = new ArrayList<>(tokens);
        for (int i = 0; i < rewritten.size() && !rewritten.get(i).equals("--"); i++) {
            String next = i + 1 < rewritten.size() ? rewritten.get(i + 1) : "";
            if (rewritten.get(i).equals("-c") && next.matches("-?[0-9]+")) {
                rewritten.set(i, "--" + COUNT);
            }
            rewritten.set(i, SHORT_COUNT.matcher(rewritten.get(i)).replaceFirst("--" + COUNT + "=$1"));
        }
        return rewritten;
    }

    @Override
    public int run(Invocation invocation)
            throws CommandException, ControlException, IOException, InterruptedException {
        int count = invocation.number(COUNT, COUNT_DEFAULT, 1, COUNT_MAX);
        int intervalMs = milliseconds(invocation, INTERVAL, 1000, PingRequest.INTERVAL_MIN_MS);
        int waitMs = milliseconds(invocation, WAIT, 2000, 1);
        String target = Objects.requireNonNull(invocation.argument(0));
        boolean asJson = invocation.isJson();
        ControlClient daemon = invocation.daemon();
        List<PingReport.Reply> replies = new ArrayList<>();
        String peer = "";
        for (int seq = 0; seq < count; seq++) {
            long begunNanos = System.nanoTime();
            PingReport one = daemon.ping(new PingRequest(target, 1, intervalMs, waitMs, seq));
            replies.addAll(one.replies());
            peer = one.peer();
            if (!asJson) {
                show(invocation, one, seq);
            }
            long restNanos = TimeUnit.MILLISECONDS.toNanos(intervalMs) - (System.nanoTime() - begunNanos);
            if (seq < count - 1 && restNanos > 0) {
                TimeUnit.NANOSECONDS.sleep(restNanos);
            }
        }
        if (asJson) {
            invocation.json(new PingReport(target, peer, replies, count, replies.size()));
        } else {
            summarize(invocation, target, peer, replies, count);
        }
        return replies.isEmpty() ? ExitStatus.FAILED : ExitStatus.DONE;
    }

    private static void show(Invocation invocation, PingReport one, int seq) {
        if (seq == 0) {
            invocation.line("PING " + one.target() + " (" + one.peer() + ")");
        }
        for (PingReport.Reply reply : one.replies()) {
            invocation.line(String.format(Locale.ROOT, "reply from %s: seq=%d time=%.3f ms via %s", one.peer(),
                    reply.seq(), reply.rttMs(), Texts.path(reply.pathClass(), reply.endpoint(), reply.relay())));
        }
        if (one.replies().isEmpty()) {
            invocation.line("no reply from " + one.peer() + ": seq=" + seq);
        }
    }

    private static void summarize(Invocation invocation, String target, String peer, List<PingReport.Reply> replies,
            int count) {
        invocation.line("");
        invocation.line("--- " + target + " (" + peer + ") ---");
        invocation.line(String.format(Locale.ROOT, "%d sent, %d received, %.0f %% lost", count, replies.size(),
                100.0 * (count - replies.size()) / count));
        DoubleSummaryStatistics times = replies.stream().mapToDouble(PingReport.Reply::rttMs).summaryStatistics();
        if (times.getCount() > 0) {
            invocation.line(String.format(Locale.ROOT, "rtt min/avg/max = %.3f/%.3f/%.3f ms", times.getMin(),
                    times.getAverage(), times.getMax()));
        }
    }

    private static int milliseconds(Invocation invocation, String option, int otherwise, int least)
            throws CommandException {
        String text = invocation.value(option);
        if (text == null) {
            return otherwise;
        }
        if (SECONDS.matcher(text).matches()) {
            BigDecimal ms = new BigDecimal(text).movePointRight(3);
            if (ms.compareTo(BigDecimal.valueOf(least)) >= 0
                    && ms.compareTo(BigDecimal.valueOf(PingRequest.TIME_MAX_MS)) <= 0) {
                return ms.intValue();
            }
        }
        throw invocation.malformed(option, text,
                "seconds from " + least / 1000.0 + " to " + PingRequest.TIME_MAX_MS / 1000);
    }
}

package io.meshd.daemon.cli;

import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.InviteReport;
import io.meshd.daemon.control.InviteRequest;
import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.identity.Expiry;
import io.meshd.identity.HostPort;
import io.meshd.identity.NodeName;
import io.meshd.identity.Parsed;
import io.meshd.identity.Prefix;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes an invitation: one line, with which one host can join. */
final class InviteCommand implements Command {
    private static final String NAME = "name";
    private static final String EXPIRES = "expires";
    private static final String PREFIX = "prefix";
    private static final String RELAY = "relay";
    private static final String ENDPOINT = "endpoint";
    private static final String OUT = "out";
    private static final Pattern DURATION = Pattern.compile("([1-9][0-9]{0,8})([smhd])");

    @Override
    public CommandSpec spec() {
        return CommandSpec.of("invite", "Make an invitation: one line with which one host can join.")
                .saying("Prints meshd://…, which names this host, the network and a secret that is good once. On the other",
                        "host: `meshd join TOKEN`. Whoever reads the line can use it, so give it away as a password.",
                        "This host admits who comes with it; members that trust this host as introducer do as well.",
                        "The others need the `meshd trust` line that `meshd invite list` shows then.")
                .reporting()
                .with(CommandSpec.value(NAME, "N", "how the newcomer is to be called; default: as it calls itself"),
                        CommandSpec.value(EXPIRES, "24h", "how long it is good: 90s, 30m, 24h, 7d, or until a DATE"),
                        CommandSpec.value(PREFIX, "CIDR",
                                "what the newcomer owns, its address the first in it; may be repeated"),
                        CommandSpec.flag(RELAY, "packets may go through the newcomer"),
                        CommandSpec.value(ENDPOINT, "HOST:PORT",
                                "where this host is found besides what it knows itself; may be repeated"),
                        CommandSpec.value(OUT, "FILE", "write the line to FILE, readable by its owner only"))
                .example("sudo meshd invite", "an invitation for a day")
                .example("sudo meshd invite --name beta --prefix 10.42.1.0/24 --expires 1h --out beta.token",
                        "for an hour, with name and prefix, in a file");
    }

    @Override
    public int run(Invocation invocation)
            throws CommandException, ConfigException, ControlException, IOException {
        boolean asJson = invocation.isJson();
        InviteRequest request = request(invocation);
        InviteReport report = invocation.daemon().invite(request);
        String out = invocation.value(OUT);
        if (out != null) {
            Path file = invocation.path(out);
            AtomicFile.write(file, report.token() + "\n", Access.SECRET);
            invocation.note("written to " + file);
        }
        if (asJson) {
            invocation.json(report);
        } else if (out == null) {
            invocation.line(report.token());
        }
        invocation.note("good once, until " + report.expires() + "; on the other host: sudo meshd join "
                + (out == null ? "TOKEN" : out));
        return ExitStatus.DONE;
    }

    private static InviteRequest request(Invocation invocation) throws CommandException {
        String typed = invocation.value(NAME);
        String name = typed == null ? null : NodeName.fit(typed);
        List<Prefix> prefixes = new ArrayList<>();
        for (String text : invocation.values(PREFIX)) {
            prefixes.add(TrustCommand.option(invocation, PREFIX, text, Prefix::parse));
        }
        List<HostPort> endpoints = new ArrayList<>();
        for (String text : invocation.values(ENDPOINT)) {
            endpoints.add(TrustCommand.option(invocation, ENDPOINT, text, HostPort::parse));
        }
        try {
            return new InviteRequest(name, prefixes, invocation.has(RELAY), seconds(invocation), endpoints);
        } catch (IllegalArgumentException e) {
            throw invocation.usage(String.valueOf(e.getMessage()));
        }
    }

    private static long seconds(Invocation invocation) throws CommandException {
        String text = invocation.value(EXPIRES);
        if (text == null) {
            return InviteRequest.EXPIRES_SECONDS_DEFAULT;
        }
        Matcher duration = DURATION.matcher(text);
        if (duration.matches()) {
            long number = Long.parseLong(duration.group(1));
            return number * switch (duration.group(2)) {
                case "s" -> 1L;
                case "m" -> 60L;
                case "h" -> 3_600L;
                default -> 86_400L;
            };
        }
        Instant now = invocation.world().clock().instant();
        return switch (Expiry.parse(text)) {
            case Parsed.Valid(Expiry expiry) when expiry.isPast(now) -> throw invocation.malformed(EXPIRES, text,
                    "a time to come");
            case Parsed.Valid(Expiry expiry) -> Duration.between(now, expiry.moment()).toSeconds();
            case Parsed.Invalid<Expiry> _ -> throw invocation.malformed(EXPIRES, text,
                    "a duration such as 90s, 30m, 24h, 7d, or a date YYYY-MM-DD");
        };
    }
}

package io.meshd.daemon.cli;

import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.control.ControlException;
import io.meshd.identity.NodeName;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Invitation;
import io.meshd.protocol.InvitationToken;
import io.meshd.protocol.JoinRefusal;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.stream.Collectors;

/** Joins a mesh with an invitation: identity, configuration, trust and daemon, all by one line. */
final class JoinCommand implements Command {
    private static final String NAME = "name";
    private static final String FORCE = "force";
    private static final String NO_INTRODUCER = "no-introducer";
    /** What the operator is promised. */
    private static final Duration TIME_MAX = Duration.ofSeconds(20);
    /** Of which so much for the first contact; the rest is for the daemon to start and to be heard. */
    private static final Duration CONTACT_MAX = Duration.ofSeconds(12);

    private final NodeRunner runner;

    JoinCommand(NodeRunner runner) {
        this.runner = runner;
    }

    @Override
    public CommandSpec spec() {
        return CommandSpec.of("join", "Join a mesh with an invitation.")
                .taking("TOKEN|FILE|-", 1, 1)
                .saying("The token is what `meshd invite` printed; - reads it from standard input, which shows it to no",
                        "other user of this host. Keeps the identity or makes one, writes network, address and the trust in",
                        "the inviter, starts the daemon in the background or has the running one take it over, and returns",
                        "when the inviter has answered. The same host may run it again until the invitation expires.",
                        "Whom the inviter introduces is trusted as well, unless --no-introducer is given.")
                .reporting()
                .with(CommandSpec.value(NAME, "N",
                        "what this host calls itself; default: node.name, or the host's name"),
                        CommandSpec.flag(FORCE, "leave the network, or give up the address, that is configured"),
                        CommandSpec.flag(NO_INTRODUCER, "trust the inviter, and nobody on its word"))
                .example("sudo meshd join meshd://AZ…", "with the token itself")
                .example("sudo meshd join - < beta.token", "with the token in a file");
    }

    @Override
    public int run(Invocation invocation)
            throws CommandException, ConfigException, ControlException, IOException, InterruptedException {
        boolean asJson = invocation.isJson();
        long endNanos = System.nanoTime() + TIME_MAX.toNanos();
        String typed = invocation.value(NAME);
        String name = typed == null ? null : NodeName.fit(typed);
        InvitationToken token = token(invocation);
        Invitation invitation = token.invitation();
        try {
            Instant now = invocation.world().clock().instant();
            if (invitation.isExpired(now.getEpochSecond())) {
                throw CommandException.failed("this invitation has expired, at "
                        + Instant.ofEpochSecond(invitation.expiresSeconds()) + askAgain(invitation));
            }
            Joining joining = Joining.prepare(invocation, invitation,
                    new Joining.Wishes(name, invocation.has(FORCE), !invocation.has(NO_INTRODUCER)));
            try {
                GuestAnswer.Welcome welcome = welcome(invitation,
                        runner.call(token, joining.identity(), joining.name(), CONTACT_MAX));
                joining.settle(welcome);
                JoinedDaemon daemon = new JoinedDaemon(invocation);
                String started = daemon.bringUp();
                JoinReport report = new JoinReport(joining, welcome.welcome(), daemon.awaitAnswer(invitation.inviter(),
                        joining.inviterName(), endNanos), started);
                if (asJson) {
                    invocation.json(report.document());
                } else {
                    invocation.text(report.text());
                }
            } finally {
                joining.identity().destroy();
            }
        } finally {
            token.destroy();
        }
        return ExitStatus.DONE;
    }

    private static String askAgain(Invitation invitation) {
        return ": ask for another, by `meshd invite` on " + invitation.inviterName();
    }

    private static InvitationToken token(Invocation invocation) throws CommandException, IOException {
        String given = Objects.requireNonNull(invocation.argument(0));
        String text = given;
        if (given.equals("-")) {
            text = read(invocation.world().in());
        } else if (!given.startsWith(InvitationToken.SCHEME)) {
            Path file = invocation.path(given);
            if (!Files.isRegularFile(file)) {
                throw invocation.usage("expected a token meshd://…, a file with one, or -, found \"" + given + "\"");
            }
            try (InputStream in = Files.newInputStream(file)) {
                text = read(in);
            }
        }
        return switch (InvitationToken.read(text)) {
            case InvitationToken.Genuine(InvitationToken token) -> token;
            case InvitationToken.NoToken _ ->
                throw invocation.usage((given.equals("-") ? "standard input" : given) + " holds no token meshd://…");
            case InvitationToken.Altered _ -> throw CommandException.failed(
                    "this invitation was altered or cut off: copy the whole line that `meshd invite` printed");
            case InvitationToken.OfLaterVersion _ -> throw CommandException.failed(
                    "this invitation was made by a later version of meshd: install that here as well");
        };
    }

    private static String read(InputStream in) throws IOException {
        return new String(in.readNBytes(2 * InvitationToken.LENGTH_MAX), StandardCharsets.UTF_8);
    }

    private static GuestAnswer.Welcome welcome(Invitation invitation, GuestAnswer answer) throws CommandException {
        String inviter = invitation.inviterName();
        return switch (answer) {
            case GuestAnswer.Welcome welcome -> welcome;
            case GuestAnswer.Refused(Frame.JoinRefused(JoinRefusal reason, String detail)) ->
                throw CommandException.failed(inviter + " refuses this invitation: " + text(reason, invitation)
                        + (detail.isEmpty() ? "" : " (" + detail + ")"));
            case GuestAnswer.Silence(boolean shookHands) -> throw CommandException.failed(shookHands
                    ? inviter + " was reached, but did not answer in time: look at its log, and try again"
                    : "no answer from " + inviter + " at " + invitation.endpoints().stream().map(Object::toString)
                            .collect(Collectors.joining(", ")) + ": is meshd running there, does a firewall let UDP in,"
                            + " and is the invitation still in `meshd invite list`?");
        };
    }

    private static String text(JoinRefusal reason, Invitation invitation) {
        return switch (reason) {
            case EXPIRED -> "it has expired" + askAgain(invitation);
            case USED -> "it was used already, by another host" + askAgain(invitation);
            case CANCELLED -> "it was cancelled" + askAgain(invitation);
            case FOREIGN -> "it is foreign";
            case CONFLICT -> "what it grants contradicts what is trusted there: see the log of "
                    + invitation.inviterName();
            case ALTERED -> "it was altered on the way: try again";
            case REVOKED -> "the trust in this host was ended there: `meshd trust` on " + invitation.inviterName()
                    + ", or a newer invitation, lets it in again";
            case FAILED -> "it could not be written down: see the log of " + invitation.inviterName();
        };
    }
}

package io.meshd.daemon.cli;

import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.InvitationsReport;
import io.meshd.protocol.InvitationToken;
import java.io.IOException;
import java.util.Objects;

/** Takes an invitation back. */
final class InviteCancelCommand implements Command {
    @Override
    public CommandSpec spec() {
        return CommandSpec.of("invite cancel", "Take an invitation back: nobody can join with it any more.")
                .taking("ID", 1, 1)
                .saying("ID is what `meshd invite list` shows, the name that the invitation grants, or the token itself.",
                        "An invitation that was used is beyond that: `meshd untrust NAME` ends the trust in who came.")
                .reporting()
                .example("sudo meshd invite cancel k3vqmzpa", "by its id")
                .example("sudo meshd invite cancel beta", "by the name that it grants");
    }

    @Override
    public int run(Invocation invocation) throws CommandException, ControlException, IOException {
        boolean asJson = invocation.isJson();
        String text = Objects.requireNonNull(invocation.argument(0));
        InvitationsReport report = invocation.daemon().cancelInvitation(target(text));
        if (asJson) {
            invocation.json(report);
        } else {
            report.invitations().forEach(one -> invocation.line("cancelled the invitation " + one.id()));
        }
        return ExitStatus.DONE;
    }

    private static String target(String text) throws CommandException {
        return switch (InvitationToken.read(text)) {
            case InvitationToken.Genuine(InvitationToken token) -> {
                token.destroy();
                yield token.invitation().guest().peerId();
            }
            case InvitationToken.NoToken _ -> text;
            case InvitationToken.Altered _,InvitationToken.OfLaterVersion _ ->
                throw CommandException
                        .failed("this token was altered or cut off: give the id, see `meshd invite list`");
        };
    }
}

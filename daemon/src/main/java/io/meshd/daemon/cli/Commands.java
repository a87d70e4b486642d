package io.meshd.daemon.cli;

import io.meshd.daemon.doctor.HostView;
import java.util.ArrayList;
import java.util.List;

/** All commands that there are, in the order of the help. */
final class Commands {
    private Commands() {}

    static CommandTable table(NodeRunner runner) {
        List<Command> commands = new ArrayList<>();
        commands.add(new UpCommand(runner, UpCommand.Form.UP));
        commands.add(new DownCommand());
        commands.add(new ReloadCommand());
        commands.add(new InviteCommand());
        commands.add(new InviteListCommand());
        commands.add(new InviteCancelCommand());
        commands.add(new JoinCommand(runner));
        commands.add(new PlanCommand());
        commands.addAll(Reports.commands());
        commands.add(new PingCommand());
        commands.add(new WhyCommand());
        commands.add(new NetcheckCommand());
        commands.add(new LogCommand());
        commands.add(new TopCommand());
        commands.add(new DoctorCommand(new HostView()));
        commands.add(new TrustCommand());
        commands.add(new TrustListCommand());
        commands.add(new UntrustCommand());
        commands.add(new PeerAddCommand());
        commands.add(new PeerConfigCommand());
        commands.addAll(IdentityCommand.commands());
        commands.add(new ConfigInitCommand());
        commands.add(new ConfigValidateCommand());
        commands.add(new ConfigShowCommand());
        commands.add(new UpCommand(runner, UpCommand.Form.DAEMON_START));
        commands.add(new UpCommand(runner, UpCommand.Form.DAEMON_RUN));
        commands.add(new DaemonStatusCommand());
        commands.add(new DemoCommand());
        commands.add(new CompletionCommand(() -> commands.stream().map(Command::spec).toList()));
        commands.add(new VersionCommand());
        return new CommandTable(commands);
    }
}

package io.meshd.daemon.cli;

import io.meshd.daemon.config.BootstrapPeer;
import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.Overrides;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.cli.Option;

/** Runs a node, in this process or in one of its own. */
final class UpCommand implements Command {
    private static final String SEED = "seed";
    private static final String DETACH = "detach";
    private static final String NO_TUN = "no-tun";
    private static final String OPEN = "open";

    private final NodeRunner runner;
    private final Form form;

    UpCommand(NodeRunner runner, Form form) {
        this.runner = runner;
        this.form = form;
    }

    /** The names of one thing. */
    enum Form {
        /** In the foreground, unless {@code --detach} is given. */
        UP,
        /** In the foreground. */
        DAEMON_RUN,
        /** In a process of its own. */
        DAEMON_START
    }

    @Override
    public CommandSpec spec() {
        return switch (form) {
            case UP -> CommandSpec.of("up", "Run a node until SIGTERM, SIGINT or `meshd down`.")
                    .saying("Prints one line when ready, naming interface, addresses and port. Makes an identity at",
                            "the first start. Needs CAP_NET_ADMIN, not root, unless --no-tun is given.",
                            "With --open anyone who reaches the UDP port can join, under a name that is free, with its",
                            "derived addresses; names and keys are kept in state/known_peers, and another key under a",
                            "known name is refused until `meshd untrust NAME`. Who joins has to know the key of this",
                            "node: meshd up --open --seed PEER_ID@HOST:PORT, or trust in this node.")
                    .with(options(true))
                    .example("sudo meshd up", "run in the foreground")
                    .example("sudo meshd up --detach --seed beta@198.51.100.10:51821",
                            "run in the background, and look for beta there");
            case DAEMON_RUN -> CommandSpec.of("daemon run", "Run a node in the foreground: the same as `meshd up`.")
                    .with(options(false))
                    .example("sudo meshd daemon run", "run in the foreground")
                    .example("meshd daemon run --no-tun --home /srv/mesh", "discovery and relay only, without root");
            case DAEMON_START -> CommandSpec.of("daemon start",
                    "Run a node in the background: the same as `meshd up --detach`.")
                    .with(options(false))
                    .example("sudo meshd daemon start", "return when the node is ready")
                    .example("sudo meshd daemon start -c /srv/mesh.toml", "with another configuration");
        };
    }

    private static Option[] options(boolean withDetach) {
        List<Option> options = new ArrayList<>();
        options.add(CommandSpec.value(SEED, "[PEER@]HOST:PORT",
                "look for others here first; also txt:DOMAIN; may be repeated"));
        if (withDetach) {
            options.add(CommandSpec.flag(DETACH, "run in the background, return when ready"));
        }
        options.add(CommandSpec.flag(NO_TUN, "no interface: discovery and relay only"));
        options.add(CommandSpec.flag(OPEN, "let in whoever reaches the port, keys that are not listed"));
        return options.toArray(Option[]::new);
    }

    @Override
    public int run(Invocation invocation)
            throws CommandException, ConfigException, IOException, InterruptedException {
        List<BootstrapPeer> seeds = new ArrayList<>();
        for (String text : invocation.values(SEED)) {
            BootstrapPeer seed = BootstrapPeer.ofOption(text).orNull();
            if (seed == null) {
                throw invocation.malformed(SEED, text, "[PEER@]HOST:PORT or txt:DOMAIN");
            }
            seeds.add(seed);
        }
        Overrides overrides = new Overrides(seeds, invocation.has(NO_TUN), invocation.has(OPEN));
        if (form == Form.DAEMON_START || invocation.has(DETACH)) {
            return DetachedDaemon.start(invocation, overrides, arguments(invocation));
        }
        // A node goes on also when nobody reads its ready line.
        runner.run(invocation.home(), invocation.loader(overrides), invocation.out()::println);
        return ExitStatus.DONE;
    }

    /** The options once more, for the process that is to run. */
    private static List<String> arguments(Invocation invocation) {
        List<String> arguments = new ArrayList<>(List.of("up"));
        invocation.values(SEED).forEach(seed -> arguments.addAll(List.of("--" + SEED, seed)));
        for (String flag : List.of(NO_TUN, OPEN)) {
            if (invocation.has(flag)) {
                arguments.add("--" + flag);
            }
        }
        return arguments;
    }
}

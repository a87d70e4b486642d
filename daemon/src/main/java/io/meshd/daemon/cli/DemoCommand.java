package io.meshd.daemon.cli;

import io.meshd.daemon.demo.Demo;

/** Shows a whole mesh on this machine. */
final class DemoCommand implements Command {
    private static final String KEEP = "keep";

    @Override
    public CommandSpec spec() {
        return CommandSpec.of("demo", "Show a mesh of four hosts on this machine, in network namespaces.")
                .saying("Makes four hosts, lets them find each other, sends traffic between all of them, kills one and",
                        "brings it back. Removes everything at the end. Needs root and no other machine.")
                .with(CommandSpec.flag(KEEP, "leave the mesh up for exploring"))
                .example("sudo ./meshd demo", "watch a mesh form")
                .example("sudo ./meshd demo --keep", "and look around in it afterwards");
    }

    @Override
    public int run(Invocation invocation) {
        return Demo.run(invocation.out(), invocation.has(KEEP));
    }
}

package io.meshd.daemon.cli;

import io.meshd.daemon.demo.Demo;

/** Shows a whole mesh on this machine. */
final class DemoCommand implements Command {
    private static final String KEEP = "keep";

    @Override
    public CommandSpec spec() {
        return CommandSpec.of("demo", "Show a mesh of four hosts on this machine, in network namespaces.")
                .saying("Makes a public relay, alpha behind a router that maps its port, and beta and gamma behind NATs.",
                        "Shows how they find each other directly, after signalling or by relay, and what is lost while",
                        "a path is cut and restored. Takes about a minute, removes everything at the end. Needs root.")
                .with(CommandSpec.flag(KEEP, "leave the mesh up for exploring"))
                .example("sudo ./meshd demo", "watch a mesh form")
                .example("sudo ./meshd demo --keep", "and look around in it afterwards");
    }

    @Override
    public int run(Invocation invocation) {
        return Demo.run(invocation.out(), invocation.isColoured(), invocation.has(KEEP));
    }
}

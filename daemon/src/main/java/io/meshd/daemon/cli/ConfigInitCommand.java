package io.meshd.daemon.cli;

import io.meshd.daemon.config.ConfigTemplate;
import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.daemon.files.Home;
import io.meshd.identity.IpAddress;
import io.meshd.identity.NodeName;
import io.meshd.protocol.NetworkId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Writes a commented configuration. */
final class ConfigInitCommand implements Command {
    private static final String NAME = "name";
    private static final String NETWORK = "network";
    private static final String ADDRESS = "address";
    private static final String PREFIX_LEN = "prefix-len";
    private static final String FORCE = "force";
    private static final int LENGTH_DEFAULT_V4 = 24;
    private static final int LENGTH_DEFAULT_V6 = 64;
    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    @Override
    public CommandSpec spec() {
        return CommandSpec.of("config init", "Write a commented configuration with every key.")
                .with(CommandSpec.value(NAME, "N", "of this node; default: the host's name"),
                        CommandSpec.value(NETWORK, "ID", "the mesh that it belongs to; default: \"default\""),
                        CommandSpec.value(ADDRESS, "IP", "on the interface; default: derived from the key"),
                        CommandSpec.value(PREFIX_LEN, "N", "length of that address, by default 24, for IPv6 64"),
                        CommandSpec.flag(FORCE, "replace the file that is there"))
                .example("sudo meshd config init --network home-net", "write /etc/meshd/meshd.toml")
                .example("meshd config init --home /srv/mesh --address 10.42.0.1 --prefix-len 24",
                        "write /srv/mesh/meshd.toml with an address");
    }

    @Override
    public int run(Invocation invocation) throws CommandException, IOException {
        Home home = invocation.home();
        Path given = invocation.configFile();
        Path file = given == null ? home.config() : given;
        String name = invocation.value(NAME);
        if (name != null && !NodeName.isValid(name)) {
            throw invocation.malformed(NAME, name, "a name by the rule " + NodeName.RULE);
        }
        String network = invocation.value(NETWORK);
        if (network != null && !NetworkId.isValid(network)) {
            throw invocation.malformed(NETWORK, network, "an id by the rule " + NetworkId.RULE);
        }
        IpAddress address = address(invocation);
        if (address == null && invocation.has(PREFIX_LEN)) {
            throw invocation.usage("option --prefix-len belongs to --address");
        }
        int length = address == null
                ? LENGTH_DEFAULT_V4
                : invocation.number(PREFIX_LEN,
                        address.isV6() ? LENGTH_DEFAULT_V6 : LENGTH_DEFAULT_V4, 0, address.bits());
        if (Files.exists(file) && !invocation.has(FORCE)) {
            throw CommandException.failed("there is a configuration at " + file + " already: --force replaces it");
        }
        AtomicFile.makeDirectory(file.toAbsolutePath().resolve("..").normalize(), home.access());
        AtomicFile.write(file, ConfigTemplate.text(name == null ? hostName() : name,
                network == null ? "default" : network, address, length, home.identity()), Access.PUBLIC);
        invocation.line("wrote " + file);
        return ExitStatus.DONE;
    }

    private static @Nullable IpAddress address(Invocation invocation)
            throws CommandException {
        String text = invocation.value(ADDRESS);
        return text == null ? null : TrustCommand.option(invocation, ADDRESS, text, IpAddress::parse);
    }

    private static String hostName() {
        try {
            return NodeName.fit(Files.readString(HOST_NAME).strip());
        } catch (IOException _) {
            return NodeName.fit("");
        }
    }
}

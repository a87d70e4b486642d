package io.meshd.daemon.cli;

import io.meshd.daemon.config.Config;
import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.IdentityStore;
import io.meshd.daemon.config.Origin;
import io.meshd.daemon.config.Setting;
import io.meshd.daemon.control.Json;
import io.meshd.identity.Identity;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.identity.Trust;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Shows the effective values and where each is from. */
final class ConfigShowCommand implements Command {
    private static final String ADDRESSES = "tun.addresses";
    private static final String PREFIXES = "node.prefixes";
    /** What {@code tun.addresses} says as well. */
    private static final List<String> FOLDED = List.of("tun.address", "tun.prefix_len");

    @Override
    public CommandSpec spec() {
        return CommandSpec.of("config show", "Show the effective values and where each comes from.")
                .reporting()
                .example("meshd config show", "every key with its value and origin")
                .example("meshd config show -c new.toml --json", "the same of another file, for a script");
    }

    @Override
    public int run(Invocation invocation) throws CommandException, ConfigException, IOException {
        boolean asJson = invocation.isJson();
        Config config = invocation.config();
        List<Setting> settings = effective(config);
        if (asJson) {
            Map<String, @Nullable Object> document = new LinkedHashMap<>();
            document.put("config_path", Objects.toString(config.file(), null));
            document.put("settings", settings.stream().map(ConfigShowCommand::document).toList());
            invocation.json(document);
        } else {
            TextTable table = new TextTable();
            settings.forEach(setting -> table.row(setting.key(), Json.line(setting.value()),
                    invocation.coloured(Colour.FAINT, setting.origin().toString())));
            invocation.text(table.text());
        }
        config.warnings().forEach(warning -> invocation.warn(warning.toString()));
        return ExitStatus.DONE;
    }

    /** Addresses and prefixes that nobody configured follow from the key, when there is one. */
    private static List<Setting> effective(Config config) throws ConfigException, IOException {
        Path path = config.node().identityPath();
        if (!Files.isReadable(path)) {
            return config.settings();
        }
        Identity identity = IdentityStore.load(path);
        PublicKey key = identity.publicKey();
        identity.destroy();
        List<Setting> settings = new ArrayList<>();
        for (Setting setting : config.settings()) {
            boolean isDefault = setting.origin() instanceof Origin.Default;
            if (isDefault && setting.key().equals(ADDRESSES)) {
                settings.add(new Setting(ADDRESSES, config.interfaceAddresses(key).stream()
                        .map(Object::toString).toList(), setting.origin()));
            } else if (isDefault && setting.key().equals(PREFIXES)) {
                settings.add(new Setting(PREFIXES, Trust.empty(config.self(key)).ownPrefixes().stream()
                        .map(Prefix::toString).toList(), setting.origin()));
            } else if (!isDefault || !FOLDED.contains(setting.key())) {
                settings.add(setting);
            }
        }
        return settings;
    }

    private static Map<String, @Nullable Object> document(Setting setting) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("key", setting.key());
        document.put("value", setting.value());
        switch (setting.origin()) {
            case Origin.Default() -> document.put("source", "default");
            case Origin.File(Path file, int line) -> {
                document.put("source", "file");
                document.put("file", file.toString());
                document.put("line", line);
            }
            case Origin.Option(String name) -> {
                document.put("source", "option");
                document.put("option", name);
            }
        }
        return document;
    }
}

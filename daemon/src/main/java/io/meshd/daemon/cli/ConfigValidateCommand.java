package io.meshd.daemon.cli;

import io.meshd.daemon.config.Config;
import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.ConfigLoader;
import io.meshd.daemon.config.Overrides;
import io.meshd.daemon.config.Problem;
import io.meshd.daemon.config.Setup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.nio.file.Files;
import io.meshd.identity.Trust;
import java.util.stream.Stream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Checks what {@code up} would check, and says all that is wrong at once. */
final class ConfigValidateCommand implements Command {
    @Override
    public CommandSpec spec() {
        return CommandSpec.of("config validate", "Check configuration, identity and trust as `up` would.")
                .reporting()
                .example("meshd config validate", "all errors at once, with file, line and key")
                .example("meshd config validate -c new.toml && sudo mv new.toml /etc/meshd/meshd.toml",
                        "the exit status is 2 when something is wrong");
    }

    @Override
    public int run(Invocation invocation) throws CommandException, IOException {
        boolean asJson = invocation.isJson();
        ConfigLoader loader = invocation.loader(Overrides.NONE);
        List<Problem> problems = new ArrayList<>();
        List<Problem> warnings = List.of();
        boolean exists = false;
        try {
            Config config = Setup.load(invocation.home(), loader, invocation.world().clock().instant());
            problems.addAll(Setup.problems(invocation.home(), config, invocation.world().clock().instant()));
            exists = config.file() != null;
            warnings = warnings(invocation, config);
        } catch (ConfigException e) {
            exists = Files.exists(loader.file());
            problems.addAll(e.problems());
        }
        if (asJson) {
            Map<String, @Nullable Object> document = new LinkedHashMap<>();
            document.put("valid", problems.isEmpty());
            document.put("path", exists ? loader.file().toString() : null);
            document.put("problems", problems.stream().map(ConfigValidateCommand::document).toList());
            document.put("warnings", warnings.stream().map(ConfigValidateCommand::document).toList());
            invocation.json(document);
        } else if (problems.isEmpty()) {
            invocation.line(exists
                    ? loader.file() + " is valid"
                    : "there is no configuration at " + loader.file() + ": the defaults are valid");
        }
        warnings.forEach(warning -> invocation.warn(warning.toString()));
        problems.forEach(problem -> invocation.note("error: " + problem));
        return problems.isEmpty() ? ExitStatus.DONE : ExitStatus.USAGE;
    }

    private static List<Problem> warnings(Invocation invocation, Config config) throws CommandException {
        Trust trust = Setup.store(invocation.home(), config, Setup.NOBODY)
                .read(invocation.world().clock().instant()).trust();
        return Stream.concat(config.warnings().stream(),
                Setup.strangers(config, trust).stream().map(text -> new Problem(null, 0, "", text))).toList();
    }

    private static Map<String, @Nullable Object> document(Problem problem) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("file", Objects.toString(problem.file(), null));
        document.put("line", problem.line() == 0 ? null : problem.line());
        document.put("key", problem.key().isEmpty() ? null : problem.key());
        document.put("message", problem.message());
        return document;
    }
}

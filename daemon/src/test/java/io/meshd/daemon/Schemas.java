package io.meshd.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The published JSON schemas, for checking what commands print. */
public final class Schemas {
    /** The folder that holds them. */
    public static final Path FOLDER = folder();

    /** Stands for the folder, so that schemas find each other. */
    private static final String BASE = "https://meshd.invalid/";

    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(texts()));

    private Schemas() {}

    private static Path folder() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("docs/schema"))) {
            folder = Objects.requireNonNull(folder.getParent(), "no schemas above");
        }
        return folder.resolve("docs/schema");
    }

    /** The file of a command such as {@code trust list}. */
    public static Path of(String command) {
        return FOLDER.resolve(command.replace(' ', '-') + ".json");
    }

    /** Fails unless the document is what the schema of the command says. */
    public static void requireValid(String command, String document) {
        List<String> faults = REGISTRY.getSchema(SchemaLocation.of(BASE + of(command).getFileName()))
                .validate(document, InputFormat.JSON,
                        context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)))
                .stream().map(Error::toString).toList();
        assertThat(faults).as("%s --json: %s", command, document).isEmpty();
    }

    private static Map<String, String> texts() {
        Map<String, String> texts = new HashMap<>();
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.toList()) {
                texts.put(BASE + file.getFileName(), Files.readString(file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return texts;
    }
}

package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.meshd.daemon.Schemas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The schemas themselves. What commands print is checked against them wherever a test runs one with {@code --json}, see
 * {@link Shell}, and on a running mesh by ReportSchemaIT.
 */
final class SchemaTest {
    private static final List<CommandSpec> SPECS = Commands.table((_, _, _) -> {}).specs();

    @Test
    void everyReportingCommandHasASchemaAndNoOtherHas() throws IOException {
        List<String> expected = new ArrayList<>(SPECS.stream().filter(CommandSpec::reports).map(References::schema)
                .toList());
        expected.add("common.json");

        assertThat(files()).extracting(file -> file.getFileName().toString())
                .containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void schemasAreSchemas() throws IOException {
        var dialect = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(SchemaLocation.of(SpecificationVersion.DRAFT_2020_12.getDialectId()));
        for (Path file : files()) {
            assertThat(dialect.validate(Files.readString(file), InputFormat.JSON)).as(file.toString()).isEmpty();
            assertThat(Files.readString(file))
                    .contains("\"$schema\": \"https://json-schema.org/draft/2020-12/schema\"");
        }
    }

    @Test
    void everyObjectSaysAllItsFields() throws IOException {
        for (Path file : files()) {
            JsonNode schema = new ObjectMapper().readTree(file.toFile());
            assertThat(schema.findParents("properties")).as(file.toString())
                    .allSatisfy(object -> assertThat(object.path("additionalProperties").asText()).isEqualTo("false"));
        }
    }

    @Test
    void aFieldTooManyOrTooFewIsAFault() {
        String sound = "{\"version\":\"1\",\"java\":\"25\",\"os\":\"Linux\",\"arch\":\"amd64\"}";
        Schemas.requireValid("version", sound);

        assertThatThrownBy(() -> Schemas.requireValid("version", sound.replace("os", "so")))
                .isInstanceOf(AssertionError.class).hasMessageContaining("os").hasMessageContaining("so");
        assertThatThrownBy(() -> Schemas.requireValid("snapshot", "{\"status\":{}}")).isInstanceOf(AssertionError.class)
                .hasMessageContaining("/status");
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(Schemas.FOLDER)) {
            return all.filter(path -> path.toString().endsWith(".json")).toList();
        }
    }
}

package io.meshd.daemon.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import io.meshd.daemon.files.FileException;
import io.meshd.daemon.files.FileMode;
import io.meshd.daemon.files.Home;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the configuration: once at the start, and again at each reload, from the same place with the same options. */
public final class ConfigLoader {
    private static final long FILE_MAX_BYTES = 1024 * 1024;
    private static final int LINE_SHOWN_MAX = 60;
    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    private final Home home;
    private final @Nullable Path explicit;
    private final Overrides overrides;

    /**
     * Such a loader.
     *
     * @param home      where defaults point to
     * @param explicit  the file of {@code -c}, which must exist; null: that of the home, which need not
     * @param overrides what the command line says
     */
    public ConfigLoader(Home home, @Nullable Path explicit, Overrides overrides) {
        this.home = home;
        this.explicit = explicit;
        this.overrides = overrides;
    }

    /** What the command line says. */
    public Overrides overrides() {
        return overrides;
    }

    /** The file that is read, or would be if it existed. */
    public Path file() {
        return explicit == null ? home.config() : explicit;
    }

    /**
     * The effective configuration.
     *
     * @throws ConfigException with every error that the file has
     * @throws IOException     when it cannot be read
     */
    public Config load() throws ConfigException, IOException {
        Path file = file();
        if (explicit == null && !Files.exists(file)) {
            return read(null, "");
        }
        if (Files.isDirectory(file)) {
            throw new FileException(file + " is a directory: give the path of a file");
        }
        if (Files.size(file) > FILE_MAX_BYTES) {
            throw new ConfigException(List.of(Problem.of(file, "expected at most " + FILE_MAX_BYTES + " bytes")));
        }
        return read(file, text(file));
    }

    private static String text(Path file) throws ConfigException, IOException {
        byte[] bytes = Files.readAllBytes(file);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException _) {
            throw new ConfigException(List.of(Problem.of(file, "expected text in UTF-8")));
        }
    }

    private Config read(@Nullable Path file, String text) throws ConfigException, IOException {
        List<Problem> problems = new ArrayList<>();
        if (file != null) {
            try {
                FileMode.requireUnwritableByOthers(file, "config");
            } catch (FileException e) {
                problems.add(Problem.of(file, e));
            }
        }
        JsonNode document = JsonNodeFactory.instance.objectNode();
        KeyLines lines = KeyLines.scan("");
        try {
            if (!text.isBlank()) {
                document = new TomlMapper().readTree(text);
                lines = KeyLines.scan(text);
            }
        } catch (JsonProcessingException e) {
            problems.add(syntaxProblem(file, text, e));
            throw new ConfigException(problems);
        }
        Draft draft = new Draft(file, lines);
        Config config = new ConfigReader(draft, document, home, overrides, hostName()).read(file);
        problems.addAll(draft.problems());
        if (!problems.isEmpty()) {
            throw new ConfigException(problems, config);
        }
        return config;
    }

    private static Problem syntaxProblem(@Nullable Path file, String text, JsonProcessingException e) {
        JsonLocation at = e.getLocation();
        String what = "no valid TOML: " + String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("");
        if (at == null) {
            return new Problem(file, 0, "", what);
        }
        // The parser often notices at the beginning of the line after the error.
        int line = at.getColumnNr() <= 1 && at.getLineNr() > 1 ? at.getLineNr() - 1 : at.getLineNr();
        String found = text.lines().skip(line - 1L).findFirst().orElse("").strip();
        return new Problem(file, line, "", what + ": "
                + (found.length() <= LINE_SHOWN_MAX ? found : found.substring(0, LINE_SHOWN_MAX) + "…"));
    }

    private static String hostName() {
        try {
            return Files.readString(HOST_NAME).strip();
        } catch (IOException _) {
            return "";
        }
    }
}

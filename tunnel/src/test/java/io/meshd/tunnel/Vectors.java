package io.meshd.tunnel;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/** The public test vectors under {@code src/test/resources/vectors}. */
final class Vectors {
    private Vectors() {}

    static JsonNode json(String name) {
        try (InputStream in = open(name)) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> lines(String name) {
        try (InputStream in = open(name)) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All tests of a Wycheproof file, whatever their group. */
    static List<JsonNode> wycheproof(String name) {
        List<JsonNode> tests = new ArrayList<>();
        json(name).get("testGroups").forEach(group -> group.get("tests").forEach(tests::add));
        return tests;
    }

    static byte[] hex(JsonNode node, String field) {
        return hex(node.get(field).asText());
    }

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    private static InputStream open(String name) {
        return Objects.requireNonNull(Vectors.class.getResourceAsStream("/vectors/" + name), name);
    }
}

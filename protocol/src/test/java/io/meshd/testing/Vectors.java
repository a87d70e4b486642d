package io.meshd.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Published test vectors from {@code /vectors/} on the class path of the module under test. */
public final class Vectors {
    private Vectors() {}

    /** A JSON file, parsed. */
    public static JsonNode json(String name) {
        try (InputStream stream = open(name)) {
            return new ObjectMapper().readTree(stream);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A text file. */
    public static String text(String name) {
        try (InputStream stream = open(name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The bytes of a hexadecimal field. */
    public static byte[] hex(JsonNode object, String field) {
        return HexFormat.of().parseHex(object.required(field).textValue());
    }

    private static InputStream open(String name) throws IOException {
        InputStream stream = Vectors.class.getResourceAsStream("/vectors/" + name);
        if (stream == null) {
            throw new IOException("no /vectors/" + name + " on the class path");
        }
        return stream;
    }
}

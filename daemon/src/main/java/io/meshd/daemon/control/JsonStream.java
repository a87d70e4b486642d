package io.meshd.daemon.control;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The JSON of {@link Json} for a process that lives as long as one command: read and written as it passes by. Making a
 * mapper first, as {@link Json} does, would take half of the time that a command takes.
 */
public final class JsonStream {
    private static final byte[] ERROR = "{\"error\":".getBytes(StandardCharsets.UTF_8);

    private JsonStream() {}

    /** A request of the control protocol on one line. */
    static byte[] request(String command, Map<String, ? extends @Nullable Object> arguments) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
            out.writeStartObject();
            out.writeNumberField("version", ControlProtocol.VERSION);
            out.writeStringField("command", command);
            out.writeObjectFieldStart("arguments");
            for (Map.Entry<String, ? extends @Nullable Object> argument : arguments.entrySet()) {
                out.writeFieldName(argument.getKey());
                write(argument.getValue(), out);
            }
            out.writeEndObject();
            out.writeEndObject();
        }
        return text.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void write(@Nullable Object value, JsonGenerator out) throws IOException {
        if (value instanceof List<?> list) {
            out.writeStartArray();
            for (Object element : list) {
                write(element, out);
            }
            out.writeEndArray();
        } else {
            out.writeObject(value);
        }
    }

    /** Whether an answer of the daemon may be an error. */
    static boolean isErrorLike(byte[] answer) {
        return answer.length >= ERROR.length && Arrays.equals(answer, 0, ERROR.length, ERROR, 0, ERROR.length);
    }

    /** A document as {@link Json#pretty} would show it. */
    public static String pretty(byte[] document) throws IOException {
        StringWriter text = new StringWriter();
        JsonFactory factory = new JsonFactory();
        try (JsonParser in = factory.createParser(document); JsonGenerator out = factory.createGenerator(text)) {
            out.setPrettyPrinter(new DefaultPrettyPrinter());
            while (in.nextToken() != null) {
                out.copyCurrentEvent(in);
            }
        }
        return text.toString();
    }

    /**
     * A document as the record that it is. Fields that the record does not know are passed over: a newer daemon may say
     * more.
     *
     * @throws IOException when it is something else
     */
    public static <T> T read(byte[] document, Class<T> type) throws IOException {
        try (JsonParser in = new JsonFactory().createParser(document)) {
            in.nextToken();
            return type.cast(record(in, type));
        } catch (ReflectiveOperationException | IllegalArgumentException | DateTimeParseException e) {
            throw new IOException("no " + type.getSimpleName(), e);
        }
    }

    private static @Nullable Object value(JsonParser in, Type type) throws IOException, ReflectiveOperationException {
        if (in.currentToken() == JsonToken.VALUE_NULL) {
            return null;
        }
        if (type instanceof ParameterizedType list) {
            return list(in, list.getActualTypeArguments()[0]);
        }
        Class<?> plain = (Class<?>) type;
        if (plain.isRecord()) {
            return record(in, plain);
        }
        if (plain.isEnum()) {
            String word = text(in).toUpperCase(Locale.ROOT);
            return Arrays.stream(plain.getEnumConstants()).filter(one -> ((Enum<?>) one).name().equals(word))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(word));
        }
        return switch (plain.getName()) {
            case "java.lang.String" -> text(in);
            case "java.time.Instant" -> Instant.parse(text(in));
            case "boolean", "java.lang.Boolean" -> in.getBooleanValue();
            case "int", "java.lang.Integer" -> in.getIntValue();
            case "long", "java.lang.Long" -> in.getLongValue();
            case "double", "java.lang.Double" -> in.getDoubleValue();
            default -> throw new IllegalArgumentException("no JSON form of " + plain);
        };
    }

    private static List<Object> list(JsonParser in, Type element) throws IOException, ReflectiveOperationException {
        require(in, JsonToken.START_ARRAY);
        List<Object> values = new ArrayList<>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            if (in.currentToken() == null) {
                throw new IOException("it ends in a list");
            }
            Object value = value(in, element);
            if (value != null) {
                values.add(value);
            }
        }
        return values;
    }

    private static Object record(JsonParser in, Class<?> type) throws IOException, ReflectiveOperationException {
        require(in, JsonToken.START_OBJECT);
        RecordComponent[] components = type.getRecordComponents();
        Map<String, Integer> places = new HashMap<>();
        Class<?>[] types = new Class<?>[components.length];
        @Nullable
        Object[] values = new @Nullable Object[components.length];
        for (int i = 0; i < components.length; i++) {
            places.put(name(components[i]), i);
            types[i] = components[i].getType();
        }
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            Integer place = places.get(in.currentName());
            in.nextToken();
            if (place == null) {
                in.skipChildren();
            } else {
                values[place] = value(in, components[place].getGenericType());
            }
        }
        return type.getDeclaredConstructor(types).newInstance(values);
    }

    /** Its own name in snake_case, unless an annotation gives it another. */
    private static String name(RecordComponent component) {
        JsonProperty given = component.getAccessor().getAnnotation(JsonProperty.class);
        if (given != null) {
            return given.value();
        }
        StringBuilder name = new StringBuilder();
        for (char letter : component.getName().toCharArray()) {
            name.append(Character.isUpperCase(letter) ? "_" : "").append(Character.toLowerCase(letter));
        }
        return name.toString();
    }

    private static String text(JsonParser in) throws IOException {
        require(in, JsonToken.VALUE_STRING);
        return in.getText();
    }

    private static void require(JsonParser in, JsonToken expected) throws IOException {
        if (in.currentToken() != expected) {
            throw new IOException("expected " + expected + ", found " + in.currentToken());
        }
    }
}

package io.meshd.daemon.config;

import io.meshd.identity.IpAddress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The commented configuration that {@code config init} writes: every key, its default, and what it is for. */
public final class ConfigTemplate {
    private static final int COLUMNS_MAX = 100;

    private ConfigTemplate() {}

    /**
     * The text of a valid configuration.
     *
     * @param name         of the node
     * @param networkId    of the mesh
     * @param address      on the interface; null: the derived one
     * @param prefixLength of that address
     * @param identityPath where the identity is by default
     */
    public static String text(String name, String networkId, @Nullable IpAddress address, int prefixLength,
            Path identityPath) {
        Map<String, String> given = new LinkedHashMap<>();
        given.put(Keys.NAME.path(), "\"" + name + "\"");
        given.put(Keys.NETWORK_ID.path(), "\"" + networkId + "\"");
        if (address != null) {
            given.put(Keys.ADDRESS.path(), "\"" + address + "\"");
            given.put(Keys.PREFIX_LEN.path(), Integer.toString(prefixLength));
        }
        StringBuilder text = new StringBuilder("""
                # Configuration of meshd. What is commented out shows the default or an example.
                # `meshd config validate` checks this file, `meshd reload` applies it, meshd.toml(5) explains it.
                """);
        String table = "";
        for (Key key : Keys.ALL) {
            if (!key.table().equals(table)) {
                table = key.table();
                text.append('\n').append(header(table));
            }
            text.append(lines(key, given.get(key.path()), identityPath));
        }
        return text.toString();
    }

    private static String header(String table) {
        return comment(Keys.meaning(table)) + (Keys.isRepeated(table) ? "# [[" + table + "]]" : "[" + table + "]")
                + "\n";
    }

    private static String lines(Key key, @Nullable String given, Path identityPath) {
        String example = key.equals(Keys.IDENTITY_PATH) ? "\"" + identityPath + "\"" : key.example();
        return comment(key.meaning() + key.defaultInWords())
                + (given == null ? "# " + key.name() + " = " + example : key.name() + " = " + given) + "\n";
    }

    /** Lines of comment, broken between words. */
    private static String comment(String text) {
        StringBuilder lines = new StringBuilder();
        int column = COLUMNS_MAX;
        for (String word : text.split(" ", -1)) {
            if (column + 1 + word.length() > COLUMNS_MAX) {
                lines.append(lines.isEmpty() ? "#" : "\n#");
                column = 1;
            }
            lines.append(' ').append(word);
            column += 1 + word.length();
        }
        return lines.append('\n').toString();
    }
}

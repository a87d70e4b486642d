package io.meshd.netio;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The kernel's rules for names of interfaces ({@code dev_valid_name} in net/core/dev.c). */
public final class InterfaceNames {
    private static final int MAX_BYTES = 15;

    private InterfaceNames() {}

    /** Why an interface cannot have this name; null when it can. */
    public static @Nullable String problem(String name) {
        if (name.isEmpty()) {
            return "an interface name cannot be empty";
        }
        if (name.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            return "an interface name has at most " + MAX_BYTES + " bytes: " + name;
        }
        if (name.equals(".") || name.equals("..")) {
            return "an interface cannot be named " + name;
        }
        // A percent sign would make the kernel look for a free number.
        boolean bad = name.chars().anyMatch(c -> c <= ' ' || c >= 0x7f || c == '/' || c == ':' || c == '%');
        return bad ? "an interface name has no spaces, '/', ':', '%' or characters beyond ASCII" : null;
    }
}

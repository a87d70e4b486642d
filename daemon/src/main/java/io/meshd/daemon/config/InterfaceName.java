package io.meshd.daemon.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The kernel's rule for names of interfaces, and whether a name is taken by something that is no TUN device. */
final class InterfaceName {
    private static final int BYTES_MAX = 15;
    private static final Path CLASS_NET = Path.of("/sys/class/net");
    private static final int IFF_TUN = 0x0001;

    private InterfaceName() {}

    /** Whether the kernel accepts the name (dev_valid_name; a percent sign would ask for a template). */
    static boolean isValid(String name) {
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        return length >= 1 && length <= BYTES_MAX && !name.equals(".") && !name.equals("..")
                && name.chars().noneMatch(c -> c == '/' || c == ':' || c == '%' || c <= ' ' || c == 0x7f);
    }

    /** Whether an interface of this name exists that is no TUN device. */
    static boolean isTakenByAnother(String name) {
        return isTakenByAnother(CLASS_NET, name);
    }

    static boolean isTakenByAnother(Path classNet, String name) {
        Path device = classNet.resolve(name);
        if (!Files.exists(device)) {
            return false;
        }
        try {
            String flags = Files.readString(device.resolve("tun_flags")).strip();
            return (Integer.decode(flags) & IFF_TUN) == 0;
        } catch (IOException | NumberFormatException _) {
            // Only TUN and TAP devices have flags.
            return true;
        }
    }
}

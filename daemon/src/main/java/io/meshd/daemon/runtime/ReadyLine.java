package io.meshd.daemon.runtime;

import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The one line that a daemon prints when it is ready. */
final class ReadyLine {
    private ReadyLine() {}

    static String of(Sources.Loaded loaded, @Nullable MeshInterface device, int port) {
        String addresses = loaded.plan().overlays().stream().map(RouteKeeper.Overlay::toString)
                .collect(Collectors.joining(", "));
        String where = device == null
                ? "without interface"
                : "on " + device.name() + (addresses.isEmpty() ? " without address" : " with " + addresses);
        return "meshd is ready: " + loaded.config().node().name() + " " + where + ", UDP port " + port;
    }
}

package io.meshd.nat.mapping;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A service of a router that maps ports.
 *
 * @param type    its type with its version: WANIPConnection 1 or 2, or WANPPPConnection 1
 * @param control where actions are posted
 */
record IgdConnection(String type, Ssdp.HttpPlace control) {
    /** Routers with several lines have one service for each; the first that works is used. */
    static final int SERVICES_MAX = 4;

    private static final Pattern TYPE = Pattern.compile(
            "urn:schemas-upnp-org:service:(WANIPConnection:[12]|WANPPPConnection:1)");

    /** Whether it can pick a free port itself (WANIPConnection:2 section 2.5.19). */
    boolean picksPort() {
        return type.endsWith("WANIPConnection:2");
    }

    /** The services that a description names, the best first; none when it is no description. */
    static List<IgdConnection> read(byte[] description, Ssdp.HttpPlace from) {
        Description reading = new Description(from);
        if (!XmlText.read(description, reading::element)) {
            return List.of();
        }
        reading.found.sort(Comparator.comparing((IgdConnection service) -> !service.picksPort())
                .thenComparing(service -> service.type().contains("WANPPPConnection")));
        return List.copyOf(reading.found);
    }

    /** What is known half-way through a description. */
    private static final class Description {
        private final List<IgdConnection> found = new ArrayList<>();
        private Ssdp.HttpPlace base;
        private String type = "";
        private String control = "";

        Description(Ssdp.HttpPlace from) {
            this.base = from;
        }

        void element(String name, String text) {
            switch (name) {
                case "URLBase" -> {
                    Ssdp.HttpPlace other = base.resolve(text);
                    base = other == null ? base : other;
                }
                case "serviceType" -> type = text;
                case "controlURL" -> control = text;
                case "service" -> service();
                default -> {
                    // Names, icons, other services.
                }
            }
        }

        private void service() {
            Ssdp.HttpPlace place = control.isEmpty() ? null : base.resolve(control);
            if (place != null && TYPE.matcher(type).matches() && found.size() < SERVICES_MAX) {
                found.add(new IgdConnection(type, place));
            }
            type = "";
            control = "";
        }
    }
}

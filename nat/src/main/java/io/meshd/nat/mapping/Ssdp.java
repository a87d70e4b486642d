package io.meshd.nat.mapping;

import io.meshd.identity.HostPort;
import io.meshd.identity.IpAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How a UPnP device is looked for: UPnP Device Architecture 1.1 section 1.3, HTTP headers in one datagram. */
final class Ssdp {
    static final int PORT = 1900;

    private static final InetSocketAddress GROUP = new InetSocketAddress(
            new IpAddress(false, 0, 0xefff_fffaL).toInetAddress(), PORT);
    private static final String DEVICE = "urn:schemas-upnp-org:device:InternetGatewayDevice:";
    private static final List<String> TARGETS = List.of(DEVICE + 1, DEVICE + 2);
    private static final int ANSWER_BYTES_MAX = 2_048;
    private static final int PATH_CHARS_MAX = 512;

    private Ssdp() {}

    /** Sends the searches: to the group, and to the gateway itself for networks that carry no multicast. */
    static void search(Gateway gateway, MappingOutbox out) {
        for (String target : TARGETS) {
            out.send(gateway, GROUP, search(target));
            out.send(gateway, new InetSocketAddress(gateway.router(), PORT), search(target));
        }
    }

    private static byte[] search(String target) {
        return ("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: " + target
                + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** Where the description of the gateway's device is; null when the datagram is no answer that says so. */
    static @Nullable HttpPlace location(byte[] datagram, InetAddress from) {
        if (datagram.length > ANSWER_BYTES_MAX) {
            return null;
        }
        String[] lines = new String(datagram, StandardCharsets.ISO_8859_1).split("\r?\n", -1);
        if (!lines[0].startsWith("HTTP/1.") || !lines[0].contains(" 200")) {
            return null;
        }
        String location = null;
        boolean isGateway = false;
        for (String line : lines) {
            int colon = line.indexOf(':');
            String name = colon < 0 ? "" : line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
            String value = line.substring(colon + 1).strip();
            if (name.equals("location")) {
                location = value;
            } else if (name.equals("st")) {
                isGateway = value.startsWith(DEVICE);
            }
        }
        return location == null || !isGateway ? null : HttpPlace.of(location, from);
    }

    /**
     * A place on the gateway.
     *
     * @param server its own address and a port
     * @param path   path and query, beginning with a slash
     */
    record HttpPlace(InetSocketAddress server, String path) {
        /**
         * Reads an absolute URL; null when it leads to any other host than the one that gave it, so that nobody can send
         * this host's requests elsewhere.
         */
        static @Nullable HttpPlace of(String url, InetAddress giver) {
            try {
                return of(new URI(url), giver);
            } catch (URISyntaxException _) {
                return null;
            }
        }

        private static @Nullable HttpPlace of(URI uri, InetAddress giver) {
            String host = uri.getHost();
            if (!"http".equalsIgnoreCase(uri.getScheme()) || host == null || uri.getRawUserInfo() != null) {
                return null;
            }
            int port = uri.getPort() < 0 ? 80 : uri.getPort();
            HostPort place = HostPort.parse(host + ":" + port).orNull();
            IpAddress address = place == null ? null : place.address();
            String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
            String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
            return address != null && address.equals(IpAddress.of(giver)) && path.startsWith("/")
                    && path.length() + query.length() <= PATH_CHARS_MAX
                            ? new HttpPlace(new InetSocketAddress(giver, port), path + query)
                            : null;
        }

        /** What a reference in a document from here means; null as in {@link #of(String, InetAddress)}. */
        @Nullable
        HttpPlace resolve(String reference) {
            try {
                IpAddress host = IpAddress.of(server.getAddress());
                URI base = new URI("http://" + host + ":" + server.getPort() + path);
                return of(base.resolve(new URI(reference)), server.getAddress());
            } catch (URISyntaxException _) {
                return null;
            }
        }
    }
}

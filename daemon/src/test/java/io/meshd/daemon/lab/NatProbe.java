package io.meshd.daemon.lab;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds out by real datagrams what the boxes between two hosts do, in the way of RFC 5780 sections 4.3 to 4.6: a server
 * with two addresses and two ports tells a client where it sees it, and answers from where it is asked to.
 *
 * <p>Run as a program: {@code NatProbe serve A1 A2} on a host outside, {@code NatProbe ask A1 A2} inside. Prints one line,
 * {@code mapping=… filtering=… ports=… hairpin=…}.
 */
public final class NatProbe {
    private static final int[] PORTS = {3_478, 3_479};
    private static final int OWN_PORT = 51_821;
    private static final int FLOWS = 6;
    private static final int PATIENCE_MILLIS = 400;
    private static final int ATTEMPTS = 3;
    private static final int OTHER_ADDRESS = 2;
    private static final int OTHER_PORT = 1;
    private static final String READY = "ready";

    private final InetAddress[] servers;

    private NatProbe(InetAddress first, InetAddress second) {
        this.servers = new InetAddress[]{first, second};
    }

    /** The words that run it. */
    static String[] command(String verb, String first, String second) {
        return new String[]{Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx64m",
                NatProbe.class.getName(), verb, first, second};
    }

    /** Starts a server on a host with two addresses. */
    public static void serve(LabHost host, String second) {
        host.start("probe.log", command("serve", host.address(), second));
        if (!LabHost.await(java.time.Duration.ofSeconds(10), () -> host.log("probe.log").contains(READY))) {
            throw new IllegalStateException("no probe server: " + host.log("probe.log"));
        }
    }

    /** What a client on this host finds out. */
    public static String ask(LabHost host, String first, String second) {
        return host.run(command("ask", first, second)).orThrow().out().strip();
    }

    /** Serves until it is killed, or asks once. */
    public static void main(String[] arguments) throws IOException {
        NatProbe probe = new NatProbe(InetAddress.getByName(arguments[1]), InetAddress.getByName(arguments[2]));
        switch (arguments[0]) {
            case "serve" -> probe.serve();
            case "ask" -> System.out.println(probe.ask());
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    // The server.

    private void serve() throws IOException {
        List<DatagramSocket> sockets = new ArrayList<>();
        for (InetAddress address : servers) {
            for (int port : PORTS) {
                sockets.add(new DatagramSocket(new InetSocketAddress(address, port)));
            }
        }
        for (int i = 1; i < sockets.size(); i++) {
            int at = i;
            Thread.ofPlatform().daemon().start(() -> answer(sockets, at));
        }
        System.out.println(READY);
        answer(sockets, 0);
    }

    /** A request's one byte says which of address and port is to be another one in the answer. */
    private static void answer(List<DatagramSocket> sockets, int at) {
        byte[] buffer = new byte[16];
        while (true) {
            try {
                DatagramPacket request = new DatagramPacket(buffer, buffer.length);
                sockets.get(at).receive(request);
                InetSocketAddress from = (InetSocketAddress) request.getSocketAddress();
                byte[] seen = (from.getAddress().getHostAddress() + " " + from.getPort())
                        .getBytes(StandardCharsets.US_ASCII);
                sockets.get(at ^ buffer[0]).send(new DatagramPacket(seen, seen.length, from));
            } catch (IOException e) {
                System.err.println(e);
            }
        }
    }

    // The client.

    private String ask() throws IOException {
        String ports;
        String mapping;
        InetSocketAddress outer;
        try (DatagramSocket socket = socket(OWN_PORT)) {
            outer = exchange(socket, 0, 0, 0);
            if (outer == null) {
                return "blocked";
            }
            InetSocketAddress toPort = exchange(socket, 0, 1, 0);
            InetSocketAddress toAddress = exchange(socket, 1, 0, 0);
            if (outer.equals(toAddress) && outer.equals(toPort)) {
                mapping = "endpoint-independent";
            } else {
                mapping = outer.equals(toPort) ? "address-dependent" : "address-and-port-dependent";
            }
            ports = ports(socket, outer);
        }
        return "mapping=" + mapping + " filtering=" + filtering() + " ports=" + ports + " hairpin=" + hairpin();
    }

    private static DatagramSocket socket(int port) throws SocketException {
        DatagramSocket socket = new DatagramSocket(port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        return socket;
    }

    /** Where the server sees this socket; null when no answer comes. */
    private @Nullable InetSocketAddress exchange(DatagramSocket socket, int address, int port, int change)
            throws IOException {
        byte[] request = {(byte) change};
        byte[] buffer = new byte[64];
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            socket.send(new DatagramPacket(request, 1, servers[address], PORTS[port]));
            try {
                DatagramPacket answer = new DatagramPacket(buffer, buffer.length);
                socket.receive(answer);
                String[] seen = new String(buffer, 0, answer.getLength(), StandardCharsets.US_ASCII).split(" ", 2);
                return new InetSocketAddress(InetAddress.getByName(seen[0]), Integer.parseInt(seen[1]));
            } catch (SocketTimeoutException e) {
                // Silence is what many of these questions are about: asked once more, then reported by null.
            }
        }
        return null;
    }

    private String filtering() throws IOException {
        try (DatagramSocket socket = socket(OWN_PORT + 1)) {
            if (exchange(socket, 0, 0, OTHER_ADDRESS | OTHER_PORT) != null) {
                return "endpoint-independent";
            }
            return exchange(socket, 0, 0, OTHER_PORT) != null ? "address-dependent" : "address-and-port-dependent";
        }
    }

    /** How ports for different inner ports follow each other. */
    private String ports(DatagramSocket first, InetSocketAddress outer) throws IOException {
        if (outer.getPort() == first.getLocalPort()) {
            return "preserved";
        }
        int last = 0;
        boolean rising = true;
        for (int i = 0; i < FLOWS; i++) {
            try (DatagramSocket socket = socket(0)) {
                InetSocketAddress seen = exchange(socket, 0, 0, 0);
                int port = seen == null ? 0 : seen.getPort();
                rising &= last == 0 || port == last + 1;
                last = port;
            }
        }
        return rising ? "sequential" : "random";
    }

    /** Whether a datagram to the own outer endpoint comes back. */
    private String hairpin() throws IOException {
        try (DatagramSocket one = socket(OWN_PORT + 2); DatagramSocket two = socket(OWN_PORT + 3)) {
            InetSocketAddress outer = exchange(one, 0, 0, 0);
            InetSocketAddress outerOfTwo = exchange(two, 0, 0, 0);
            if (outer == null || outerOfTwo == null) {
                return "unknown";
            }
            byte[] hello = {1};
            two.send(new DatagramPacket(hello, 1, outer));
            try {
                DatagramPacket came = new DatagramPacket(new byte[16], 16);
                one.receive(came);
                // RFC 4787 REQ-9: as if from outside.
                return came.getSocketAddress().equals(outerOfTwo) ? "yes" : "yes-from-inside";
            } catch (SocketTimeoutException e) {
                return "no";
            }
        }
    }
}

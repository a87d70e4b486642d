package io.meshd.daemon.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.SplittableRandom;
import java.util.zip.CRC32;

/**
 * A large TCP transfer from one host to another, on sockets of this program in their namespaces.
 *
 * @param isRight        whether exactly what was sent has arrived
 * @param longestStallMs the longest time in which nothing arrived
 * @param seconds        how long it took
 */
public record Transfer(boolean isRight, double longestStallMs, double seconds) {
    private static final int CHUNK = 64 * 1024;
    private static final int PATIENCE_MS = 30_000;

    /** Sends so many random bytes. */
    public static Transfer run(LabHost from, LabHost to, String address, int bytes) throws IOException {
        byte[] content = new byte[bytes];
        new SplittableRandom(bytes).nextBytes(content);
        CRC32 sent = new CRC32();
        sent.update(content);
        CRC32 arrived = new CRC32();
        double stall = 0;
        try (ServerSocket door = NamespaceCall.in(to.namespace(),
                () -> new ServerSocket(0, 1, InetAddress.getByName(address)))) {
            long begunNanos = System.nanoTime();
            Socket out = NamespaceCall.in(from.namespace(), () -> connect(address, door.getLocalPort()));
            Thread.ofPlatform().daemon().start(() -> write(out, content));
            long lastNanos = begunNanos;
            try (Socket in = door.accept()) {
                in.setSoTimeout(PATIENCE_MS);
                InputStream stream = in.getInputStream();
                byte[] chunk = new byte[CHUNK];
                for (int count = stream.read(chunk); count >= 0; count = stream.read(chunk)) {
                    long now = System.nanoTime();
                    stall = Math.max(stall, (now - lastNanos) / 1e6);
                    lastNanos = now;
                    arrived.update(chunk, 0, count);
                }
            }
            return new Transfer(sent.getValue() == arrived.getValue(), stall, (System.nanoTime() - begunNanos) / 1e9);
        }
    }

    private static Socket connect(String address, int port) throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(address, port), PATIENCE_MS);
        return socket;
    }

    private static void write(Socket socket, byte[] content) {
        try (socket; OutputStream stream = socket.getOutputStream()) {
            stream.write(content);
        } catch (IOException _) {
            // The other end sees that not everything has come.
        }
    }
}

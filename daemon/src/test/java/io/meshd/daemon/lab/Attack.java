package io.meshd.daemon.lab;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.digests.Blake2sDigest;

/**
 * A stranger who sends whatever might hurt, as fast as one thread can, for a bounded count, and tells every second and in
 * the end what came back.
 *
 * <p>Run as a program in a namespace: {@code Attack HOST PORT TUNNEL_KEY COUNT KIND}, KIND one of {@code garbage},
 * {@code truncated}, {@code initiations}.
 */
public final class Attack {
    /** More than any test waits for: the attack goes on until it is ended. */
    public static final int ENDLESS = Integer.MAX_VALUE;

    private static final int[] EXACT_LENGTHS = {148, 92, 64, 96};

    private static final Pattern PROGRESS = Pattern.compile("after (\\d+) ms: (\\d+) sent, (\\d+) came back");

    private final SplittableRandom random = new SplittableRandom(1);
    private final byte[] mac1Key = new byte[32];

    private Attack(byte[] tunnelKey) {
        Blake2sDigest hash = new Blake2sDigest(256);
        byte[] label = "mac1----".getBytes(StandardCharsets.US_ASCII);
        hash.update(label, 0, label.length);
        hash.update(tunnelKey, 0, tunnelKey.length);
        hash.doFinal(mac1Key, 0);
    }

    /** The words that run such an attack on a node. */
    public static String[] command(MeshdHost target, String kind, int count) {
        return command(target, target.host().address(), kind, count);
    }

    /** The same to another address of the node. */
    public static String[] command(MeshdHost target, String address, String kind, int count) {
        String key = target.json("identity", "show").get("wireguard_public_key").asText();
        return new String[]{Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), "-XX:+UseSerialGC", "-Xmx64m", Attack.class.getName(),
                address, "51821", key, Integer.toString(count), kind};
    }

    /** How far an attack has come. */
    public record Progress(long millis, long sent, long received) {
        /** What an attack wrote to a log last, or nothing yet. */
        public static Progress last(String log) {
            Matcher line = PROGRESS.matcher(log);
            Progress last = new Progress(0, 0, 0);
            while (line.find()) {
                last = new Progress(Long.parseLong(line.group(1)), Long.parseLong(line.group(2)),
                        Long.parseLong(line.group(3)));
            }
            return last;
        }

        /** Datagrams a second since an earlier moment. */
        public double rateSince(Progress earlier) {
            return 1_000.0 * (sent - earlier.sent) / Math.max(1, millis - earlier.millis);
        }
    }

    /**
     * Sends COUNT datagrams, prints {@code after T ms: N sent, M came back} every second and {@code sent N received M}
     * in the end.
     */
    public static void main(String[] arguments) throws IOException {
        InetSocketAddress target = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        Attack attack = new Attack(Base64.getDecoder().decode(arguments[2]));
        int count = Integer.parseInt(arguments[3]);
        int received = 0;
        long begunNanos = System.nanoTime();
        long seconds = 0;
        try (DatagramChannel channel = DatagramChannel.open()) {
            channel.configureBlocking(false);
            ByteBuffer answer = ByteBuffer.allocate(2_048);
            for (int i = 0; i < count; i++) {
                channel.send(ByteBuffer.wrap(attack.datagram(arguments[4])), target);
                while (channel.receive(answer.clear()) != null) {
                    received++;
                }
                long millis = (System.nanoTime() - begunNanos) / 1_000_000;
                if (millis / 1_000 > seconds) {
                    seconds = millis / 1_000;
                    System.out.println("after " + millis + " ms: " + (i + 1) + " sent, " + received + " came back");
                }
            }
        }
        System.out.println("sent " + count + " received " + received);
    }

    private byte[] datagram(String kind) {
        return switch (kind) {
            case "garbage" -> bytes(random.nextInt(1_473));
            case "truncated" -> truncated();
            case "initiations" -> initiation();
            default -> throw new IllegalArgumentException("no attack called " + kind);
        };
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** A message of a right type and nearly, or exactly, the right length. */
    private byte[] truncated() {
        int type = 1 + random.nextInt(4);
        int length = Math.max(4, EXACT_LENGTHS[type - 1] + random.nextInt(-8, 9));
        byte[] message = bytes(random.nextInt(4) == 0 ? EXACT_LENGTHS[type - 1] : length);
        ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN).putInt(0, type);
        return message;
    }

    /** An initiation with a right first MAC, so that only the rate limits stand before the curve operations. */
    private byte[] initiation() {
        byte[] message = bytes(148);
        ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN).putInt(0, 1);
        Blake2sDigest mac = new Blake2sDigest(mac1Key, 16, null, null);
        mac.update(message, 0, 116);
        mac.doFinal(message, 116);
        return message;
    }
}

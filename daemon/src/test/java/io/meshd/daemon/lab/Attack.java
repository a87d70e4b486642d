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
import org.bouncycastle.crypto.digests.Blake2sDigest;

/**
 * A stranger who sends whatever might hurt, as fast as one thread can, for a bounded count, and tells what came back.
 *
 * <p>Run as a program in a namespace: {@code Attack HOST PORT TUNNEL_KEY COUNT KIND}, KIND one of {@code garbage},
 * {@code truncated}, {@code initiations}.
 */
public final class Attack {
    private static final int[] EXACT_LENGTHS = {148, 92, 64, 96};

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
        String key = target.json("identity", "show").get("wireguard_public_key").asText();
        return new String[]{Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), "-XX:+UseSerialGC", "-Xmx64m", Attack.class.getName(),
                target.host().address(), "51821", key, Integer.toString(count), kind};
    }

    /** Sends COUNT datagrams and prints {@code sent N received M}. */
    public static void main(String[] arguments) throws IOException {
        InetSocketAddress target = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        Attack attack = new Attack(Base64.getDecoder().decode(arguments[2]));
        int count = Integer.parseInt(arguments[3]);
        int received = 0;
        try (DatagramChannel channel = DatagramChannel.open()) {
            channel.configureBlocking(false);
            ByteBuffer answer = ByteBuffer.allocate(2_048);
            for (int i = 0; i < count; i++) {
                channel.send(ByteBuffer.wrap(attack.datagram(arguments[4])), target);
                while (channel.receive(answer.clear()) != null) {
                    received++;
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

package io.meshd.protocol;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.IpAddress;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Random messages for tests. */
final class Samples {
    private static final int KINDS = 16;

    private Samples() {}

    static NodeRecord record(SplittableRandom random) {
        return NodeRecord.sign(Identity.generate(random), random.nextLong(1L << 62), random.nextLong(1000),
                name(random), name(random), random.nextLong(), random.nextInt(65536),
                IntStream.range(0, random.nextInt(NodeRecord.PREFIXES_MAX + 1)).mapToObj(_ -> prefix(random)).toList(),
                IntStream.range(0, random.nextInt(NodeRecord.ENDPOINTS_MAX + 1)).mapToObj(_ -> endpoint(random))
                        .toList());
    }

    static NodeRecord withExtension(NodeRecord record, Bytes extension, int versionMinor, Identity signer) {
        return new NodeRecord(record.node(), record.epoch(), record.sequence(), record.name(), record.networkId(),
                record.versionMajor(), versionMinor, record.capabilities(), record.mtu(), record.prefixes(),
                record.endpoints(), extension, record.signature()).signedBy(signer);
    }

    static String name(SplittableRandom random) {
        String letters = "abcxyz0189._-";
        StringBuilder name = new StringBuilder("a");
        for (int i = random.nextInt(63); i > 0; i--) {
            name.append(letters.charAt(random.nextInt(letters.length())));
        }
        return name.toString();
    }

    static IpAddress address(SplittableRandom random) {
        return random.nextBoolean()
                ? new IpAddress(false, 0, random.nextLong(0x0100_0000L, 0xdfff_ffffL))
                : new IpAddress(true, 0xfd00_0000_0000_0000L | random.nextLong(1L << 56), random.nextLong());
    }

    static Prefix prefix(SplittableRandom random) {
        IpAddress address = address(random);
        return Prefix.around(address, random.nextInt(address.bits() + 1));
    }

    static InetSocketAddress endpoint(SplittableRandom random) {
        return new InetSocketAddress(address(random).toInetAddress(), random.nextInt(1, 65536));
    }

    static Bytes bytes(SplittableRandom random, int minimum, int bound) {
        byte[] bytes = new byte[random.nextInt(minimum, bound)];
        random.nextBytes(bytes);
        return Bytes.copyOf(bytes);
    }

    static PublicKey key(SplittableRandom random) {
        return PublicKey.of(bytes(random, 32, 33).toArray());
    }

    static int channel(SplittableRandom random) {
        return random.nextInt(1, Integer.MAX_VALUE);
    }

    private static RelayReason reason(SplittableRandom random) {
        return RelayReason.values()[random.nextInt(RelayReason.values().length)];
    }

    /** One WireGuard message of any type, of its exact size. */
    static Bytes message(SplittableRandom random) {
        int type = random.nextInt(1, 5);
        byte[] message = new byte[switch (type) {
            case 1 -> DatagramKind.INITIATION_BYTES;
            case 2 -> DatagramKind.RESPONSE_BYTES;
            case 3 -> DatagramKind.COOKIE_REPLY_BYTES;
            default -> random.nextInt(DatagramKind.DATA_BYTES_MIN, 1500);
        }];
        random.nextBytes(message);
        Arrays.fill(message, 0, Integer.BYTES, (byte) 0);
        message[0] = (byte) type;
        return Bytes.copyOf(message);
    }

    static Frame frame(SplittableRandom random) {
        return switch (random.nextInt(KINDS)) {
            case 0 -> new Frame.Hello(record(random));
            case 1 -> new Frame.Membership(bytes(random, 0, 300));
            case 2 -> new Frame.EchoRequest(random.nextInt(), random.nextInt(), bytes(random, 0, 100));
            case 3 -> new Frame.EchoReply(random.nextInt(), random.nextInt(), bytes(random, 0, 100));
            case 4 -> LeaveStatement.sign(Identity.generate(random), random.nextLong());
            case 5 -> new Frame.PathProbe(random.nextLong());
            case 6 -> new Frame.PathProbeReply(random.nextLong(), random.nextInt(3) == 0 ? null : endpoint(random));
            case 7 -> new Frame.RelayOpen(key(random));
            case 8 -> new Frame.RelayChannel(channel(random), key(random));
            case 9 -> new Frame.RelayedMessage(random.nextBoolean(), channel(random), message(random));
            case 10 -> random.nextBoolean()
                    ? new Frame.RelayClose(random.nextBoolean(), 0, reason(random), key(random))
                    : new Frame.RelayClose(random.nextBoolean(), channel(random), reason(random), null);
            case 11 -> signal(random);
            case 12 -> new Frame.MtuProbe(random.nextBoolean(), random.nextLong(), random.nextInt(65_536));
            case 13 -> new Frame.Knock(bytes(random, 12, 13), endpoint(random));
            case 14 -> new Frame.CallBack(random.nextInt(15, 301));
            default -> {
                int count = random.nextInt(1, 256);
                yield new Frame.Fragment(random.nextInt(), random.nextInt(count), count, bytes(random, 1, 500));
            }
        };
    }

    static Frame.Signal signal(SplittableRandom random) {
        SignalCandidate.Kind[] kinds = SignalCandidate.Kind.values();
        MappingBehaviour[] mappings = MappingBehaviour.values();
        return SignalStatement.sign(Identity.generate(random), Identity.generate(random).publicKey(),
                random.nextLong(1L << 62), random.nextLong(1000), random.nextBoolean(),
                mappings[random.nextInt(mappings.length)], random.nextInt(), search(random),
                IntStream.range(0, random.nextInt(Frame.Signal.CANDIDATES_MAX + 1))
                        .mapToObj(_ -> new SignalCandidate(kinds[random.nextInt(kinds.length)], endpoint(random)))
                        .toList());
    }

    static SearchWord search(SplittableRandom random) {
        SearchWord.Step[] steps = SearchWord.Step.values();
        SearchWord.Step step = steps[random.nextInt(steps.length)];
        return new SearchWord(step, step == SearchWord.Step.AIM ? random.nextInt(1, 65_536) : 0);
    }

    static List<Frame> frames(SplittableRandom random) {
        List<Frame> frames = new ArrayList<>();
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            frames.add(frame(random));
        }
        return frames;
    }
}

package io.meshd.protocol;

import io.meshd.identity.Bytes;
import io.meshd.identity.HostPort;
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
    private static final int KINDS = 21;

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
            case 15 -> JoinStatement.sign(Identity.generate(random), key(random), key(random), name(random),
                    name(random));
            case 16 -> new Frame.Welcome(name(random), prefixes(random), random.nextBoolean());
            case 17 -> new Frame.JoinRefused(JoinRefusal.values()[random.nextInt(JoinRefusal.values().length)],
                    "~".repeat(random.nextInt(Frame.JoinRefused.DETAIL_LENGTH_MAX + 1)));
            case 18 -> new Frame.IntroductionsAsked(bytes(random, 16, 17), random.nextInt(1_024));
            case 19 -> page(random);
            default -> {
                int count = random.nextInt(1, 256);
                yield new Frame.Fragment(random.nextInt(), random.nextInt(count), count, bytes(random, 1, 500));
            }
        };
    }

    static List<Prefix> prefixes(SplittableRandom random) {
        return IntStream.range(0, random.nextInt(NodeRecord.PREFIXES_MAX + 1)).mapToObj(_ -> prefix(random)).toList();
    }

    static Introduction introduction(SplittableRandom random, Identity introducer) {
        return Introduction.sign(introducer, key(random), name(random), name(random), prefixes(random),
                random.nextBoolean(), random.nextLong(1L << 62));
    }

    private static Frame.Introductions page(SplittableRandom random) {
        int pages = random.nextInt(5);
        Identity introducer = Identity.generate(random);
        return new Frame.Introductions(bytes(random, 16, 17), pages == 0 ? 0 : random.nextInt(pages), pages,
                IntStream.range(0, pages == 0 ? 0 : random.nextInt(9)).mapToObj(_ -> introduction(random, introducer))
                        .toList());
    }

    static Invitation invitation(SplittableRandom random, PublicKey inviter, PublicKey guest) {
        return new Invitation(inviter, guest, name(random), name(random), prefixes(random), random.nextBoolean(),
                random.nextBoolean() ? List.of() : List.of(Prefix.around(new IpAddress(false, 0, 0x0a10_0000), 16)),
                random.nextBoolean() ? "" : name(random), prefixes(random), random.nextBoolean(),
                random.nextLong(1L << 37), IntStream.range(0, random.nextInt(6)).mapToObj(_ -> place(random)).toList());
    }

    private static HostPort place(SplittableRandom random) {
        return random.nextInt(3) == 0
                ? new HostPort("host-" + random.nextInt(100) + ".example", random.nextInt(1, 65_536))
                : new HostPort(address(random).toString(), random.nextInt(1, 65_536));
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

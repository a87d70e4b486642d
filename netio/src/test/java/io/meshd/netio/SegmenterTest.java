package io.meshd.netio;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class SegmenterTest {
    private static final int SEED = 42;

    private final ByteBuffer memory = ByteBuffer.allocateDirect(70_000).order(ByteOrder.nativeOrder());
    private final Segmenter segmenter = new Segmenter(memory, true);

    @Test
    void splitsSuperPacketsLikeTheNaiveModel() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < 400; i++) {
            Packets.Builder builder = randomBuilder(random);
            int size = 1 + random.nextInt(1400);
            builder.payload = Packets.bytes(random, size + 1 + random.nextInt(Math.min(60 * size, 60_000)));
            assertThat(split(superPacket(builder, size), PacketBatch.forReading(PacketRoom.NONE)))
                    .as("case %d", i).containsExactlyElementsOf(naive(builder, size));
        }
    }

    @Test
    void countsIdentificationAndSequenceOverTheirEnds() {
        Packets.Builder builder = new Packets.Builder();
        builder.id = 0xfffe;
        builder.sequence = -150;
        builder.flags = Packets.ACK | Packets.PSH | Packets.FIN | Packets.CWR | Packets.ECE;
        builder.payload = new byte[350];
        List<byte[]> packets = split(superPacket(builder, 100), PacketBatch.forReading(PacketRoom.NONE));
        assertThat(packets).extracting(p -> IpHeaders.u16(p, 4)).containsExactly(0xfffe, 0xffff, 0, 1);
        assertThat(packets).extracting(p -> IpHeaders.i32(p, 24)).containsExactly(-150, -50, 50, 150);
        assertThat(packets).extracting(p -> (int) p[33] & 0xff).containsExactly(
                Packets.ACK | Packets.ECE | Packets.CWR, Packets.ACK | Packets.ECE, Packets.ACK | Packets.ECE,
                Packets.ACK | Packets.ECE | Packets.PSH | Packets.FIN);
    }

    @Test
    void finishesTheChecksumOfASinglePacket() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < 200; i++) {
            Packets.Builder builder = randomBuilder(random);
            builder.payload = Packets.bytes(random, random.nextInt(1400));
            byte[] whole = builder.build();
            byte[] partial = whole.clone();
            Packets.makePartial(partial);
            byte[] content = withHeader(partial, VirtioNetHeader.F_NEEDS_CSUM, 0, 0);
            assertThat(split(content, PacketBatch.forReading(PacketRoom.NONE))).containsExactly(whole);
        }
    }

    @Test
    void passesOnWhatNeedsNothing() {
        byte[] odd = Packets.bytes(new SplittableRandom(SEED), 1001);
        assertThat(split(withHeader(odd, 0, 0, 0), PacketBatch.forReading(PacketRoom.NONE))).containsExactly(odd);
        Segmenter plain = new Segmenter(memory, false);
        memory.put(0, odd);
        PacketBatch batch = PacketBatch.forReading(PacketRoom.NONE);
        assertThat(plain.begin(odd.length)).isTrue();
        assertThat(plain.emit(batch)).isTrue();
        assertThat(batch.packet(0)).isEqualTo(odd);
    }

    @Test
    void continuesInTheNextBatchWhatDidNotFit() {
        Packets.Builder builder = new Packets.Builder();
        builder.payload = Packets.bytes(new SplittableRandom(SEED), 65_000);
        List<byte[]> packets = split(superPacket(builder, 48), new PacketBatch(7, 4096, new PacketRoom(16, 16, 16, 1)));
        assertThat(packets).containsExactlyElementsOf(naive(builder, 48));
    }

    @Test
    void neverFailsOnHostileHeaders() {
        SplittableRandom random = new SplittableRandom(SEED);
        PacketBatch batch = PacketBatch.forReading(PacketRoom.NONE);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            Packets.Builder builder = randomBuilder(random);
            builder.payload = new byte[random.nextInt(3000)];
            byte[] content = superPacket(builder, 1 + random.nextInt(2000));
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                content[random.nextInt(Math.min(content.length, 60))] = (byte) random.nextInt();
            }
            memory.put(0, content);
            int length = random.nextInt(content.length + 1);
            if (!segmenter.begin(length)) {
                refused++;
                continue;
            }
            do {
                batch.clear();
            } while (!segmenter.emit(batch));
        }
        assertThat(refused).isBetween(1_000, 19_000);
    }

    private List<byte[]> split(byte[] content, PacketBatch batch) {
        List<byte[]> packets = new ArrayList<>();
        memory.put(0, content);
        assertThat(segmenter.begin(content.length)).isTrue();
        boolean done;
        do {
            batch.clear();
            done = segmenter.emit(batch);
            assertThat(batch.isEmpty()).isFalse();
            for (int i = 0; i < batch.count(); i++) {
                packets.add(batch.packet(i));
            }
        } while (!done);
        return packets;
    }

    static Packets.Builder randomBuilder(RandomGenerator random) {
        Packets.Builder builder = new Packets.Builder();
        builder.v6 = random.nextBoolean();
        builder.udp = random.nextBoolean();
        builder.tos = random.nextInt(256);
        builder.ttl = 1 + random.nextInt(255);
        builder.id = random.nextInt(65_536);
        builder.dontFragment = random.nextBoolean();
        builder.flowLabel = random.nextInt(1 << 20);
        builder.source = random.nextInt(250);
        builder.destination = random.nextInt(250);
        builder.sourcePort = random.nextInt(65_536);
        builder.destinationPort = random.nextInt(65_536);
        builder.sequence = random.nextInt();
        builder.acknowledgement = random.nextInt();
        builder.flags = Packets.ACK | (random.nextBoolean() ? Packets.PSH : 0);
        builder.window = random.nextInt(65_536);
        builder.options = Packets.bytes(random, 4 * random.nextInt(11));
        return builder;
    }

    /** What the kernel would hand out for this packet with segments of this size. */
    private static byte[] superPacket(Packets.Builder builder, int segmentSize) {
        byte[] packet = builder.build();
        Packets.makePartial(packet);
        int type = builder.udp ? 5 : builder.v6 ? 4 : 1;
        boolean ecn = !builder.udp && (builder.flags & Packets.CWR) != 0;
        return withHeader(packet, VirtioNetHeader.F_NEEDS_CSUM, ecn ? type | VirtioNetHeader.GSO_ECN : type,
                segmentSize);
    }

    static byte[] withHeader(byte[] packet, int flags, int type, int segmentSize) {
        int network = Packets.networkLength(packet);
        ByteBuffer out = ByteBuffer.allocate(VirtioNetHeader.SIZE + packet.length).order(ByteOrder.nativeOrder());
        out.put((byte) flags).put((byte) type);
        // A wrong header length, as forwarded packets have it: it must not matter.
        out.putShort((short) Math.min(packet.length, 1000)).putShort((short) segmentSize);
        out.putShort((short) network).putShort((short) (Packets.checksumField(packet) - network));
        return out.put(packet).array();
    }

    /** Cuts the payload first and builds every packet anew. */
    private static List<byte[]> naive(Packets.Builder whole, int segmentSize) {
        List<byte[]> packets = new ArrayList<>();
        byte[] payload = whole.payload;
        int sequence = whole.sequence;
        int flags = whole.flags;
        int id = whole.id;
        for (int at = 0; at < payload.length; at += segmentSize) {
            int end = Math.min(payload.length, at + segmentSize);
            whole.payload = Arrays.copyOfRange(payload, at, end);
            whole.sequence = sequence + at;
            whole.flags = end < payload.length ? flags & ~(Packets.PSH | Packets.FIN) : flags;
            packets.add(whole.build());
            whole.id++;
        }
        whole.payload = payload;
        whole.sequence = sequence;
        whole.flags = flags;
        whole.id = id;
        return packets;
    }
}

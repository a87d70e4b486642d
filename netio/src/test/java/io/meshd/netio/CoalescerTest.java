package io.meshd.netio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoalescerTest {
    /** What was written, as bytes with the virtio_net_hdr. */
    private final List<byte[]> writes = new ArrayList<>();
    private final Coalescer coalescer = new Coalescer(true, true, true, this::record);

    private void record(Lane lane) {
        byte[] content = new byte[lane.bytes()];
        lane.content().get(0, content);
        writes.add(content);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void joinsNeighbouringSegmentsIntoOneWrite(boolean v6) {
        offer(stream(v6, 5, 1000, 300));
        assertThat(writes).hasSize(1);
        assertThat(writes.getFirst()[VirtioNetHeader.GSO_TYPE]).isEqualTo((byte) (v6 ? 4 : 1));
        assertThat(split(writes.getFirst())).containsExactlyElementsOf(stream(v6, 5, 1000, 300));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void joinsDatagramsOfOneSize(boolean v6) {
        List<byte[]> datagrams = new ArrayList<>();
        for (int i = 0; i < 70; i++) {
            Packets.Builder builder = new Packets.Builder();
            builder.v6 = v6;
            builder.udp = true;
            builder.id = i;
            builder.payload = new byte[500];
            datagrams.add(builder.build());
        }
        offer(datagrams);
        assertThat(writes).hasSize(2);
        assertThat(split(writes.getFirst())).hasSize(64);
        assertThat(splitAll()).containsExactlyElementsOf(datagrams);
    }

    @Test
    void writesALoneSegmentUntouched() {
        List<byte[]> one = stream(false, 1, 100, 100);
        offer(one);
        assertThat(writes).hasSize(1);
        assertThat(Arrays.copyOf(writes.getFirst(), 10)).isEqualTo(new byte[10]);
        assertThat(splitAll()).containsExactlyElementsOf(one);
    }

    @Test
    void stopsAtTheLargestPacket() {
        List<byte[]> many = stream(false, 100, 1400, 1400);
        offer(many);
        assertThat(writes).hasSize(3);
        assertThat(splitAll()).containsExactlyElementsOf(many);
    }

    @Test
    void endsWithAPushedSegment() {
        List<byte[]> packets = segments(b -> {}, b -> b.flags |= Packets.PSH, b -> {});
        offer(packets);
        assertThat(writes).hasSize(2);
        assertThat(splitAll()).containsExactlyElementsOf(packets);
    }

    @Test
    void doesNotJoinWhatDiffers() {
        List<Consumer<Packets.Builder>> changes = List.of(
                b -> b.tos = 1, b -> b.ttl = 63, b -> b.dontFragment = false, b -> b.id += 7,
                b -> b.acknowledgement++, b -> b.window++, b -> b.options = new byte[12],
                b -> b.options[7] = 9, b -> b.sequence++, b -> b.sequence--, b -> b.sourcePort++,
                b -> b.destination++, b -> b.flags |= Packets.ECE, b -> b.payload = new byte[101],
                b -> b.flags |= Packets.FIN, b -> b.flags |= Packets.SYN, b -> b.flags |= Packets.RST,
                b -> b.flags |= Packets.URG, b -> b.flags |= Packets.CWR, b -> b.flags = Packets.PSH,
                b -> b.payload = new byte[0]);
        for (Consumer<Packets.Builder> change : changes) {
            writes.clear();
            List<byte[]> packets = segments(b -> {}, change);
            offer(packets);
            assertThat(writes).as("change %d", changes.indexOf(change)).hasSize(2);
            assertThat(splitAll()).containsExactlyInAnyOrderElementsOf(packets);
        }
    }

    @Test
    void doesNotJoinIpv6WhoseFlowLabelOrClassDiffers() {
        for (Consumer<Packets.Builder> change : List.<Consumer<Packets.Builder>>of(
                b -> b.flowLabel = 5, b -> b.tos = 2, b -> b.ttl = 3)) {
            writes.clear();
            offer(segments(b -> b.v6 = true, change.andThen(b -> b.v6 = true)));
            assertThat(writes).hasSize(2);
        }
    }

    @Test
    void keepsWrongChecksumsForTheHostToSee() {
        List<byte[]> packets = stream(false, 3, 100, 100);
        packets.get(1)[60] ^= 1;
        offer(packets);
        assertThat(writes).hasSize(3);
        List<byte[]> badHeader = stream(false, 3, 100, 100);
        badHeader.get(1)[11] ^= 1;
        offer(badHeader);
        assertThat(writes).hasSize(6);
    }

    @Test
    void leavesFragmentsOptionsAndOtherProtocolsAlone() {
        List<byte[]> packets = stream(false, 2, 100, 100);
        for (int at : new int[]{6, 7, 9, 0}) {
            writes.clear();
            List<byte[]> changed = packets.stream().map(byte[]::clone).toList();
            changed.forEach(packet -> packet[at] ^= 0x23);
            offer(changed);
            assertThat(writes).hasSize(2);
            assertThat(splitAll()).containsExactlyElementsOf(changed);
        }
    }

    @Test
    void joinsConstantIdentificationOnlyWithDontFragment() {
        Consumer<Packets.Builder> constant = b -> b.id = 5;
        offer(segments(constant, constant, constant));
        assertThat(writes).hasSize(1);
        writes.clear();
        Consumer<Packets.Builder> fragmentable = b -> {
            b.id = 5;
            b.dontFragment = false;
        };
        offer(segments(fragmentable, fragmentable));
        assertThat(writes).hasSize(2);
    }

    @Test
    void joinsFlowsThatAlternate() {
        List<byte[]> first = stream(false, 6, 100, 100);
        List<byte[]> second = stream(true, 6, 200, 200);
        for (int i = 0; i < 6; i++) {
            offerOne(first.get(i));
            offerOne(second.get(i));
        }
        flush();
        assertThat(writes).hasSize(2);
    }

    @Test
    void keepsTheOrderOfEveryFlow() {
        SplittableRandom random = new SplittableRandom(7);
        int joined = 0;
        for (int round = 0; round < 60; round++) {
            writes.clear();
            List<byte[]> packets = randomTraffic(random);
            offer(packets);
            Map<String, List<String>> expected = byFlow(packets);
            assertThat(byFlow(splitAll())).as("round %d", round).isEqualTo(expected);
            joined += packets.size() - writes.size();
        }
        assertThat(joined).as("the traffic must be worth joining").isGreaterThan(1_000);
    }

    @Test
    void survivesAnyBytes() {
        SplittableRandom random = new SplittableRandom(8);
        for (int i = 0; i < 20_000; i++) {
            List<byte[]> two = stream(random.nextBoolean(), 2, 1 + random.nextInt(100), 1);
            byte[] mutated = two.get(1);
            for (int flips = random.nextInt(4); flips > 0; flips--) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
            }
            writes.clear();
            offer(List.of(two.get(0), Arrays.copyOf(mutated, 1 + random.nextInt(mutated.length))));
            assertThat(writes.size()).isBetween(1, 2);
        }
    }

    @Test
    void writesPacketByPacketWithoutOffload() {
        List<byte[]> packets = stream(false, 5, 100, 100);
        Coalescer plain = new Coalescer(false, false, false, this::record);
        packets.forEach(packet -> {
            try {
                plain.offer(packet, 0, packet.length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertThat(writes).containsExactlyElementsOf(packets);
    }

    @Test
    void stopsJoiningWhatTheDeviceRefused() {
        coalescer.refused(false);
        offer(stream(false, 5, 100, 100));
        assertThat(writes).hasSize(5);
    }

    private static List<byte[]> stream(boolean v6, int count, int size, int last) {
        List<byte[]> packets = new ArrayList<>();
        Packets.Builder builder = new Packets.Builder();
        builder.v6 = v6;
        builder.options = new byte[]{1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8};
        for (int i = 0; i < count; i++) {
            builder.payload = Packets.bytes(new SplittableRandom(i), i == count - 1 ? last : size);
            packets.add(builder.build());
            builder.sequence += size;
            builder.id++;
        }
        return packets;
    }

    /** Segments of 100 bytes that follow each other, each with a change of its own. */
    @SafeVarargs
    private static List<byte[]> segments(Consumer<Packets.Builder>... changes) {
        List<byte[]> packets = new ArrayList<>();
        for (int i = 0; i < changes.length; i++) {
            Packets.Builder builder = new Packets.Builder();
            builder.options = new byte[8];
            builder.payload = new byte[100];
            builder.sequence += 100 * i;
            builder.id += i;
            changes[i].accept(builder);
            packets.add(builder.build());
        }
        return packets;
    }

    private static List<byte[]> randomTraffic(RandomGenerator random) {
        List<Packets.Builder> flows = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Packets.Builder flow = SegmenterTest.randomBuilder(random);
            flow.flags = Packets.ACK;
            flow.dontFragment |= flow.id % 2 == 0;
            flows.add(flow);
        }
        List<byte[]> packets = new ArrayList<>();
        Packets.Builder flow = flows.getFirst();
        for (int i = 0; i < 150; i++) {
            flow = random.nextInt(6) == 0 ? flows.get(random.nextInt(flows.size())) : flow;
            int size = random.nextInt(20) == 0 ? random.nextInt(1400) : 1300;
            flow.payload = Packets.bytes(random, size);
            flow.flags = random.nextInt(15) == 0 ? Packets.ACK | 1 << random.nextInt(8) : Packets.ACK;
            packets.add(flow.build());
            flow.sequence += random.nextInt(25) == 0 ? 1 : size;
            flow.id += random.nextInt(40) == 0 ? 2 : 1;
        }
        return packets;
    }

    private void offer(List<byte[]> packets) {
        packets.forEach(this::offerOne);
        flush();
    }

    private void offerOne(byte[] packet) {
        byte[] arena = new byte[packet.length + 9];
        System.arraycopy(packet, 0, arena, 5, packet.length);
        try {
            coalescer.offer(arena, 5, packet.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void flush() {
        try {
            coalescer.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<byte[]> splitAll() {
        return writes.stream().flatMap(write -> split(write).stream()).toList();
    }

    /** Splits by the segmenter, which has its own naive model. */
    private static List<byte[]> split(byte[] write) {
        NativeMemory memory = new NativeMemory(70_000);
        memory.buffer.put(0, write);
        Segmenter segmenter = new Segmenter(memory.buffer, true);
        PacketBatch batch = new PacketBatch(2000, 1 << 18, PacketRoom.NONE);
        if (!segmenter.begin(write.length)) {
            return List.of(Arrays.copyOfRange(write, VirtioNetHeader.SIZE, write.length));
        }
        assertThat(segmenter.emit(batch)).isTrue();
        List<byte[]> packets = new ArrayList<>();
        for (int i = 0; i < batch.count(); i++) {
            packets.add(batch.packet(i));
        }
        return packets;
    }

    private static Map<String, List<String>> byFlow(List<byte[]> packets) {
        Map<String, List<String>> flows = new LinkedHashMap<>();
        PacketShape shape = new PacketShape();
        for (byte[] packet : packets) {
            shape.parse(packet, 0, packet.length);
            String flow = shape.isV6 + " " + shape.protocol + " " + shape.ports + " " + shape.sourceHigh + " "
                    + shape.sourceLow + " " + shape.destinationLow;
            flows.computeIfAbsent(flow, key -> new ArrayList<>()).add(Arrays.toString(packet));
        }
        return flows;
    }
}

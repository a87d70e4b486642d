package io.meshd.netio;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Measures what the system calls and copies of this module allow, without any cipher: two TUNs of two namespaces bridged in
 * one JVM under iperf3, and single calls. Run as root: {@code java … io.meshd.netio.TunBench [seconds]}.
 */
final class TunBench {
    private static final Pattern BITS = Pattern.compile("\"bits_per_second\":\\s*([0-9.e+]+)");

    private TunBench() {}

    public static void main(String[] arguments) throws Exception {
        String seconds = arguments.length > 0 ? arguments[0] : "5";
        singleCalls();
        try (Namespace.Factory namespaces = new Namespace.Factory("bench")) {
            List<Namespace> pair = namespaces.createPair();
            for (boolean offload : new boolean[]{true, false}) {
                iperf("bare veth", pair, "10.0.0.2", "-t", seconds);
                try (TunBridge bridge = TunBridge.between(pair.getFirst(), pair.getLast(), offload)) {
                    String label = offload ? "bridge, offload" : "bridge, packet by packet";
                    iperf(label + ", warm-up", pair, "10.9.0.2", "-t", seconds);
                    iperf(label, pair, "10.9.0.2", "-t", seconds);
                    iperf(label + ", reverse", pair, "10.9.0.2", "-t", seconds, "-R");
                    iperf(label + ", 4 streams", pair, "10.9.0.2", "-t", seconds, "-P", "4");
                    iperf(label + ", IPv6", pair, "fd09::2", "-t", seconds);
                    System.out.printf(Locale.ROOT, "  packets a read: %.1f%n",
                            (double) bridge.packets.sum() / bridge.reads.sum());
                }
            }
        }
    }

    private static void iperf(String label, List<Namespace> pair, String address, String... options) throws Exception {
        Process server = new ProcessBuilder(pair.getLast().exec("iperf3", "-s", "-1"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        Thread.sleep(300);
        String[] command = {"iperf3", "-J", "-c", address};
        String[] all = Arrays.copyOf(command, command.length + options.length);
        System.arraycopy(options, 0, all, command.length, options.length);
        String output = Namespace.command(pair.getFirst().exec(all).toArray(String[]::new));
        server.waitFor();
        Matcher matcher = BITS.matcher(output);
        String last = "0";
        while (matcher.find()) {
            last = matcher.group(1);
        }
        System.out.printf(Locale.ROOT, "%-40s %6.2f Gbit/s%n", label, Double.parseDouble(last) / 1e9);
    }

    private static void singleCalls() throws Exception {
        NativeMemory memory = new NativeMemory(2000);
        int sink = Libc.open("/dev/null", 1);
        report("write(2) of 1420 bytes to /dev/null", 2_000_000, () -> Libc.write(sink, memory.address, 1420));
        byte[] packet = Packets.bytes(new SplittableRandom(1), 1420);
        long[] sum = new long[1];
        report("checksum of 1420 bytes", 2_000_000, () -> sum[0] += InternetChecksum.sum(packet, 0, 1420));
        split();
        join();
        try (Namespace.Factory namespaces = new Namespace.Factory("bench"); OneLoop loop = new OneLoop()) {
            List<Namespace> pair = namespaces.createPair();
            tunCalls(pair.getFirst());
            tunReads(pair.getFirst(), loop, 1, 64);
            tunReads(pair.getFirst(), loop, 45, 1392);
            udpCalls(pair, loop);
        }
        System.out.println("(sum " + sum[0] + ")");
    }

    private static byte[] superPacket() {
        Packets.Builder builder = new Packets.Builder();
        builder.options = new byte[12];
        builder.payload = Packets.bytes(new SplittableRandom(1), 46 * 1368);
        byte[] packet = builder.build();
        Packets.makePartial(packet);
        return SegmenterTest.withHeader(packet, 1, 1, 1368);
    }

    private static void split() throws Exception {
        NativeMemory memory = new NativeMemory(70_000);
        byte[] content = superPacket();
        memory.buffer.put(0, content);
        Segmenter segmenter = new Segmenter(memory.buffer, true);
        PacketBatch batch = PacketBatch.forReading(new PacketRoom(16, 16, 16, 1420));
        report("split of 46 segments", 30_000, () -> {
            batch.clear();
            segmenter.begin(content.length);
            segmenter.emit(batch);
        });
    }

    private static void join() throws Exception {
        NativeMemory memory = new NativeMemory(70_000);
        byte[] content = superPacket();
        memory.buffer.put(0, content);
        Segmenter segmenter = new Segmenter(memory.buffer, true);
        PacketBatch batch = PacketBatch.forReading(new PacketRoom(16, 16, 16, 1420));
        segmenter.begin(content.length);
        segmenter.emit(batch);
        Coalescer coalescer = new Coalescer(true, true, true, lane -> {});
        report("join of 46 segments", 30_000, () -> {
            for (int i = 0; i < batch.count(); i++) {
                coalescer.offer(batch.arena(), batch.offset(i), batch.length(i));
            }
            coalescer.flush();
        });
    }

    private static void tunCalls(Namespace namespace) throws Exception {
        try (TunDevice device = TunBridge.device(namespace, 1, true)) {
            Packets.Builder builder = new Packets.Builder();
            builder.udp = true;
            builder.source = 0x090002;
            builder.destination = 0x090001;
            builder.payload = new byte[64];
            byte[] packet = builder.build();
            PacketBatch batch = new PacketBatch(1, 200, PacketRoom.NONE);
            batch.copy(packet, 0, packet.length);
            TunWriter writer = device.newWriter();
            // To a closed port: what comes back are a few rate-limited ICMP errors.
            report("TUN write of one small packet", 300_000, () -> writer.write(batch));
        }
    }

    /** Only the reads count: the interface's queue of 500 is filled before each round. */
    private static void tunReads(Namespace namespace, OneLoop loop, int segments, int size) throws Exception {
        try (TunDevice device = TunBridge.device(namespace, 1, true);
                UdpPort port = namespace.call(() -> UdpPort.open(UdpSettings.onPort(0), loop.group))) {
            UdpSender sender = port.newSender(0);
            UdpTarget target = UdpTarget.of(new InetSocketAddress(InetAddress.getByName("10.9.0.2"), 9));
            byte[] content = new byte[segments * size];
            PacketBatch batch = PacketBatch.forReading(new PacketRoom(16, 16, 16, 1420));
            long best = Long.MAX_VALUE;
            for (int round = 0; round < 300; round++) {
                for (int i = 0; i < 100; i++) {
                    sender.send(target, content, 0, content.length, size, 0, false);
                }
                long start = System.nanoTime();
                int count = 0;
                while (count < 100 * segments) {
                    count += device.read(batch);
                }
                best = Math.min(best, System.nanoTime() - start);
            }
            System.out.printf(Locale.ROOT, "%-46s %8.0f ns%n",
                    "TUN read of " + segments + " x " + size + " bytes, split", best / 100.0);
        }
    }

    private static void udpCalls(List<Namespace> pair, OneLoop loop) throws Exception {
        try (UdpPort from = pair.getFirst().call(() -> UdpPort.open(UdpSettings.onPort(5000), loop.group));
                UdpPort to = pair.getLast().call(() -> UdpPort.open(UdpSettings.onPort(5000), loop.group))) {
            UdpSender sender = from.newSender(100);
            UdpSocket receiver = Objects.requireNonNull(to.ipv4());
            DatagramBatch batch = receiver.newBatch();
            UdpTarget target = UdpTarget.of(new InetSocketAddress(InetAddress.getByName("10.0.0.2"), 5000));
            byte[] content = new byte[45 * 1452];
            report("UDP send and receive of one 64-byte datagram", 200_000, () -> {
                sender.send(target, content, 0, 64, 64, 0, false);
                receiver.receive(batch);
            });
            report("UDP send and receive of 45 x 1452 bytes", 30_000, () -> {
                sender.send(target, content, 0, content.length, 1452, 0, false);
                int count = 0;
                while (count < 45) {
                    count += receiver.receive(batch);
                }
            });
        }
    }

    /** Code that may fail. */
    private interface Call {
        void run() throws IOException;
    }

    private static void report(String label, int times, Call call) throws IOException {
        long best = Long.MAX_VALUE;
        for (int round = 0; round < 4; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < times; i++) {
                call.run();
            }
            best = Math.min(best, System.nanoTime() - start);
        }
        System.out.printf(Locale.ROOT, "%-46s %8.0f ns%n", label, (double) best / times);
    }
}

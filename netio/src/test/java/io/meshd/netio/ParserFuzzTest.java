package io.meshd.netio;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Everything that takes bytes of others: nothing may fail, and nothing may read or write beyond its bounds. */
class ParserFuzzTest {
    private static final int MAX_BYTES = 65_536;

    private final ByteBuffer memory = ByteBuffer.allocateDirect(MAX_BYTES).order(ByteOrder.nativeOrder());

    @FuzzTest(maxDuration = "30s")
    void readsNetlink(byte[] content) {
        NetlinkMessage message = new NetlinkMessage(memory, load(content));
        while (message.next()) {
            NetlinkParser.event(message);
            Netlink.kernelText(message);
        }
    }

    @FuzzTest(maxDuration = "30s")
    void splitsSuperPackets(byte[] content) {
        Segmenter segmenter = new Segmenter(memory, true);
        PacketBatch batch = PacketBatch.forReading(new PacketRoom(16, 16, 16, 1420));
        if (segmenter.begin(load(content))) {
            do {
                batch.clear();
            } while (!segmenter.emit(batch) && !batch.isEmpty());
        }
    }

    @FuzzTest(maxDuration = "30s")
    void joinsPackets(byte[] content) throws IOException {
        int[] written = new int[1];
        Coalescer coalescer = new Coalescer(true, true, true, lane -> written[0] += lane.count());
        int half = Math.min(content.length, MAX_BYTES) / 2;
        coalescer.offer(content, 0, half);
        coalescer.offer(content, half, half);
        coalescer.flush();
        assertThat(written[0]).isEqualTo(2);
    }

    @FuzzTest(maxDuration = "30s")
    void readsControlMessages(byte[] content) {
        ControlMessages control = new ControlMessages();
        control.read(memory, 0, load(content));
        assertThat(control.trafficClass).isBetween(0, 255);
    }

    private int load(byte[] content) {
        byte[] bounded = Arrays.copyOf(content, Math.min(content.length, MAX_BYTES));
        memory.put(0, bounded);
        return bounded.length;
    }
}

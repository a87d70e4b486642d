package io.meshd.daemon.sim;

import io.meshd.identity.Bytes;
import java.net.InetSocketAddress;
import java.util.zip.CRC32;

/** A UDP datagram under way. */
record Datagram(InetSocketAddress from, InetSocketAddress to, Bytes payload, int trafficClass) {
    /** What a trace shows of it. */
    String text() {
        return SimulatedNetwork.text(from) + " > " + SimulatedNetwork.text(to) + " type "
                + (payload.length() == 0 ? "none" : payload.at(0)) + " "
                + payload.length() + " bytes " + checksum();
    }

    private String checksum() {
        CRC32 crc = new CRC32();
        crc.update(payload.toArray());
        return Long.toHexString(crc.getValue());
    }
}

package io.meshd.daemon.sim;

import io.meshd.identity.Bytes;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.zip.CRC32;

/** A UDP datagram under way. */
record Datagram(InetSocketAddress from, InetSocketAddress to, Bytes payload, int trafficClass) {
    private static final int V4_HEADERS_BYTES = 20 + 8;
    private static final int V6_HEADERS_BYTES = 40 + 8;

    Datagram withFrom(InetSocketAddress newFrom) {
        return new Datagram(newFrom, to, payload, trafficClass);
    }

    Datagram withTo(InetSocketAddress newTo) {
        return new Datagram(from, newTo, payload, trafficClass);
    }

    boolean isV6() {
        return to.getAddress() instanceof Inet6Address;
    }

    /** Its size as the network counts it. */
    int packetBytes() {
        return payload.length() + headerBytes(to.getAddress());
    }

    static int headerBytes(InetAddress address) {
        return address instanceof Inet6Address ? V6_HEADERS_BYTES : V4_HEADERS_BYTES;
    }

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

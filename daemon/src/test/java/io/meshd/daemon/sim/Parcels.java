package io.meshd.daemon.sim;

import io.meshd.identity.Bytes;
import io.meshd.identity.IpAddress;
import io.meshd.protocol.IpPacket;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** All inner packets that hosts sent; checks each delivery. */
final class Parcels {
    private final SimulatedNetwork network;
    private final Map<Long, Parcel> byNumber = new HashMap<>();
    private long numbers;

    Parcels(SimulatedNetwork network) {
        this.network = network;
    }

    Parcel make(SimulatedHost from, SimulatedHost to, IpAddress source, IpAddress destination, int length) {
        long number = ++numbers;
        byte[] packet = InnerPackets.of(source, destination, number, length);
        Parcel parcel = new Parcel(number, from, to, Bytes.copyOf(packet), network.nowNanos());
        byNumber.put(number, parcel);
        return parcel;
    }

    /** A host got an inner packet; false when it is none of these. */
    boolean delivered(SimulatedHost at, byte[] packet) {
        long number = InnerPackets.number(packet);
        if (number < 0) {
            return false;
        }
        Parcel parcel = byNumber.get(number);
        if (parcel == null) {
            throw new AssertionError(at.name + " was given a packet that nobody sent");
        }
        network.note(at.name, "is given packet " + number + " of " + parcel.from.name);
        Invariants.require(parcel.to == at, "packet " + number + " went to " + at.name);
        Invariants.require(!parcel.hasArrived(), "packet " + number + " was delivered twice");
        Invariants.require(Arrays.equals(packet, parcel.packet.toArray()), "packet " + number + " was changed");
        IpAddress source = IpPacket.source(packet, 0);
        Invariants.require(parcel.from == at.ownerOf(source),
                "packet " + number + " from " + source + " does not belong to " + parcel.from.name);
        parcel.arrived(network.nowNanos());
        return true;
    }
}

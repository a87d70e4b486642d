package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;

import java.util.ArrayList;
import java.util.List;

/** Packets that go both ways between two hosts at even distances, and what became of them. */
record Flow(List<Parcel> there, List<Parcel> back) {
    private static final long EVERY_NANOS = 10 * MILLI;

    /** A packet each way every 10 ms, for so long from now on. */
    static Flow between(SimulatedNetwork network, SimulatedHost a, SimulatedHost b, long forNanos) {
        List<Parcel> there = new ArrayList<>();
        List<Parcel> back = new ArrayList<>();
        for (long t = 0; t < forNanos; t += EVERY_NANOS) {
            network.in(t, () -> {
                there.add(a.send(b));
                back.add(b.send(a));
            });
        }
        return new Flow(there, back);
    }

    /** The longest time between two packets that arrived, in both directions; all the time when none did. */
    long longestGapNanos() {
        return Math.max(gap(there), gap(back));
    }

    private static long gap(List<Parcel> parcels) {
        long longest = 0;
        long last = parcels.getFirst().sentNanos;
        for (Parcel parcel : parcels) {
            if (parcel.hasArrived()) {
                longest = Math.max(longest, parcel.sentNanos - last);
                last = parcel.sentNanos;
            }
        }
        return Math.max(longest, parcels.getLast().sentNanos - last);
    }

    long lost() {
        return there.stream().filter(parcel -> !parcel.hasArrived()).count()
                + back.stream().filter(parcel -> !parcel.hasArrived()).count();
    }
}

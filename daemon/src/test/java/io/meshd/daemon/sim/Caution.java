package io.meshd.daemon.sim;

import io.meshd.identity.Bytes;
import io.meshd.protocol.DatagramKind;
import io.meshd.protocol.Endpoint;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** How careful one run of a host is with addresses that have not shown that somebody there wants its datagrams. */
final class Caution {
    private static final long WINDOW_NANOS = 5 * SimulatedNetwork.SECOND;
    /** A probe or its answer, sealed. */
    private static final int PROBE_BYTES_MAX = 80;
    /** For each peer that may be there: two initiations in five seconds with five copies, and a spread to news. */
    private static final int HANDSHAKES_MAX = 15;
    /** For each peer: its allowance of probes to the unproven, all spent on this one address. */
    private static final int PROBES_MAX = 60;
    /** Of one question: 0, 0.5, 1.5 and 3.5 s; of two, when one ended as the next began. */
    private static final int QUESTIONS_MAX = 8;
    /** From 256 extra sockets, each of which repeats itself after five seconds. */
    private static final int SEARCH_MAX = 2 * 256;
    private static final int MAC1_AT = DatagramKind.INITIATION_BYTES - 32;
    private static final int MAC_BYTES = 16;

    private final SimulatedHost host;
    private final Set<InetSocketAddress> heard = new HashSet<>();
    private final Map<InetSocketAddress, ArrayDeque<Long>> probes = new HashMap<>();
    private final Map<InetSocketAddress, ArrayDeque<Long>> searches = new HashMap<>();
    private final Map<InetSocketAddress, ArrayDeque<Long>> handshakes = new HashMap<>();
    private final Map<InetSocketAddress, ArrayDeque<Long>> questions = new HashMap<>();
    private final Set<Bytes> initiations = new HashSet<>();
    private final ArrayDeque<Long> begun = new ArrayDeque<>();

    Caution(SimulatedHost host) {
        this.host = host;
    }

    void heard(InetSocketAddress from) {
        heard.add(from);
    }

    boolean hasHeard(Endpoint endpoint) {
        return switch (endpoint) {
            case Endpoint.Direct(InetSocketAddress address, int _) -> heard.contains(address);
            // What comes through a relay cannot be told apart from outside; the relay's own path is looked at.
            case Endpoint.Relayed _ -> true;
        };
    }

    void sent(long nowNanos, Datagram datagram) {
        Bytes payload = datagram.payload();
        DatagramKind kind = DatagramKind.of(payload.toArray(), 0, payload.length());
        if (kind == DatagramKind.INITIATION
                && initiations.add(Bytes.copyOf(payload.toArray(), MAC1_AT, MAC_BYTES))) {
            int inWindow = add(begun, nowNanos);
            // One for each peer; one more where a peer was trusted anew meanwhile.
            Invariants.require(inWindow <= 2 * Math.max(1, host.grants().size()),
                    host + " begins " + inWindow + " handshakes in 5 s");
        }
        if (heard.contains(datagram.to())) {
            return;
        }
        String where = host + " to unproven " + SimulatedNetwork.text(datagram.to());
        int peers = Math.max(1, host.grants().size());
        if (kind == DatagramKind.DATA) {
            Invariants.require(payload.length() <= PROBE_BYTES_MAX, where + ": " + payload.length() + " bytes of data");
            boolean isSearch = !host.addresses().contains(datagram.from());
            int inWindow = add((isSearch ? searches : probes).computeIfAbsent(datagram.to(), _ -> new ArrayDeque<>()),
                    nowNanos);
            Invariants.require(inWindow <= (isSearch ? SEARCH_MAX : peers * PROBES_MAX),
                    where + ": " + inWindow + " probes in 5 s");
        } else if (kind == DatagramKind.STUN) {
            int inWindow = add(questions.computeIfAbsent(datagram.to(), _ -> new ArrayDeque<>()), nowNanos);
            Invariants.require(inWindow <= QUESTIONS_MAX, where + ": " + inWindow + " STUN requests in 5 s");
        } else {
            Invariants.require(kind == DatagramKind.INITIATION, where + ": " + kind);
            boolean isSearch = !host.addresses().contains(datagram.from());
            int inWindow = add((isSearch ? searches : handshakes)
                    .computeIfAbsent(datagram.to(), _ -> new ArrayDeque<>()), nowNanos);
            Invariants.require(inWindow <= (isSearch ? SEARCH_MAX : peers * HANDSHAKES_MAX),
                    where + ": " + inWindow + " initiations in 5 s");
        }
    }

    private static int add(ArrayDeque<Long> moments, long nowNanos) {
        moments.addLast(nowNanos);
        while (nowNanos - moments.getFirst() >= WINDOW_NANOS) {
            moments.removeFirst();
        }
        return moments.size();
    }
}

package io.meshd.daemon.sim;

import io.meshd.identity.Bytes;
import io.meshd.protocol.TransportHeader;
import java.util.HashMap;
import java.util.Map;

/** Which counters one run of a host has sealed with: each once, unless as a copy of the same bytes. */
final class Nonces {
    private final String host;
    /** The last message sealed for each receiver index; a node seals and sends in one go, so counters only grow. */
    private final Map<Integer, Bytes> last = new HashMap<>();

    Nonces(String host) {
        this.host = host;
    }

    void used(Bytes message) {
        byte[] bytes = message.toArray();
        int receiver = TransportHeader.receiver(bytes, 0);
        Bytes before = last.put(receiver, message);
        if (before != null && !before.equals(message)) {
            long counter = TransportHeader.counter(bytes, 0);
            long counterBefore = TransportHeader.counter(before.toArray(), 0);
            Invariants.require(counter > counterBefore,
                    host + " seals with counter " + counter + " after " + counterBefore);
        }
    }
}

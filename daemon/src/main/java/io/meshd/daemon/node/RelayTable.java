package io.meshd.daemon.node;

import io.meshd.nat.relay.Circuit;
import io.meshd.protocol.Endpoint;
import io.meshd.tunnel.Peer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of relay data frames, by who sent them and their channel word. Immutable, published by the node thread;
 * finding allocates nothing.
 */
final class RelayTable {
    static final RelayTable EMPTY = new RelayTable(List.of());

    /** Where a frame goes. */
    sealed interface Way {}

    /** From one end to the other: this node is the relay. */
    record Onward(Neighbour from, Neighbour to, Circuit circuit) implements Way {}

    /** It is for this node: {@code far} sent it through {@code relay}. */
    record Arrival(Neighbour relay, Neighbour far, Endpoint.Relayed via) implements Way {}

    /** One row: frames of this sender with this channel word. */
    record Row(Peer sender, int word, Way way) {}

    // Open addressing with at most half of the places taken.
    private final @Nullable Row[] places;

    RelayTable(List<Row> rows) {
        this.places = new Row[Math.max(2, Integer.highestOneBit(rows.size()) * 4)];
        for (Row row : rows) {
            int place = place(row.sender(), row.word());
            for (Row taken = places[place]; taken != null && !isFor(taken, row.sender(), row.word());) {
                place = next(place);
                taken = places[place];
            }
            places[place] = row;
        }
    }

    @Nullable
    Way find(Peer sender, int word) {
        int place = place(sender, word);
        for (Row row = places[place]; row != null; row = places[place]) {
            if (isFor(row, sender, word)) {
                return row.way();
            }
            place = next(place);
        }
        return null;
    }

    private static boolean isFor(Row row, Peer sender, int word) {
        return row.word() == word && row.sender() == sender;
    }

    private int place(Peer sender, int word) {
        // Channel numbers are random already; the sender only tells apart what two relays happen to number alike.
        int mixed = word * 0x9e37_79b9 ^ System.identityHashCode(sender);
        return (mixed ^ mixed >>> Short.SIZE) & (places.length - 1);
    }

    private int next(int place) {
        return (place + 1) & (places.length - 1);
    }
}

package io.meshd.nat.lan;

import java.util.List;

/** What goes to everybody in a local network. */
sealed interface LanBeacon {
    /**
     * "Who is here?" Says nothing of its sender, and so can be replayed to no avail.
     *
     * @param nonce what answers must be to
     */
    record Call(LanNonce nonce) implements LanBeacon {}

    /**
     * "I am", to those whom the sender misses.
     *
     * @param call  the nonce of the call that it answers
     * @param nonce its own
     * @param slots always {@link LanCodec#SLOTS} of them, so that they do not tell how many peers there are
     */
    record Answer(LanNonce call, LanNonce nonce, List<Slot> slots) implements LanBeacon {
        public Answer {
            slots = List.copyOf(slots);
        }
    }
}

package io.meshd.protocol;

import io.meshd.identity.Bytes;

/** What one {@link Frame.Fragment} led to. */
public sealed interface Reassembly {
    /** More pieces are missing. */
    record Incomplete() implements Reassembly {
        static final Incomplete INSTANCE = new Incomplete();
    }

    /**
     * All pieces are here.
     *
     * @param message an IP packet or a frame sequence, as the first byte tells; as little trusted as any inner packet.
     *                A {@link Frame.Fragment} inside it is to be dropped, so that nothing nests
     */
    record Complete(Bytes message) implements Reassembly {}

    /** The piece was refused; what it contradicted was given up where the pieces cannot make a message any more. */
    record Refused(DropReason reason) implements Reassembly {}
}

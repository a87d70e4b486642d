package io.meshd.discovery;

import io.meshd.identity.Bytes;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Frame;
import io.meshd.protocol.NodeRecord;

/** A statement about a member, signed by who makes it, so that anybody may pass it on and nobody can make it up. */
sealed interface Rumour extends SwimMessage {
    /** Whom the statement is about. */
    PublicKey about();

    /**
     * The owner is alive.
     *
     * @param node        who says so
     * @param epoch       the run of its daemon
     * @param incarnation counts the refutations and changes within that run
     * @param sequence    the owner's record has at least this sequence
     * @param signature   by {@code node}, see {@link Signatures}
     */
    record Alive(PublicKey node, long epoch, int incarnation, long sequence, Bytes signature) implements Rumour {
        @Override
        public PublicKey about() {
            return node;
        }
    }

    /**
     * The accuser probed the target, directly and through others, and got no answer.
     *
     * @param target      who did not answer
     * @param epoch       the run of the target's daemon
     * @param incarnation the target's incarnation; a greater one refutes
     * @param accuser     who probed
     * @param signature   by {@code accuser}, see {@link Signatures}
     */
    record Accusation(PublicKey target, long epoch, int incarnation, PublicKey accuser,
            Bytes signature) implements Rumour {
        @Override
        public PublicKey about() {
            return target;
        }
    }

    /** The owner said goodbye. */
    record Left(Frame.Leave leave) implements Rumour {
        @Override
        public PublicKey about() {
            return leave.node();
        }
    }

    /** The owner's record, as it signed it. */
    record Described(NodeRecord record) implements Rumour {
        @Override
        public PublicKey about() {
            return record.node();
        }
    }
}

package io.meshd.discovery;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.NodeRecord;
import io.scalecube.cluster.Member;
import org.jspecify.annotations.Nullable;

/** This node: who it is, what it last said of itself. */
final class Self {
    final PublicKey key;
    /** The own run. */
    final long epoch;
    final Member member;
    final Signatures signatures;
    NodeRecord record;
    /** When {@link #record} was set. */
    long recordSinceNanos;
    Rumour.Alive alive;
    /** The own goodbye, once it is said. */
    Rumour.@Nullable Left left;

    Self(NodeRecord record, Signatures signatures) {
        if (record.epoch() < 1 || record.epoch() >= SwimCodec.EPOCH_MAX) {
            throw new IllegalArgumentException("an epoch is 1 to 2^48, not " + record.epoch());
        }
        this.key = record.node();
        this.epoch = record.epoch();
        this.member = Peer.member(key, epoch);
        this.signatures = signatures;
        this.record = record;
        this.alive = signatures.alive(key, epoch, 0, record.sequence());
    }

    /** The library has moved on to this incarnation. */
    void state(int incarnation) {
        if (incarnation != alive.incarnation() || record.sequence() != alive.sequence()) {
            alive = signatures.alive(key, epoch, incarnation, record.sequence());
        }
    }
}

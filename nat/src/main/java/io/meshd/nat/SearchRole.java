package io.meshd.nat;

import io.meshd.protocol.MappingBehaviour;
import org.jspecify.annotations.Nullable;

/** What a node does in a search, by what the NATs of both ends do with ports. */
enum SearchRole {
    /** This node's NAT gives another port for each destination: it sends from many. */
    HARD,
    /** This node is seen by all at one port, or not translated: it looks for the other's. */
    EASY,
    /** Neither is seen at one port: both must guess, which takes NATs that count. */
    BOTH_HARD;

    /** The part of the node whose mapping is named first; null where punching does, or not enough is known. */
    static @Nullable SearchRole of(MappingBehaviour own, MappingBehaviour other) {
        if (own.isDependent()) {
            return other.isDependent() ? BOTH_HARD : HARD;
        }
        return other.isDependent() ? EASY : null;
    }
}

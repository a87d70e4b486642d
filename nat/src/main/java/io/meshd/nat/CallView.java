package io.meshd.nat;

import io.meshd.protocol.MappingBehaviour;

/**
 * What {@link Signalling} knows of one peer. Times are {@link io.meshd.protocol.Deadlines#NEVER} for never.
 *
 * @param calledNanos     when it was called last
 * @param unansweredNanos since when calls go unanswered
 * @param nextNanos       when it will be called again
 * @param heardNanos      when its last signal came
 * @param farMapping      what it said then of how its NAT maps
 */
public record CallView(long calledNanos, long unansweredNanos, long nextNanos, long heardNanos,
        MappingBehaviour farMapping) {}

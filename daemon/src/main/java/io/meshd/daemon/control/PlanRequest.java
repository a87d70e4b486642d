package io.meshd.daemon.control;

import org.jspecify.annotations.Nullable;

/**
 * What a plan is made of.
 *
 * @param config absolute path of the configuration to compare with; null for the one that a reload would read
 * @param trust  absolute path of a directory to read instead of the operator's trust; null for that
 * @param from   where the operator is connected from; null when that is not known
 * @param to     the address of this host that the operator is connected to; null when that is not known
 */
public record PlanRequest(@Nullable String config, @Nullable String trust, @Nullable String from,
        @Nullable String to) {}

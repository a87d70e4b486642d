package io.meshd.nat.relay;

/**
 * What a relay's table has done since the start.
 *
 * @param opened   channels made
 * @param refused  openings refused with a reason
 * @param ignored  openings, questions and datagrams beyond what one peer may cause, or about channels of others
 */
public record SwitchboardCounters(long opened, long refused, long ignored) {}

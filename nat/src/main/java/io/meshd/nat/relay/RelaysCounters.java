package io.meshd.nat.relay;

/**
 * What was done to have relays since the start.
 *
 * @param asked   channels asked for, repeats among them
 * @param opened  channels that came into use, asked for or announced
 * @param ended   channels that relays ended, or that ended with their relay
 * @param refused answers that there is no channel
 * @param ignored frames of relays beyond what one may send, or that this node takes from no relay
 */
public record RelaysCounters(long asked, long opened, long ended, long refused, long ignored) {}

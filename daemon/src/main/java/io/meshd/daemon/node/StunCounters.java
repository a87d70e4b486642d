package io.meshd.daemon.node;

/**
 * What there was of STUN since the start.
 *
 * @param asked      questions to servers
 * @param heard      their answers
 * @param unexpected answers that nobody waited for, or from elsewhere: late, doubled or forged
 * @param answered   requests of peers
 * @param refused    requests without answer: of strangers, too small, too many
 */
public record StunCounters(long asked, long heard, long unexpected, long answered, long refused) {}

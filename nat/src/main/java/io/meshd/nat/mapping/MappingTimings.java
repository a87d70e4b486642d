package io.meshd.nat.mapping;

/** The constants of asking routers, each with its reason. */
final class MappingTimings {
    private static final long MILLIS = 1_000_000L;
    private static final long SECONDS = 1_000 * MILLIS;
    private static final long MINUTES = 60 * SECONDS;

    /** RFC 6886 section 3.1. RFC 6887 begins at 3 s, for servers far away; the router is one hop away. */
    static final long REPEAT_FIRST_NANOS = 250 * MILLIS;
    /** 250 ms doubled so often: 8 s in all. A router that speaks the protocol has answered long before. */
    static final int REQUESTS_MAX = 5;
    /** A removal is worth less: nobody waits longer for it at exit. */
    static final int REMOVALS_MAX = 2;
    /** Longest wait for removals at exit. What is left then ends with its lease. */
    static final long RELEASE_NANOS = 1_000 * MILLIS;

    /** RFC 6886 section 3.3 and, for PCP, common practice. */
    static final int LEASE_SECONDS = 7_200;
    /** UPnP has no epoch: what a router has forgotten comes back with the renewal, so at the latest in 10 minutes. */
    static final int UPNP_LEASE_SECONDS = 1_200;
    /** Longer promises are not believed: RFC 6887 section 15. */
    static final long LEASE_SECONDS_MAX = 86_400;
    /** Shorter leases are taken for this: nobody makes this host ask all day long. */
    static final long LEASE_SECONDS_MIN = 30;
    /** Renewals are no closer together, whatever the router grants. */
    static final long RENEWAL_MIN_NANOS = 10 * SECONDS;
    /** How often a quiet router is asked for its epoch: one datagram, and it tells of a restart. */
    static final long HEARTBEAT_NANOS = 5 * MINUTES;
    /** An announcement is only a hint, since anybody can forge one: all hints within this time cost one question. */
    static final long HINT_NANOS = SECONDS;

    /** NAT-PMP's answers can be forged as well: however often one shows a restart, the mapping is asked for this often. */
    static final long FORGOTTEN_NANOS = SECONDS;

    /** NAT-PMP is tried as well when PCP has not been answered for so long: some routers drop versions in silence. */
    static final long NAT_PMP_HEAD_START_NANOS = 500 * MILLIS;
    /** UPnP only looks for its device meanwhile, and maps when the other two have found nothing in this time. */
    static final long UPNP_HEAD_START_NANOS = 800 * MILLIS;
    /** Searches for a UPnP device: datagrams to a group get lost, on Wi-Fi more than others. */
    static final int SEARCHES_MAX = 3;
    /** Between searches. */
    static final long SEARCH_NANOS = SECONDS;
    /** External ports that are tried when ours is taken. */
    static final int PORTS_MAX = 5;

    /** When nothing answered, or all refused: somebody may have switched it on. */
    static final long RETRY_NANOS = 10 * MINUTES;
    /** A router that says when to come back is believed within these limits. */
    static final long RETRY_MIN_NANOS = 30 * SECONDS;
    /** See {@link #RETRY_MIN_NANOS}. */
    static final long RETRY_MAX_NANOS = 30 * MINUTES;
    /** A mapping that does not carry packets is made anew after this; doubles each time. */
    static final long DOUBT_FIRST_NANOS = MINUTES;
    /** Longest pause between such. */
    static final long DOUBT_MAX_NANOS = 60 * MINUTES;

    private MappingTimings() {}

    static long seconds(long seconds) {
        return seconds * SECONDS;
    }
}

package io.meshd.daemon.control;

import io.meshd.identity.HostPort;
import io.meshd.identity.NodeName;
import io.meshd.identity.Prefix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an invitation is to grant.
 *
 * @param name           for the newcomer; null when it may say
 * @param prefixes       for the newcomer; empty when its derived addresses
 * @param relay          whether packets may go through it
 * @param expiresSeconds for how long it holds
 * @param endpoints      where this node may be found besides what it knows, such as a DNS name
 */
public record InviteRequest(@Nullable String name, List<Prefix> prefixes, boolean relay, long expiresSeconds,
        List<HostPort> endpoints) {
    /** Shorter ones would be over before they are typed. */
    public static final long EXPIRES_SECONDS_MIN = 10;
    /** A secret that waits for longer is a door that was forgotten. */
    public static final long EXPIRES_SECONDS_MAX = 366L * 86_400;
    /** As long as a day's work. */
    public static final long EXPIRES_SECONDS_DEFAULT = 86_400;
    /** As many as make sense for one host: the rest of an invitation's room is for what the node knows itself. */
    public static final int ENDPOINTS_MAX = 4;
    /** More would make no line that can be copied. */
    public static final int PREFIXES_MAX = 8;

    /**
     * A checked request.
     *
     * @throws IllegalArgumentException when a value is out of bounds, with the line for the operator
     */
    public InviteRequest {
        prefixes = List.copyOf(prefixes);
        endpoints = List.copyOf(endpoints);
        require(name == null || NodeName.isValid(name), "a name matches " + NodeName.RULE);
        require(expiresSeconds >= EXPIRES_SECONDS_MIN && expiresSeconds <= EXPIRES_SECONDS_MAX,
                "an invitation holds for 10 seconds to 366 days");
        require(prefixes.size() <= PREFIXES_MAX, "at most " + PREFIXES_MAX + " prefixes");
        require(prefixes.stream().distinct().count() == prefixes.size(), "a prefix is given twice");
        require(prefixes.stream().noneMatch(Prefix::isDefaultRoute),
                "nobody is invited as default route: `meshd trust` grants that");
        require(endpoints.size() <= ENDPOINTS_MAX, "at most " + ENDPOINTS_MAX + " endpoints");
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule);
        }
    }
}

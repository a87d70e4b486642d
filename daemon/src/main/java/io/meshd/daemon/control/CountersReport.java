package io.meshd.daemon.control;

/**
 * Counts since the daemon started. Packets are inner packets.
 *
 * @param packetsSent             to peers
 * @param packetsReceived         from peers
 * @param bytesSent               in those packets
 * @param bytesReceived           in those packets
 * @param routeMisses             packets without owner
 * @param sessionFailures         handshakes given up
 * @param fallbackTransitions     a peer's path went to a lower class
 * @param upgradeTransitions      a peer's path went to a higher class
 * @param relayUsage              packets sent through a relay
 * @param relayedForOthersPackets datagrams forwarded between two other peers
 * @param rejectedHandshakes      from keys that are not trusted, or malformed
 * @param rejectedClaims          what others said to own and do not
 * @param drops                   packets dropped, by reason
 * @param stun                    questions about where nodes are seen
 * @param lan                     looking for peers in local networks
 * @param searches                looking for the ports that NATs give
 */
public record CountersReport(long packetsSent, long packetsReceived, long bytesSent, long bytesReceived,
        long routeMisses, long sessionFailures, long fallbackTransitions, long upgradeTransitions, long relayUsage,
        long relayedForOthersPackets, long rejectedHandshakes, RejectedClaims rejectedClaims, Drops drops, Stun stun,
        Lan lan, Searches searches) {
    /**
     * Claims by why they were rejected.
     *
     * @param notTrusted   by a peer that is not trusted
     * @param wrongNetwork for another network
     * @param wrongPrefix  of a prefix that is not the peer's
     */
    public record RejectedClaims(long notTrusted, long wrongNetwork, long wrongPrefix) {}

    /**
     * Packets dropped, by reason (see {@link io.meshd.protocol.DropReason}).
     *
     * @param unknownRoute       no reachable peer owns the destination
     * @param unauthorizedPeer   the sender is not trusted
     * @param unauthorizedSource the sender does not own the source
     * @param noSession          no live session
     * @param replay             seen before
     * @param duplicate          second copy over another path
     * @param malformed          no message of ours
     */
    public record Drops(long unknownRoute, long unauthorizedPeer, long unauthorizedSource, long noSession, long replay,
            long duplicate, long malformed) {}

    /**
     * STUN: where this node is seen, and where it sees its peers.
     *
     * @param asked      questions to servers
     * @param heard      their answers
     * @param unexpected answers that nobody waited for, or from elsewhere: late, doubled or forged
     * @param answered   requests of peers
     * @param refused    requests without answer: of strangers, too small, too many
     */
    public record Stun(long asked, long heard, long unexpected, long answered, long refused) {}

    /**
     * Local networks: who calls, and who is there.
     *
     * @param callsSent    own calls
     * @param callsHeard   others' calls: when nobody's are ever heard, a firewall may keep multicast out
     * @param answersSent  answers to those
     * @param answersHeard others' answers to own calls
     * @param found        answers for this node, by a peer that it misses
     * @param unexpected   answers to others, late or replayed
     * @param refused      beacons beyond what is looked at or answered
     * @param malformed    datagrams that are no beacons
     */
    public record Lan(long callsSent, long callsHeard, long answersSent, long answersHeard, long found,
            long unexpected, long refused, long malformed) {}

    /**
     * Ports of NATs that give another one for each destination.
     *
     * @param begun   searches that began
     * @param found   those that ended with a direct path
     * @param stopped those that ended because the router suffered
     * @param refused those that peers asked for and did not get
     * @param flows   new flows through this host's router for them
     */
    public record Searches(long begun, long found, long stopped, long refused, long flows) {}
}

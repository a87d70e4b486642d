package io.meshd.daemon.runtime;

import io.meshd.nat.FilteringBehaviour;
import io.meshd.nat.NatView;

/** What a NAT means for whoever would reach this host, in plain words. */
final class NatMeaning {
    private NatMeaning() {}

    /**
     * Of the NAT in one family.
     *
     * @param isSeen   whether anybody outside has seen this host
     * @param isMapped whether a router forwards a port to it, confirmed by a peer
     */
    static String of(NatView nat, boolean isSeen, boolean isMapped) {
        if (isMapped) {
            return "a port is mapped: every peer reaches this host directly";
        }
        return switch (nat.mapping()) {
            case NONE -> nat.filtering() == FilteringBehaviour.ADDRESS_AND_PORT_DEPENDENT
                    || nat.filtering() == FilteringBehaviour.ADDRESS_DEPENDENT
                            ? "no NAT, but a firewall that lets in only whom this host sent to: peers reach it after a "
                                    + "punch"
                            : "no NAT: every peer reaches this host directly, unless a firewall stops it";
            case ENDPOINT_INDEPENDENT -> switch (nat.filtering()) {
                case ENDPOINT_INDEPENDENT -> "an open NAT: every peer reaches this host directly";
                case ADDRESS_DEPENDENT -> "peers behind any NAT reach this host directly after a punch";
                case ADDRESS_AND_PORT_DEPENDENT, UNKNOWN -> "peers behind most NATs reach this host directly after a "
                        + "punch; those whose NAT gives each destination its own port only through a relay";
            };
            case ADDRESS_DEPENDENT, ADDRESS_AND_PORT_DEPENDENT -> "this NAT gives each destination its own port"
                    + (nat.portStep() == 0
                            ? ""
                            : ", each " + Math.abs(nat.portStep()) + (nat.portStep() > 0 ? " above" : " below")
                                    + " the last, so that they can be guessed")
                    + ": only peers that everybody reaches, or whose NAT lets in all ports of an address, talk to this "
                    + "host directly; others need a relay. A mapped port on the router would change that";
            case UNKNOWN -> isSeen
                    ? "a NAT; too few have seen this host to tell how it maps: one more peer outside, or a server in "
                            + "nat.stun_servers, would tell"
                    : "nobody outside has seen this host in this family";
        };
    }
}

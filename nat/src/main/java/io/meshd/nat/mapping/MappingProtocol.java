package io.meshd.nat.mapping;

/** By which protocol a router was asked; of two equal answers the first in this order counts. */
public enum MappingProtocol {
    /** RFC 6887: states its epoch, maps IPv4 and opens IPv6. */
    PCP("PCP"),
    /** RFC 6886: states its epoch. */
    NAT_PMP("NAT-PMP"),
    /** Internet Gateway Device 1 and 2: has to be looked for, and tells nobody that it has forgotten. */
    UPNP("UPnP-IGD");

    private final String label;

    MappingProtocol(String label) {
        this.label = label;
    }

    /** How operators read it. */
    public String label() {
        return label;
    }
}

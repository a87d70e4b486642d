package io.meshd.protocol;

import java.util.Locale;

/**
 * How the NAT in front of this node maps its one address and port: RFC 4787 section 4.1. In this order on the wire, from
 * 0.
 */
public enum MappingBehaviour {
    /** To the same outside for every destination. */
    ENDPOINT_INDEPENDENT,
    /** To another outside for each destination address. */
    ADDRESS_DEPENDENT,
    /** To another outside for each destination address and port. */
    ADDRESS_AND_PORT_DEPENDENT,
    /** Everybody who says where this node is sees an address of its own: no NAT. */
    NONE,
    /** Not found out yet. */
    UNKNOWN;

    /** How operators read it: lower case. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether an outside that one destination sees is of no use to another. */
    public boolean isDependent() {
        return this == ADDRESS_DEPENDENT || this == ADDRESS_AND_PORT_DEPENDENT;
    }
}

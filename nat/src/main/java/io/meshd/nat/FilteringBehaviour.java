package io.meshd.nat;

import java.util.Locale;

/** From where the NAT or firewall in front of this node lets packets in, once one went out: RFC 4787 section 5. */
public enum FilteringBehaviour {
    /** From anywhere. */
    ENDPOINT_INDEPENDENT,
    /** From any port of an address that was sent to. */
    ADDRESS_DEPENDENT,
    /** From exactly where it was sent to. */
    ADDRESS_AND_PORT_DEPENDENT,
    /** Not found out yet. */
    UNKNOWN;

    /** How operators read it: lower case. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}

package io.meshd.protocol;

/** How a NAT maps a port to the outside: RFC 4787 section 4.1, RFC 5780 section 4.3. */
public enum NatMapping {
    /** Not known. */
    UNKNOWN,
    /** No NAT: the address outside is the host's own. */
    NONE,
    /** One port outside, whoever is spoken to. */
    ENDPOINT_INDEPENDENT,
    /** Another port for each address that is spoken to. */
    ADDRESS_DEPENDENT,
    /** Another port for each address and port that is spoken to. */
    ADDRESS_AND_PORT_DEPENDENT
}

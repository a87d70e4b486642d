/**
 * Asks the router for a port that leads to this node: NAT-PMP (RFC 6886), PCP (RFC 6887), UPnP-IGD.
 *
 * <p>{@code PortMappings} is the machine with all verbs, and holds one {@code GatewayMapping} for each router. That one
 * has three {@code MappingKeeper}s: two {@code LeaseKeeper}s, which speak a {@code GatewayDialect} over datagrams, and an
 * {@code IgdKeeper}, which speaks SSDP and SOAP. Sockets, HTTP and the clock are the caller's. What the router says is
 * hearsay: whether the port leads here is for a peer to find out ({@code PortChecks}).
 */
@NullMarked
package io.meshd.nat.mapping;

import org.jspecify.annotations.NullMarked;

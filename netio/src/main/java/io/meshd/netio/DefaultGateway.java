package io.meshd.netio;

import java.net.InetAddress;

/**
 * A router that an interface of this host uses for everything that has no other route.
 *
 * @param router         its address; an IPv6 link-local one carries its scope
 * @param local          this host's address towards it
 * @param interfaceIndex the interface
 * @param metric         of the default route; smaller wins
 */
public record DefaultGateway(InetAddress router, InetAddress local, int interfaceIndex, int metric) {}

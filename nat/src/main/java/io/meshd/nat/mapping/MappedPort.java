package io.meshd.nat.mapping;

import io.meshd.nat.AddressScope;
import java.net.InetSocketAddress;

/**
 * A port that a router says it forwards to this node.
 *
 * @param gateway    the router
 * @param protocol   how it was asked
 * @param external   where others reach it
 * @param generation counts how often it was made anew, so that what was found out about the earlier one is not taken
 *                   for this one; a mere renewal changes nothing
 */
public record MappedPort(Gateway gateway, MappingProtocol protocol, InetSocketAddress external, int generation) {
    /** Whether the address is one of the public Internet: behind a second NAT it is not, and few can reach it. */
    public boolean isPublic() {
        return AddressScope.of(external) == AddressScope.GLOBAL;
    }
}

package io.meshd.nat.mapping;

import java.util.List;

/** One of the two protocols that routers speak on UDP port 5351, for one internal port. */
sealed interface GatewayDialect permits NatPmpDialect, PcpDialect {
    /** Where routers listen. */
    int PORT = 5351;

    MappingProtocol protocol();

    /**
     * What asks for the mapping, or for it to go on.
     *
     * @param externalPort the external port that would be welcome
     */
    List<byte[]> request(int externalPort, int seconds);

    /** What removes the mapping. */
    byte[] removal();

    /** What asks the router for a sign of life. */
    byte[] heartbeat();

    /** What a datagram says; any bytes will do. */
    GatewayReply read(byte[] datagram);

    /** What a datagram to the group says that hears of restarts; any bytes will do. */
    boolean isAnnouncement(byte[] datagram);
}

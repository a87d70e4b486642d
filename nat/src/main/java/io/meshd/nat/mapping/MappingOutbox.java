package io.meshd.nat.mapping;

import java.net.InetSocketAddress;

/** Where {@link PortMappings} puts what it wants done. Never calls back; arrays belong to it from then on. */
public interface MappingOutbox {
    /** Sends a datagram from the socket for this gateway: to the gateway, or to the group of SSDP. */
    void send(Gateway gateway, InetSocketAddress to, byte[] datagram);

    /** Makes an HTTP exchange with the gateway; it is answered with {@link PortMappings#handle}, or never. */
    void call(Gateway gateway, HttpCall call);
}

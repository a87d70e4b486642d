package io.meshd.daemon.sim;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A network in which everybody reaches everybody by address: the internet, or what is behind a NAT box.
 *
 * <p>Private addresses may exist in several of them. Global ones exist once, and are known all the way up.
 */
final class Segment {
    final String name;
    final @Nullable NatBox gateway;
    private final String prefixV4;
    private final String prefixV6;
    private final Map<InetAddress, Station> stations = new HashMap<>();
    private int numbers;

    /**
     * A network without hosts.
     *
     * @param prefixV4 what its IPv4 addresses begin with, down to the last point
     * @param prefixV6 what its IPv6 addresses begin with, down to the last colons
     * @param gateway  the box that stands before it; null for the internet
     */
    Segment(String name, String prefixV4, String prefixV6, @Nullable NatBox gateway) {
        this.name = name;
        this.prefixV4 = prefixV4;
        this.prefixV6 = prefixV6;
        this.gateway = gateway;
    }

    /** The next free number of a host; the same for both families. */
    int nextNumber() {
        return ++numbers;
    }

    InetSocketAddress v4(int number) {
        return SimulatedNetwork.address(prefixV4 + number);
    }

    InetSocketAddress v6(int number) {
        return SimulatedNetwork.address(prefixV6 + Integer.toHexString(number));
    }

    /** Whether hosts here get global addresses of IPv6. */
    boolean hasV6() {
        return gateway == null || (gateway.behaviour().v6() != NatBehaviour.V6.NONE && gateway.outside().hasV6());
    }

    void attach(InetAddress address, Station station) {
        stations.put(address, station);
        if (gateway != null && address instanceof Inet6Address) {
            gateway.outside().attach(address, gateway);
        }
    }

    /** Whoever answers for an address does no longer, unless another has taken it over. */
    void detach(InetAddress address, Station station) {
        if (stations.remove(address, station) && gateway != null && address instanceof Inet6Address) {
            gateway.outside().detach(address, gateway);
        }
    }

    /** Who has an address here; null when nobody does. */
    @Nullable
    Station at(InetAddress address) {
        return stations.get(address);
    }

    @Override
    public String toString() {
        return name;
    }
}

package io.meshd.nat;

import io.meshd.protocol.MappingBehaviour;
import java.util.List;

/**
 * What is known of the NAT in front of this node in one address family.
 *
 * @param mapping   how it maps
 * @param filtering what it lets in
 * @param ports     the outside ports that it gave, newest last
 * @param portStep  by how much each differs from the one before, when that has an order; else 0
 */
public record NatView(MappingBehaviour mapping, FilteringBehaviour filtering, List<Integer> ports, int portStep) {
    public NatView {
        ports = List.copyOf(ports);
    }
}

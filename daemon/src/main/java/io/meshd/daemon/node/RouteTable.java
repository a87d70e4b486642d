package io.meshd.daemon.node;

import java.util.List;

/** The routes of a node, as the reader threads and the host know them. Node thread. */
final class RouteTable {
    private final Neighbours neighbours;
    private final DataPlane dataPlane;
    private final Surroundings surroundings;
    private List<RouteView> routes = List.of();

    RouteTable(Neighbours neighbours, DataPlane dataPlane, Surroundings surroundings) {
        this.neighbours = neighbours;
        this.dataPlane = dataPlane;
        this.surroundings = surroundings;
    }

    /** Lets the reader threads and the host see who owns what now. */
    void publish(NodeSettings settings) {
        List<RouteView> plan = RoutePlan.of(neighbours.all());
        dataPlane.publish(neighbours.forwarding(plan, settings));
        if (!plan.equals(routes)) {
            routes = plan;
            surroundings.routesChanged(plan);
        }
    }

    /** Every granted prefix and whether it is active. */
    List<RouteView> routes() {
        return routes;
    }
}

package io.meshd.daemon.demo;

import io.meshd.daemon.control.PathClass;
import io.meshd.daemon.lab.Flow;
import io.meshd.daemon.lab.MeshdHost;
import io.meshd.daemon.lab.MultiHost;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A pair of hosts that the demo watches: what their paths should be, and a steady flow between them. */
final class Link {
    private final MeshdHost from;
    private final MeshdHost to;
    private final PathClass usual;
    private @Nullable Flow flow;

    /** {@code usual} is the class of the path that the network between them allows. */
    Link(MeshdHost from, MeshdHost to, PathClass usual) {
        this.from = from;
        this.to = to;
        this.usual = usual;
    }

    MeshdHost from() {
        return from;
    }

    MeshdHost to() {
        return to;
    }

    PathClass usual() {
        return usual;
    }

    String name() {
        return from.name() + " > " + to.name();
    }

    void startFlow() {
        flow = Flow.start(from.host(), MultiHost.address(from), to.host(), MultiHost.address(to));
    }

    boolean flows() {
        return flow != null;
    }

    Flow flow() {
        return Objects.requireNonNull(flow, "not started");
    }
}

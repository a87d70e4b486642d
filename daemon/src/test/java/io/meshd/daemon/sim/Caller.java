package io.meshd.daemon.sim;

import io.meshd.daemon.node.GuestCall;
import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.InvitationToken;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.SplittableRandom;

/** A host that calls with an invitation: no node yet, at an address of its own, with a share of its datagrams lost. */
final class Caller implements GuestCall.Outlet {
    private final SimulatedNetwork network;
    private final InetSocketAddress at;
    private final GuestCall call;
    private final double loss;
    private final SplittableRandom random;

    /**
     * Such a host.
     *
     * @param newcomer whom it brings
     * @param loss     share of its datagrams that is lost, in either direction
     */
    Caller(SimulatedNetwork network, String address, InvitationToken token, Identity newcomer, double loss) {
        this.network = network;
        this.at = SimulatedNetwork.address(address);
        this.loss = loss;
        this.random = network.random.split();
        this.call = new GuestCall(token, newcomer, "newcomer", network.nowNanos(), SimulatedNetwork.WALL_NANOS,
                network.random.split());
        network.attach(at, datagram -> {
            if (!isLost()) {
                call.receive(network.nowNanos(), datagram.payload().toArray(), new Endpoint.Direct(datagram.from()),
                        this);
                wake();
            }
        });
    }

    private boolean isLost() {
        return random.nextDouble() < loss;
    }

    /** Begins to call at these addresses. */
    Caller call(List<InetSocketAddress> places) {
        call.tryAt(network.nowNanos(), places.stream().map(Endpoint.Direct::new).toList(), this);
        wake();
        return this;
    }

    private void wake() {
        long deadline = call.nextDeadlineNanos();
        if (deadline != Deadlines.NEVER) {
            network.in(Math.max(1, deadline - network.nowNanos()), () -> {
                if (Deadlines.isDue(call.nextDeadlineNanos(), network.nowNanos())) {
                    call.handleTimeout(network.nowNanos(), this);
                    wake();
                }
            });
        }
    }

    @Override
    public void transmit(Endpoint.Direct to, byte[] datagram) {
        if (!isLost()) {
            network.inject(at, to.address(), Bytes.copyOf(datagram));
        }
    }

    /** What it knows by now. */
    GuestCall state() {
        return call;
    }
}

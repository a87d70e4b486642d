package io.meshd.nat.stun;

import io.meshd.nat.FilteringBehaviour;
import java.net.InetSocketAddress;

/**
 * The tests of RFC 5780 sections 4.3 and 4.4 with one server that has two addresses and two ports.
 *
 * <p>What the NAT lets in is tested before anything is sent to the other address, since that would open the door.
 */
final class BehaviourTest {
    private final InetSocketAddress server;
    private final InetSocketAddress other;
    private final InetSocketAddress seenByServer;
    private Silence fromOtherAddress = Silence.NOT_ASKED;
    private Silence fromOtherPort = Silence.NOT_ASKED;

    private enum Silence {
        NOT_ASKED, WAITING, HEARD, SILENT
    }

    /**
     * A test that has not begun.
     *
     * @param server       the address that answered
     * @param other        its OTHER-ADDRESS
     * @param seenByServer where it saw this node
     */
    BehaviourTest(InetSocketAddress server, InetSocketAddress other, InetSocketAddress seenByServer) {
        this.server = server;
        this.other = other;
        this.seenByServer = seenByServer;
    }

    InetSocketAddress server() {
        return server;
    }

    InetSocketAddress otherAddressAndPort() {
        return other;
    }

    InetSocketAddress otherPort() {
        return new InetSocketAddress(server.getAddress(), other.getPort());
    }

    InetSocketAddress otherAddress() {
        return new InetSocketAddress(other.getAddress(), server.getPort());
    }

    InetSocketAddress seenByServer() {
        return seenByServer;
    }

    void beginFiltering() {
        fromOtherAddress = Silence.WAITING;
        fromOtherPort = Silence.WAITING;
    }

    /** An answer from elsewhere came through, or did not. */
    void filtering(boolean isFromOtherAddress, boolean heard) {
        if (isFromOtherAddress) {
            fromOtherAddress = heard ? Silence.HEARD : Silence.SILENT;
        } else {
            fromOtherPort = heard ? Silence.HEARD : Silence.SILENT;
        }
    }

    /** Whether nothing more is to be waited for before the other address is asked. */
    boolean isFilteringSettled() {
        return fromOtherAddress == Silence.HEARD || fromOtherAddress == Silence.NOT_ASKED
                || (fromOtherAddress == Silence.SILENT && fromOtherPort != Silence.WAITING);
    }

    /** What the NAT lets in, as far as this test tells; true of silence only if the other address answers at all. */
    FilteringBehaviour filtering() {
        if (fromOtherAddress == Silence.HEARD) {
            return FilteringBehaviour.ENDPOINT_INDEPENDENT;
        }
        return switch (fromOtherPort) {
            case HEARD -> FilteringBehaviour.ADDRESS_DEPENDENT;
            case SILENT -> FilteringBehaviour.ADDRESS_AND_PORT_DEPENDENT;
            case NOT_ASKED, WAITING -> FilteringBehaviour.UNKNOWN;
        };
    }
}

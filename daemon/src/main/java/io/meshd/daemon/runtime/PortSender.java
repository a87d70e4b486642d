package io.meshd.daemon.runtime;

import io.meshd.netio.SendOutcome;
import io.meshd.netio.UdpPort;
import io.meshd.netio.UdpSender;
import io.meshd.netio.UdpTarget;
import io.meshd.protocol.DatagramKind;
import org.jspecify.annotations.Nullable;

/** Sends from the {@link OnePort}, wherever that is now. Belongs to one thread. */
final class PortSender {
    private final OnePort port;
    private final int patienceMillis;
    private OnePort.Doors mine;
    private UdpSender sender;
    private @Nullable UdpSender former;

    PortSender(OnePort port, int patienceMillis) {
        this.port = port;
        this.patienceMillis = patienceMillis;
        this.mine = port.doors();
        this.sender = mine.port().newSender(patienceMillis);
        this.former = formerSender(mine.former());
    }

    private static @Nullable UdpSender formerSender(@Nullable UdpPort formerPort) {
        // What is lost there has gone by the other port already.
        return formerPort == null ? null : formerPort.newSender(0);
    }

    /** Sends one datagram. */
    SendOutcome send(UdpTarget target, byte[] datagram, int trafficClass) {
        return send(target, datagram, 0, datagram.length, datagram.length, trafficClass, false);
    }

    /** As {@link UdpSender#send(UdpTarget, byte[], int, int, int, int, boolean)} does. */
    @SuppressWarnings("ReferenceEquality")
    SendOutcome send(UdpTarget target, byte[] buffer, int offset, int length, int segmentSize, int trafficClass,
            boolean dontFragment) {
        OnePort.Doors now = port.doors();
        if (now != mine) {
            mine = now;
            sender = now.port().newSender(patienceMillis);
            former = formerSender(now.former());
        }
        SendOutcome outcome = sender.send(target, buffer, offset, length, segmentSize, trafficClass, dontFragment);
        if (former != null && !target.isThroughOtherSocket() && isForPeer(buffer, offset, segmentSize)) {
            var _ = former.send(target, buffer, offset, length, segmentSize, trafficClass, dontFragment);
        }
        return outcome;
    }

    /** A STUN server would say of the former port where that is seen, and be believed. */
    private static boolean isForPeer(byte[] buffer, int offset, int length) {
        return DatagramKind.of(buffer, offset, length) != DatagramKind.STUN;
    }
}

package io.meshd.daemon.runtime;

import io.meshd.netio.UdpPort;
import io.meshd.netio.UdpSettings;
import io.meshd.netio.UdpTarget;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;

/** Sends single datagrams, each from a UDP port that is opened for it and closed again. Belongs to the node thread. */
final class FreshPort {
    private static final System.Logger LOG = System.getLogger("io.meshd.nat");
    private static final int BUFFER_BYTES = 4_096;

    private final EventLoopGroup group;
    private final int mark;

    FreshPort(EventLoopGroup group, int mark) {
        this.group = group;
        this.mark = mark;
    }

    void send(InetSocketAddress to, byte[] datagram) {
        UdpSettings.Families family = to.getAddress() instanceof Inet6Address
                ? UdpSettings.Families.IPV6
                : UdpSettings.Families.IPV4;
        try (UdpPort port = UdpPort.open(new UdpSettings(0, family, mark, BUFFER_BYTES, BUFFER_BYTES, false), group)) {
            // What cannot be sent is lost, as any datagram may be: who waits for it asks somebody else.
            var _ = port.newSender(0).send(UdpTarget.of(to), datagram, 0);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "no fresh port: {0}", e.getMessage());
        }
    }
}

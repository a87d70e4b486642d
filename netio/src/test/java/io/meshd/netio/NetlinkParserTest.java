package io.meshd.netio;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class NetlinkParserTest {
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(4096).order(ByteOrder.nativeOrder());

    private static InetAddress address(String text) throws UnknownHostException {
        return InetAddress.getByName(text);
    }

    private NetlinkMessage message(int length) {
        NetlinkMessage message = new NetlinkMessage(buffer, length);
        assertThat(message.next()).isTrue();
        return message;
    }

    private NetlinkRequest request(int type) {
        return new NetlinkRequest(buffer, type, 0, 1);
    }

    @Test
    void readsAMessageOfTheKernel() {
        // RTM_NEWADDR of 10.42.0.1/24 on interface 5, as ip monitor on a little-endian machine shows it.
        byte[] raw = HexFormat.of().parseHex("3000000014000000010000000000000002188000050000000800010"
                + "00a2a000108000200" + "0a2a0001" + "0800080080020000");
        buffer.put(0, raw);
        NetworkEvent event = NetlinkParser.event(message(raw.length));
        assertThat(event).isInstanceOfSatisfying(NetworkEvent.AddressChanged.class,
                changed -> assertThat(changed.address()).hasToString("10.42.0.1/24 dev #5")
                        .extracting(LocalAddress::flags).isEqualTo(0x280));
    }

    @Test
    void readsLinks() {
        NetlinkRequest request = request(Rtnetlink.NEW_LINK).u8(0).u8(0).u16(0xfffe).u32(7).u32(0x1051).u32(0)
                .attribute(Rtnetlink.IFLA_IFNAME, "mesh0").attributeU32(Rtnetlink.IFLA_MTU, 1420);
        int nested = request.begin(Rtnetlink.IFLA_LINKINFO);
        request.attribute(Rtnetlink.IFLA_INFO_KIND, "tun");
        request.end(nested);
        Link link = NetlinkParser.link(message(request.finish()));
        assertThat(link).isEqualTo(new Link(7, "mesh0", 0x1051, 1420, "tun", 0xfffe));
        assertThat(link).matches(Link::isTun).matches(Link::isTunnel).matches(Link::isUp).matches(Link::isRunning)
                .matches(Link::isPointToPoint).matches(Link::isMulticast);
    }

    @Test
    void ignoresWhatBridgesSayOfTheirPorts() {
        int length = request(Rtnetlink.DELETE_LINK).u8(7).u8(0).u16(1).u32(7).u32(0).u32(0)
                .attribute(Rtnetlink.IFLA_IFNAME, "eth0").finish();
        assertThat(NetlinkParser.event(message(length))).isNull();
    }

    @Test
    void takesTheOwnAddressOfAPointToPointLink() throws UnknownHostException {
        int length = request(Rtnetlink.NEW_ADDRESS).u8(2).u8(32).u8(0x80).u8(0).u32(3)
                .attribute(Rtnetlink.IFA_LOCAL, address("10.0.0.1"))
                .attribute(Rtnetlink.IFA_ADDRESS, address("10.0.0.2")).finish();
        assertThat(NetlinkParser.address(message(length)))
                .isEqualTo(new LocalAddress(address("10.0.0.1"), 32, 3, 0x80));
    }

    @Test
    void readsRoutesOfEveryShape() throws UnknownHostException {
        int length = request(Rtnetlink.NEW_ROUTE).u8(10).u8(0).u8(0).u8(0).u8(254).u8(3).u8(0).u8(1).u32(0)
                .attribute(Rtnetlink.RTA_GATEWAY, address("fe80::1")).attributeU32(Rtnetlink.RTA_OIF, 2)
                .attributeU32(Rtnetlink.RTA_PRIORITY, 1024).attributeU32(Rtnetlink.RTA_TABLE, 51821).finish();
        assertThat(NetlinkParser.route(message(length))).isEqualTo(
                new Route(address("::"), 0, 2, 1024, 51821, RouteType.UNICAST, 3, address("fe80::1")));
        length = request(Rtnetlink.NEW_ROUTE).u8(2).u8(8).u8(0).u8(0).u8(254).u8(161).u8(0).u8(7).u32(0)
                .attribute(Rtnetlink.RTA_DST, address("10.0.0.0")).finish();
        Route unreachable = NetlinkParser.route(message(length));
        assertThat(unreachable).isEqualTo(Route.unreachable(address("10.0.0.0"), 8, 0)).matches(Route::isOwn)
                .hasToString("unreachable 10.0.0.0/8");
    }

    @Test
    void takesTheFirstOfSeveralNextHops() throws UnknownHostException {
        NetlinkRequest request = request(Rtnetlink.NEW_ROUTE).u8(2).u8(0).u8(0).u8(0).u8(254).u8(3).u8(0).u8(1).u32(0);
        int hops = request.begin(Rtnetlink.RTA_MULTIPATH);
        request.u16(16).u8(0).u8(0).u32(9).attribute(Rtnetlink.RTA_GATEWAY, address("192.0.2.1"));
        request.u16(16).u8(0).u8(0).u32(8).attribute(Rtnetlink.RTA_GATEWAY, address("192.0.2.2"));
        request.end(hops);
        Route route = NetlinkParser.route(message(request.finish()));
        assertThat(route).extracting("interfaceIndex", "gateway").containsExactly(9, address("192.0.2.1"));
    }

    @Test
    void keepsMappedAddressesIpv6() {
        byte[] mapped = HexFormat.of().parseHex("00000000000000000000ffff0a000001");
        int length = request(Rtnetlink.NEW_ROUTE).u8(10).u8(128).u8(0).u8(0).u8(254).u8(3).u8(0).u8(1).u32(0).finish();
        ByteBuffer out = buffer.duplicate().order(ByteOrder.nativeOrder());
        out.position(length).putShort((short) 20).putShort((short) Rtnetlink.RTA_DST).put(mapped);
        buffer.putInt(0, length + 20);
        Route route = NetlinkParser.route(message(length + 20));
        assertThat(route).isNotNull().extracting(found -> found.destination().getAddress()).isEqualTo(mapped);
    }

    @Test
    void walksFromMessageToMessageAndStopsAtABrokenLength() {
        int one = request(99).u32(5).finish();
        byte[] bytes = new byte[one];
        buffer.get(0, bytes);
        buffer.put(one, bytes);
        NetlinkMessage message = new NetlinkMessage(buffer, 2 * one);
        int messages = 0;
        while (message.next()) {
            messages++;
        }
        assertThat(messages).isEqualTo(2);
        buffer.putInt(one, one + 1);
        message = new NetlinkMessage(buffer, 2 * one);
        assertThat(message.next()).isTrue();
        assertThat(message.next()).isFalse();
    }

    @Test
    void readsTheKernelsOwnWordsFromAnError() {
        NetlinkRequest request = new NetlinkRequest(buffer, Rtnetlink.NLMSG_ERROR,
                Rtnetlink.F_CAPPED | Rtnetlink.F_ACK_TLVS, 1);
        request.u32(-22).u32(40).u32(0).u32(0).u32(0).attribute(Rtnetlink.ERROR_TEXT, "Nexthop is silly");
        assertThat(Netlink.kernelText(message(request.finish()))).isEqualTo("Nexthop is silly");
    }

    @Test
    void survivesRandomMutations() throws UnknownHostException {
        List<byte[]> seeds = new ArrayList<>();
        seeds.add(copy(request(Rtnetlink.NEW_LINK).u8(0).u8(0).u16(1).u32(7).u32(1).u32(0)
                .attribute(Rtnetlink.IFLA_IFNAME, "mesh0").finish()));
        seeds.add(copy(request(Rtnetlink.NEW_ADDRESS).u8(10).u8(64).u8(0).u8(0).u32(3)
                .attribute(Rtnetlink.IFA_ADDRESS, address("fd00::1")).finish()));
        seeds.add(copy(request(Rtnetlink.NEW_ROUTE).u8(2).u8(8).u8(0).u8(0).u8(254).u8(3).u8(0).u8(1).u32(0)
                .attribute(Rtnetlink.RTA_DST, address("10.0.0.0")).finish()));
        seeds.add(copy(request(Rtnetlink.NEW_RULE).u8(2).u8(0).u16(0).u32(254).u32(2)
                .attributeU32(Rtnetlink.FRA_TABLE, 5).finish()));
        SplittableRandom random = new SplittableRandom(11);
        int events = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] mutated = seeds.get(random.nextInt(seeds.size())).clone();
            for (int flips = random.nextInt(5); flips > 0; flips--) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
            }
            events += parse(Arrays.copyOf(mutated, random.nextInt(mutated.length + 1)));
        }
        assertThat(events).isPositive();
    }

    private int parse(byte[] content) {
        buffer.put(0, content);
        NetlinkMessage message = new NetlinkMessage(buffer, content.length);
        int events = 0;
        while (message.next()) {
            events += NetlinkParser.event(message) == null ? 0 : 1;
            Netlink.kernelText(message);
        }
        return events;
    }

    private byte[] copy(int length) {
        byte[] bytes = new byte[length];
        buffer.get(0, bytes);
        return bytes;
    }
}

package io.meshd.daemon.doctor;

import io.meshd.daemon.files.Owner;
import io.meshd.netio.Link;
import io.meshd.netio.LocalAddress;
import io.meshd.netio.Route;
import io.meshd.netio.RouteType;
import io.meshd.netio.RoutingRule;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A host without faults, until a test says otherwise: eth0 with 192.0.2.10/24 and a router, nothing else. */
final class FakeHost extends HostView {
    static final int ETHER = 1;
    static final int NO_LINK_LAYER = 0xfffe;
    static final int UP = 0x1 | 0x40 | 0x1000;
    static final int LOOPBACK = 1;
    static final int ETH0 = 2;
    static final int MESH0 = 3;
    private static final int MAIN = Route.MAIN_TABLE;

    boolean root = true;
    String tunFault = "";
    boolean netAdmin = true;
    boolean userNamespace;
    String kernel = "6.1.0-18-amd64";
    boolean portFree = true;
    String portHolder = "";
    boolean offload = true;
    boolean writable = true;
    long usableBytes = 1L << 30;
    String firewall = "";
    Processes.@Nullable Running process;
    final List<Link> links = new ArrayList<>(List.of(
            new Link(LOOPBACK, "lo", 0x1 | 0x8 | 0x40, 65_536, "", 772),
            new Link(ETH0, "eth0", UP, 1500, "", ETHER)));
    final List<LocalAddress> addresses = new ArrayList<>(List.of(address(ETH0, "192.0.2.10", 24)));
    final List<Route> routes = new ArrayList<>(List.of(
            route("0.0.0.0", 0, ETH0, MAIN, "192.0.2.1"), route("192.0.2.0", 24, ETH0, MAIN, null)));
    final List<RoutingRule> rules = new ArrayList<>(List.of(rule(0, 255), rule(32_766, MAIN), rule(32_767, 253)));
    final Map<String, String> sysctls = new HashMap<>(Map.of("net/ipv4/ip_forward", "1",
            "net/ipv6/conf/all/forwarding", "1", "net/ipv6/conf/all/disable_ipv6", "0",
            "net/ipv4/conf/all/rp_filter", "2", "net/ipv4/conf/eth0/rp_filter", "1"));
    final Map<String, String> nameFaults = new HashMap<>();
    final Map<String, String> routeFaults = new HashMap<>();

    FakeHost() throws IOException {
        Owner owner = Owner.ofThisProcess();
        process = new Processes.Running(owner.uid(), owner.gid(), Set.of(), 60, 4096);
    }

    static LocalAddress address(int link, String address, int length) {
        return new LocalAddress(InetAddress.ofLiteral(address), length, link, 0);
    }

    static Route route(String destination, int length, int link, int table, @Nullable String gateway) {
        return new Route(InetAddress.ofLiteral(destination), length, link, 0, table, RouteType.UNICAST, 3,
                gateway == null ? null : InetAddress.ofLiteral(gateway));
    }

    static RoutingRule rule(int priority, int table) {
        return new RoutingRule(false, priority, 0, 0, false, table, -1, 2, 1);
    }

    void link(int index, String name, String kind, int type) {
        links.add(new Link(index, name, UP, 1420, kind, type));
    }

    @Override
    boolean isRoot() {
        return root;
    }

    @Override
    String tunFault() {
        return tunFault;
    }

    @Override
    boolean hasNetAdmin() {
        return netAdmin;
    }

    @Override
    boolean isUserNamespace() {
        return userNamespace;
    }

    @Override
    String kernelRelease() {
        return kernel;
    }

    @Override
    boolean isPortFree(int port) {
        return portFree;
    }

    @Override
    String portHolder(int port) {
        return portHolder;
    }

    @Override
    Processes.@Nullable Running process(long pid) {
        return process;
    }

    @Override
    Processes.@Nullable Running self() {
        return process;
    }

    @Override
    List<Link> links() {
        return links;
    }

    @Override
    List<LocalAddress> addresses() {
        return addresses;
    }

    @Override
    List<Route> routes() {
        return routes;
    }

    @Override
    List<RoutingRule> rules() {
        return rules;
    }

    @Override
    boolean hasOffload(String device) {
        return offload;
    }

    @Override
    String sysctl(String path) {
        return sysctls.getOrDefault(path, "");
    }

    @Override
    boolean isWritable(Path directory) {
        return writable;
    }

    @Override
    long usableBytes(Path directory) {
        return usableBytes;
    }

    @Override
    String firewallRules() throws IOException {
        if (!root) {
            throw new IOException("the rules of nftables");
        }
        return firewall;
    }

    @Override
    Map<String, String> nameFaults(Collection<String> names) {
        Map<String, String> faults = new HashMap<>(nameFaults);
        faults.keySet().retainAll(names);
        return faults;
    }

    @Override
    String routeFault(InetSocketAddress to) {
        return routeFaults.getOrDefault(to.getAddress().getHostAddress(), "");
    }
}

package io.meshd.daemon.lab;

import java.util.ArrayList;
import java.util.List;

/**
 * A router in a namespace between a switch of its own and a larger network: the outside, or the inside of another router,
 * which makes two levels of NAT.
 *
 * <p>Its behaviour can be changed at any time; connections that it already tracks keep theirs until {@link #restart}.
 */
public final class Router {
    /** What it does with IPv6, which is never translated. */
    public enum V6 {
        /** There is none inside. */
        NONE,
        /** In comes what was asked for. */
        FIREWALL,
        /** All passes. */
        OPEN
    }

    private static final int GATEWAY_NUMBER = 1;
    private static final int TIMEOUT_SECONDS = 120;

    private final Lab lab;
    private final LabHost machine;
    private final Switch outside;
    private final int number;
    private final Switch inside;
    private final Interference interference;
    private final List<String> forwards = new ArrayList<>();
    private final boolean hasV4;
    private final V6 v6;
    private NatKind kind;
    private boolean hairpin;
    private int timeoutSeconds = TIMEOUT_SECONDS;

    Router(Lab lab, LabHost machine, Switch outside, int number, String prefix4, String prefix6, NatKind kind,
            boolean hasV4, V6 v6) {
        this.lab = lab;
        this.machine = machine;
        this.outside = outside;
        this.number = number;
        this.kind = kind;
        this.hasV4 = hasV4;
        this.v6 = v6;
        this.inside = new Switch(machine.namespace(), "lan0", prefix4, prefix6, GATEWAY_NUMBER, this);
        this.interference = new Interference("wan", true, machine::nft);
        outside.plug(machine.namespace(), "wan", number);
        machine.routeOut(outside);
        if (kind.isRouted()) {
            outside.announce(inside.range4(), address());
        }
        if (v6 != V6.NONE) {
            outside.announce(inside.range6(), address6());
        }
        translate();
        machine.nft("""
                table ip6 lab_v6 {
                    chain pass {
                        type filter hook forward priority 0; policy accept;
                        %s
                    }
                }
                """.formatted(switch (v6) {
            case NONE -> "drop";
            case FIREWALL -> "iifname \"wan\" ct state established,related accept\niifname \"wan\" drop";
            case OPEN -> "";
        }));
    }

    void announce(String range) {
        outside.announce(range, range.contains(":") ? address6() : address());
    }

    boolean hasV4() {
        return hasV4;
    }

    boolean hasV6() {
        return v6 != V6.NONE;
    }

    /** A new host behind this router, with a default route through it. */
    public LabHost host(String name) {
        return lab.host(name, inside);
    }

    /** A router behind this one. */
    public Router router(String name, NatKind newKind) {
        return lab.router(name, inside, newKind, true, V6.NONE);
    }

    /** The namespace itself, to run programs on the router. */
    public LabHost machine() {
        return machine;
    }

    Switch inside() {
        return inside;
    }

    /** Its IPv4 address on the outer side. */
    public String address() {
        return outside.v4(number);
    }

    /** Its IPv6 address on the outer side. */
    public String address6() {
        return outside.v6(number);
    }

    /** What is behind it, in IPv6. */
    public String range6() {
        return inside.range6();
    }

    /** Treats new connections in another way from now on. */
    public void nat(NatKind newKind) {
        if (newKind.isRouted() != kind.isRouted()) {
            throw new IllegalArgumentException("the addresses inside are made for " + kind);
        }
        kind = newKind;
        translate();
    }

    /** Whether a datagram from inside for an outer endpoint of the router itself comes back in. */
    public void hairpin(boolean turnsAround) {
        hairpin = turnsAround;
        translate();
    }

    /** Maps a UDP port of the outer address to a host, as its owner would. */
    public void forward(int outerPort, LabHost to, int port) {
        forwards.add("iifname wan udp dport " + outerPort + " dnat ip to " + to.address() + ":" + port);
        translate();
    }

    /** Has miniupnpd at hand, which speaks what these lines of its configuration say. */
    public Miniupnpd miniupnpd(String protocols) {
        return new Miniupnpd(machine, "wan", inside.range4(), protocols);
    }

    /** After how many seconds it forgets connections that were never answered, and those that were. */
    public void timeouts(int unansweredSeconds, int answeredSeconds) {
        machine.setting("net.netfilter.nf_conntrack_udp_timeout", unansweredSeconds);
        machine.setting("net.netfilter.nf_conntrack_udp_timeout_stream", answeredSeconds);
        timeoutSeconds = answeredSeconds;
        translate();
    }

    /** Packets larger than this do not pass in either direction; an ICMP error tells the sender. */
    public void mtu(int bytes) {
        String most = Integer.toString(bytes);
        route("default", "via", outside.gateway4(), "mtu", "lock", most);
        route(outside.range4(), "dev", "wan", "proto", "kernel", "scope", "link", "src", address(), "mtu", "lock",
                most);
        route(inside.range4(), "dev", "lan0", "proto", "kernel", "scope", "link", "src", inside.gateway4(), "mtu",
                "lock",
                most);
        if (outside.hasV6()) {
            route("default", "via", outside.gateway6(), "mtu", "lock", most);
            route(outside.range6(), "dev", "wan", "proto", "kernel", "metric", "256", "mtu", "lock", most);
            route(inside.range6(), "dev", "lan0", "proto", "kernel", "metric", "256", "mtu", "lock", most);
        }
    }

    private void route(String... words) {
        List<String> command = new ArrayList<>(List.of("ip", "route", "replace"));
        command.addAll(List.of(words));
        machine.run(command.toArray(String[]::new)).orThrow();
    }

    /** What goes wrong between inside and outside. */
    public Interference interference() {
        return interference;
    }

    /** Forgets all connections, as after a loss of power. */
    public void restart() {
        machine.run("conntrack", "-F").orThrow();
        translate();
    }

    private void translate() {
        machine.nft(kind.rules(address(), hairpin, timeoutSeconds, forwards));
    }
}

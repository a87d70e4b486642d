package io.meshd.daemon.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a {@link Router} does with IPv4 datagrams, by the names of RFC 3489 and, more exactly, of RFC 4787.
 *
 * <p>Linux has no such switch. Its source NAT chooses an outer port for each connection and lets in what belongs to a
 * connection, which makes filtering depend on address and port by itself. Mappings that do not depend on the other end
 * are made by computing the outer port from the inner endpoint; weaker filtering by a map of outer ports, learnt from what
 * leaves, by which new connections from outside are translated back.
 */
public enum NatKind {
    /** No translation: inside are addresses of the outside, and all passes. */
    NONE,
    /** No translation, and in comes only what was asked for. */
    FIREWALL,
    /** A mapping for each inner endpoint, open to everybody. */
    FULL_CONE,
    /** A mapping for each inner endpoint, open to addresses that it has sent to. */
    ADDRESS_RESTRICTED,
    /** A mapping for each inner endpoint, open to addresses and ports that it has sent to. */
    PORT_RESTRICTED,
    /** As {@link #PORT_RESTRICTED}, with the inner port outside: what {@code masquerade} does while no two collide. */
    MASQUERADE,
    /** A mapping for each inner endpoint and other end, each port above the last one. */
    SYMMETRIC_SEQUENTIAL,
    /** A mapping for each inner endpoint and other end, at any port. */
    SYMMETRIC_RANDOM;

    private static final int FIRST_PORT = 40_000;
    private static final int SEQUENCE = 2_048;

    /** Whether addresses inside are valid outside. */
    boolean isRouted() {
        return this == NONE || this == FIREWALL;
    }

    /**
     * The rules for a router: a table named {@code lab_nat} that takes the place of the one before it.
     *
     * @param wan      the router's address outside
     * @param forwards rules for ports that its owner opened
     */
    String rules(String wan, boolean hairpin, int timeoutSeconds, List<String> forwards) {
        List<String> inward = new ArrayList<>(forwards);
        inward.add(fromOutside());
        List<String> outward = new ArrayList<>(List.of(translation(wan)));
        if (hairpin) {
            // As if it came from outside (RFC 4787, REQ-9).
            inward.add("iifname lan0 ip daddr " + wan + " meta l4proto udp dnat ip to udp dport map @back");
            outward.add(
                    "oifname lan0 ct status dnat ip saddr != " + wan + " meta l4proto udp snat ip to " + wan + port());
        }
        String pass = this == NONE ? "" : """
                iifname wan ct state established,related accept
                iifname wan ct status dnat accept
                iifname wan drop""";
        return """
                table ip lab_nat
                delete table ip lab_nat
                table ip lab_nat {
                    map back {
                        type inet_service : ipv4_addr . inet_service; flags dynamic,timeout; size 65535; timeout %1$ds;
                    }
                    set talked {
                        type inet_service . ipv4_addr; flags dynamic,timeout; size 65535; timeout %1$ds;
                    }
                    chain learn {
                        type filter hook postrouting priority 110; policy accept;
                        oifname != wan accept
                        meta l4proto != udp accept
                        ct direction original update @back { udp sport : ct original ip saddr . ct original proto-src }
                        ct direction reply update @back { udp sport : ct reply ip saddr . ct reply proto-src }
                        update @talked { udp sport . ip daddr }
                    }
                    chain inward {
                        type nat hook prerouting priority -100; policy accept;
                        %2$s
                    }
                    chain outward {
                        type nat hook postrouting priority 100; policy accept;
                        %3$s
                    }
                    chain pass {
                        type filter hook forward priority 0; policy accept;
                        %4$s
                    }
                    chain own {
                        type filter hook input priority 0; policy accept;
                        iifname wan meta l4proto udp ct state new drop
                    }
                }
                """.formatted(timeoutSeconds, String.join("\n", inward), String.join("\n", outward), pass);
    }

    private String fromOutside() {
        return switch (this) {
            case FULL_CONE -> "iifname wan meta l4proto udp dnat ip to udp dport map @back";
            case ADDRESS_RESTRICTED ->
                "iifname wan udp dport . ip saddr @talked dnat ip to udp dport map @back";
            case NONE, FIREWALL, PORT_RESTRICTED, MASQUERADE, SYMMETRIC_SEQUENTIAL, SYMMETRIC_RANDOM -> "";
        };
    }

    private String translation(String wanAddress) {
        return switch (this) {
            case NONE, FIREWALL -> "";
            case MASQUERADE -> "oifname wan masquerade";
            case SYMMETRIC_RANDOM -> "oifname wan masquerade fully-random";
            case FULL_CONE, ADDRESS_RESTRICTED, PORT_RESTRICTED, SYMMETRIC_SEQUENTIAL ->
                "oifname wan meta l4proto udp snat ip to " + wanAddress + port() + "\n"
                        + "oifname wan masquerade";
        };
    }

    /** The outer port, as it stands behind an address. */
    private String port() {
        return switch (this) {
            case FULL_CONE, ADDRESS_RESTRICTED, PORT_RESTRICTED ->
                ": jhash ip saddr . udp sport mod 16384 seed 0x5eed offset 40000";
            // A table, since the numbers themselves would be ports with their bytes swapped.
            case SYMMETRIC_SEQUENTIAL -> IntStream.range(0, SEQUENCE)
                    .mapToObj(i -> i + " : " + (FIRST_PORT + i))
                    .collect(Collectors.joining(", ", ": numgen inc mod " + SEQUENCE + " map { ", " }"));
            case NONE, FIREWALL, MASQUERADE, SYMMETRIC_RANDOM -> "";
        };
    }
}

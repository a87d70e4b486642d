package io.meshd.daemon.lab;

import java.time.Duration;

/**
 * A home router with miniupnpd: a network inside, one address outside, and a firewall that lets in what was asked for or
 * mapped.
 *
 * <p>The outside needs addresses that miniupnpd takes for public ones, which those for documentation and for benchmarks
 * are not; they are on the lab's switch only.
 */
public final class MappingRouter {
    private static final String OUTSIDE = "11.22.33.";
    private static final String INSIDE = "192.168.77.";
    private static final String RULES = """
            table inet home {
              chain forward {
                type filter hook forward priority 0; policy drop;
                ct state established,related accept
                iifname "lan0" accept
                jump mapped
              }
              chain postrouting {
                oifname "eth0" masquerade
              }
            }
            table inet moods {
              chain in { type filter hook input priority -10; }
              chain out { type filter hook forward priority -10; }
            }
            """;

    private final LabHost host;
    private final Miniupnpd mapper;

    /** A router of this name, running. {@code protocols} are lines for miniupnpd: what to speak. */
    public MappingRouter(Lab lab, String name, String protocols) {
        host = lab.host(name);
        // miniupnpd maps at the first address of the interface.
        host.run("ip", "-4", "addr", "flush", "dev", "eth0").orThrow();
        host.run("ip", "addr", "add", outside(), "dev", "eth0").orThrow();
        mapper = new Miniupnpd(host, "eth0", INSIDE + "0/24", protocols);
        host.nft(RULES);
        host.run("sysctl", "-qw", "net.ipv4.ip_forward=1").orThrow();
    }

    public LabHost host() {
        return host;
    }

    /** Its outside address. */
    public String address() {
        return OUTSIDE + "1";
    }

    private String outside() {
        return address() + "/24";
    }

    /** Takes a host off the switch and puts it behind this router. */
    public void adopt(LabHost inner) {
        inner.run("ip", "link", "del", "eth0").orThrow();
        host.run("ip", "link", "add", "lan0", "type", "veth", "peer", "name", "eth0", "netns", inner.namespace())
                .orThrow();
        host.run("ip", "addr", "add", INSIDE + "1/24", "dev", "lan0").orThrow();
        host.run("ip", "link", "set", "lan0", "up").orThrow();
        inner.run("ip", "addr", "add", INSIDE + "2/24", "dev", "eth0").orThrow();
        inner.run("ip", "link", "set", "eth0", "up").orThrow();
        inner.run("ip", "route", "add", "default", "via", INSIDE + "1").orThrow();
    }

    /** Gives a host on the switch an address next to the router's outside one. */
    public static void join(LabHost outer, int number) {
        outer.run("ip", "addr", "add", OUTSIDE + number + "/24", "dev", "eth0").orThrow();
    }

    /** Switches miniupnpd on. */
    public void start() {
        mapper.start();
    }

    /** Switches it off and forgets all mappings, as a power cut does. */
    public void cutPower() {
        mapper.cutPower();
    }

    /** Drops what PCP clients ask without a word, as routers do that know only NAT-PMP. */
    public void forgetPcp() {
        host.run("nft", "add", "rule", "inet", "moods", "in", "udp", "dport", "5351", "@th,64,8", "2", "drop")
                .orThrow();
    }

    /** Drops what strangers send to mapped ports, although it goes on listing them. */
    public void breakMappings() {
        host.run("nft", "add", "rule", "inet", "moods", "out", "iifname", "eth0", "ct", "state", "new", "drop")
                .orThrow();
    }

    /** Lets them in again. */
    public void mendMappings() {
        host.run("nft", "flush", "chain", "inet", "moods", "out").orThrow();
    }

    /** Whether it forwards this outside port. */
    public boolean forwards(int port) {
        return mapper.forwards(port);
    }

    /** Waits until it forwards the port, or does not any more. */
    public boolean awaitForwards(int port, boolean expected, Duration patience) {
        return LabHost.await(patience, () -> forwards(port) == expected);
    }
}

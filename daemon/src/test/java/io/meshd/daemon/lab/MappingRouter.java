package io.meshd.daemon.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

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
              chain mapped { }
              chain prerouting { type nat hook prerouting priority -100; jump premapped; }
              chain premapped { }
              chain postrouting {
                type nat hook postrouting priority 100;
                jump postmapped
                oifname "eth0" masquerade
              }
              chain postmapped { }
            }
            table inet moods {
              chain in { type filter hook input priority -10; }
              chain out { type filter hook forward priority -10; }
            }
            """;

    private final LabHost host;
    private @Nullable Process daemon;

    /** A router of this name, running. {@code protocols} are lines for miniupnpd: what to speak. */
    public MappingRouter(Lab lab, String name, String protocols) {
        host = lab.host(name);
        // miniupnpd maps at the first address of the interface.
        host.run("ip", "-4", "addr", "flush", "dev", "eth0").orThrow();
        host.run("ip", "addr", "add", outside(), "dev", "eth0").orThrow();
        write("rules.nft", RULES);
        write("miniupnpd.conf", """
                ext_ifname=eth0
                listening_ip=lan0
                http_port=0
                secure_mode=yes
                system_uptime=no
                upnp_table_name=home
                upnp_nat_table_name=home
                upnp_forward_chain=mapped
                upnp_nat_chain=premapped
                upnp_nat_postrouting_chain=postmapped
                uuid=4d534844-0000-4000-8000-000000000001
                allow 1024-65535 192.168.77.0/24 1024-65535
                deny 0-65535 0.0.0.0/0 0-65535
                %s
                """.formatted(protocols));
        host.run("sysctl", "-qw", "net.ipv4.ip_forward=1").orThrow();
        host.run("nft", "-f", file("rules.nft")).orThrow();
    }

    private void write(String name, String text) {
        try {
            Files.writeString(Path.of(file(name)), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String file(String name) {
        return host.home().resolve(name).toString();
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
        daemon = host.start("miniupnpd.log", "miniupnpd", "-d", "-f", file("miniupnpd.conf"), "-P", file("pid"));
    }

    /** Switches it off and forgets all mappings, as a power cut does. */
    public void cutPower() {
        Process running = Objects.requireNonNull(daemon, "not started");
        running.destroyForcibly();
        try {
            running.waitFor(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (String chain : new String[]{"mapped", "premapped", "postmapped"}) {
            host.run("nft", "flush", "chain", "inet", "home", chain).orThrow();
        }
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
        return host.run("nft", "list", "chain", "inet", "home", "premapped").orThrow().out().contains("dport " + port);
    }

    /** Waits until it forwards the port, or does not any more. */
    public boolean awaitForwards(int port, boolean expected, Duration patience) {
        return LabHost.await(patience, () -> forwards(port) == expected);
    }
}

package io.meshd.daemon.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * miniupnpd on a router: maps ports for whoever asks inside, by NAT-PMP, PCP or UPnP-IGD, as many home routers do.
 *
 * <p>It refuses to map at an address that is no public one, which those for documentation and for benchmarks are not.
 */
public final class Miniupnpd {
    private static final String PROGRAM = "miniupnpd";
    /** Where it puts what it maps. Filtering is the router's. */
    private static final String CHAINS = """
            table inet home {
                chain mapped { }
                chain premapped { }
                chain prerouting {
                    type nat hook prerouting priority -100;
                    jump premapped
                }
                chain postmapped { }
                chain postrouting {
                    type nat hook postrouting priority 100;
                    jump postmapped
                }
            }
            """;

    private final LabHost machine;
    private @Nullable Process daemon;

    /**
     * Sets it up, not running yet.
     *
     * @param wan       the interface with the outside address
     * @param range     the addresses inside, whose interface is {@code lan0}
     * @param protocols lines of its configuration: what to speak
     */
    Miniupnpd(LabHost machine, String wan, String range, String protocols) {
        this.machine = machine;
        machine.nft(CHAINS);
        try {
            Files.writeString(Path.of(file("miniupnpd.conf")), """
                    ext_ifname=%s
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
                    allow 1024-65535 %s 1024-65535
                    deny 0-65535 0.0.0.0/0 0-65535
                    %s
                    """.formatted(wan, range, protocols));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether this machine has it. */
    public static boolean isInstalled() {
        String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin";
        return Stream.of(path.split(":")).anyMatch(folder -> Files.isExecutable(Path.of(folder, PROGRAM)));
    }

    private String file(String name) {
        return machine.home().resolve(name).toString();
    }

    /** Switches it on. */
    public void start() {
        daemon = machine.start("miniupnpd.log", PROGRAM, "-d", "-f", file("miniupnpd.conf"), "-P", file("pid"));
    }

    /** Switches it off and forgets all mappings, as a power cut does. */
    public void cutPower() {
        if (daemon != null) {
            daemon.destroyForcibly();
            try {
                daemon.waitFor(5, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            daemon = null;
        }
        for (String chain : List.of("mapped", "premapped", "postmapped")) {
            machine.run("nft", "flush", "chain", "inet", "home", chain).orThrow();
        }
    }

    /** Whether it forwards this outside port. */
    public boolean forwards(int port) {
        return machine.run("nft", "list", "chain", "inet", "home", "premapped").orThrow().out()
                .contains("dport " + port);
    }
}

package io.meshd.daemon.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.control.NetcheckReport;
import io.meshd.daemon.control.PathClass;
import io.meshd.daemon.control.PeersReport;
import io.meshd.daemon.control.RoutesReport;
import io.meshd.daemon.control.StatusReport;
import io.meshd.identity.OverlayAddresses;
import io.meshd.netio.Link;
import io.meshd.netio.Route;
import io.meshd.netio.RoutingRule;
import io.meshd.protocol.MemberState;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each fault of this list is found, and its cure is named. There is at least one for every topic. */
final class PlantedFaultsTest {
    private static final PeersReport.Path BY_RELAY = new PeersReport.Path(PathClass.RELAY, null, "gamma", 24.5, 0.0);

    @TempDir
    private Path directory;

    /**
     * One fault.
     *
     * @param message part of what is to be said
     * @param remedy  part of the cure
     * @param plant   makes the fault
     */
    record Fault(Topic topic, Check.Result result, String message, String remedy, Consumer<Patient> plant) {
        @Override
        public String toString() {
            return topic.label() + ": " + message;
        }
    }

    private static Fault fails(Topic topic, String message, String remedy, Consumer<Patient> plant) {
        return new Fault(topic, Check.Result.FAIL, message, remedy, plant);
    }

    private static Fault warns(Topic topic, String message, String remedy, Consumer<Patient> plant) {
        return new Fault(topic, Check.Result.WARN, message, remedy, plant);
    }

    static List<Fault> faults() {
        List<Fault> faults = new ArrayList<>();
        faults.addAll(ofFiles());
        faults.addAll(ofDevices());
        faults.addAll(ofNetworks());
        faults.addAll(ofTheMesh());
        return faults;
    }

    private static List<Fault> ofFiles() {
        return List.of(
                fails(Topic.CONFIG, "nod: unknown key", "meshd.toml:1", p -> p.config("[nod]")),
                fails(Topic.CONFIG, "writable by others", "chmod go-w ", p -> {
                    p.config("");
                    p.mode(p.home.config(), "rw-rw-rw-");
                }),
                warns(Topic.OPEN_DOOR, "strict_allowlist", "meshd.toml:2",
                        p -> p.config("[policy]\nstrict_allowlist = false")),
                fails(Topic.CLOCK, "1970-01-01", "timedatectl set-ntp true", p -> p.now = Instant.EPOCH),
                warns(Topic.CLOCK, "the clock went back", "timedatectl set-ntp true", p -> touch(p.home.identity(),
                        Patient.NOW.plusSeconds(86_400))),
                fails(Topic.IDENTITY, "open to others", "chmod 600 ", p -> p.mode(p.home.identity(), "rw-r--r--")),
                fails(Topic.IDENTITY, "identity", "identity init --force", p -> {
                    p.write(p.home.identity(), "nonsense");
                    p.mode(p.home.identity(), "rw-------");
                }),
                warns(Topic.IDENTITY, "there is none", "meshd identity init", p -> delete(p.home.identity())),
                fails(Topic.IDENTITY, "another key", "meshd down && meshd up --detach",
                        p -> p.up().peerId = Patient.key(9).peerId()),
                fails(Topic.FINGERPRINT, "is expected, but", "meshd.toml:2", p -> p.config("[node]\nfingerprint = \""
                        + Patient.key(7).fingerprint() + "\"")),
                fails(Topic.TRUST, "gamma.pub", "gamma.pub:1",
                        p -> p.write(p.home.operatorTrust().resolve("gamma.pub"), "nonsense")),
                fails(Topic.TRUST, "beta", "meshd untrust", p -> p.trust("gamma", "", Patient.BETA)),
                warns(Topic.TRUST, "nobody is trusted", "meshd trust KEY",
                        p -> delete(p.home.operatorTrust().resolve("beta.pub"))),
                warns(Topic.EXPIRY, "trust in beta ends soon: 2026-11-30", "beta.pub",
                        p -> p.trust("beta", "expires=\"2026-11-30\"", Patient.BETA)),
                warns(Topic.EXPIRY, "trust in beta has ended", "meshd untrust beta",
                        p -> p.trust("beta", "expires=\"2026-11-01\"", Patient.BETA)),
                fails(Topic.TRUST_FILES, "decide who is let in", "chmod go-w ",
                        p -> p.mode(p.home.operatorTrust(), "rwxr-xrwx")),
                fails(Topic.TRUST_FILES, "which runs as user 4999, cannot read", "chmod 644 ", p -> {
                    p.up().host.process = new Processes.Running(4999, 4999, Set.of(), 1, 4096);
                    p.mode(p.home.operatorTrust().resolve("beta.pub"), "rw-------");
                }),
                fails(Topic.TRUST_FILES, "cannot read", "chown 4999 ", p -> {
                    p.up().host.process = new Processes.Running(4999, 4999, Set.of(), 1, 4096);
                    p.mode(p.write(p.home.operatorTrust().resolve("beta.psk"), "secret"), "rw-------");
                }),
                warns(Topic.DERIVED_ADDRESSES, "beta has no IPv4 address", "meshd trust " + Patient.BETA.peerId(),
                        p -> p.trust("gamma", "prefix=\"" + OverlayAddresses.DEFAULT.v4Of(Patient.BETA) + "/32\"",
                                Patient.key(2))),
                fails(Topic.STATE, "cannot be written", "remount,rw", p -> p.host.writable = false),
                fails(Topic.STATE, "is full", "df -h ", p -> p.host.usableBytes = 4096),
                warns(Topic.STATE, "only 5 MiB left", "df -h ", p -> p.host.usableBytes = 5 << 20),
                warns(Topic.LEFTOVERS, "meshd.pid", "meshd up", p -> {
                    makeDirectory(p.home.run());
                    p.write(p.home.pidFile(), "4711");
                }),
                warns(Topic.LEFTOVERS, "unreachable 10.42.1.0/24", "ip route delete unreachable 10.42.1.0/24", p -> {
                    p.write(p.home.state().resolve("routes"), "10.42.1.0/24");
                    p.host.routes.add(Route.unreachable(InetAddress.ofLiteral("10.42.1.0"), 24, 0));
                }));
    }

    private static List<Fault> ofDevices() {
        return List.of(
                fails(Topic.TUN_DEVICE, "/dev/net/tun does not exist", "modprobe tun",
                        p -> p.host.tunFault = "/dev/net/tun does not exist: load the module with `modprobe tun`"),
                fails(Topic.RIGHTS, "CAP_NET_ADMIN", "setpriv", p -> p.host.netAdmin = false),
                fails(Topic.INTERFACE, "mesh0 is another interface of this host (bridge)", "tun.name",
                        p -> p.host.link(8, "mesh0", "bridge", FakeHost.ETHER)),
                fails(Topic.INTERFACE, "in use by another program", "tun.name",
                        p -> p.host.link(8, "mesh0", "tun", FakeHost.NO_LINK_LAYER)),
                fails(Topic.INTERFACE, "mesh0 is gone", "meshd up --detach", p -> p.running = true),
                fails(Topic.INTERFACE, "switched off", "ip link set mesh0 up", p -> {
                    p.running = true;
                    p.host.links.add(new Link(8, "mesh0", 0, 1420, "tun", FakeHost.NO_LINK_LAYER));
                }),
                warns(Topic.OFFLOAD, "kernel 4.15.0", "5.0 or newer", p -> p.host.kernel = "4.15.0"),
                warns(Topic.OFFLOAD, "mesh0 was made by another program", "ip link delete mesh0",
                        p -> p.up().host.offload = false),
                fails(Topic.UDP_PORT, "51821 is taken by coturn (pid 812)", "node.listen_port", p -> {
                    p.host.portFree = false;
                    p.host.portHolder = "coturn (pid 812)";
                }),
                fails(Topic.UDP_PORT, "another program", "ss -ulpn sport = :51821", p -> p.host.portFree = false),
                warns(Topic.UDP_PORT, "the daemon has 40000", "meshd reload", p -> p.up().port = 40_000),
                warns(Topic.SOCKET_BUFFERS, "net.core.rmem_max allows 212992", "sysctl -w net.core.rmem_max=8388608",
                        p -> {
                            p.host.userNamespace = true;
                            p.host.sysctls.put("net/core/rmem_max", "212992");
                        }),
                warns(Topic.OPEN_FILES, "96 more files", "LimitNOFILE",
                        p -> p.up().host.process = new Processes.Running(0, 0, Set.of(), 160, 256)));
    }

    private static List<Fault> ofNetworks() {
        return List.of(
                fails(Topic.LOCAL_NETWORKS, "192.0.2.0/25 of beta overlaps 192.0.2.0/24 on eth0", "beta.pub",
                        p -> p.trust("beta", "prefix=\"192.0.2.0/25\"", Patient.BETA)),
                fails(Topic.LOCAL_NETWORKS, "10.99.0.0/16 of tun.derive_from overlaps", "tun.derive_from",
                        p -> p.host.addresses.add(FakeHost.address(FakeHost.ETH0, "10.99.0.3", 16))),
                fails(Topic.OVERLAY_ADDRESS, "10.42.0.1", "ip address delete 10.42.0.1/32 dev eth0", p -> {
                    p.config("[tun]\naddress = \"10.42.0.1\"\nprefix_len = 32");
                    p.host.addresses.add(FakeHost.address(FakeHost.ETH0, "10.42.0.1", 32));
                }),
                warns(Topic.FORWARDING, "off, so only this host", "sysctl -w net.ipv4.ip_forward=1", p -> {
                    p.config("[node]\nprefixes = [\"192.168.50.0/24\"]");
                    p.host.sysctls.put("net/ipv4/ip_forward", "0");
                }),
                warns(Topic.FORWARDING, "off, so only this host", "sysctl -w net.ipv6.conf.all.forwarding=1", p -> {
                    p.config("[node]\nprefixes = [\"fd42:1::/64\"]");
                    p.host.sysctls.put("net/ipv6/conf/all/forwarding", "0");
                }),
                warns(Topic.RETURN_ROUTE, "neither an address nor a route in it", "ip route add 192.168.50.0/24 via",
                        p -> p.config("[node]\nprefixes = [\"192.168.50.0/24\"]")),
                fails(Topic.FORWARD_FILTER, "the policy of chain ip filter FORWARD",
                        "nft insert rule ip filter FORWARD iifname mesh0 accept", p -> {
                            p.config("[node]\nprefixes = [\"192.168.50.0/24\"]");
                            p.host.link(5, "lan0", "", FakeHost.ETHER);
                            p.host.addresses.add(FakeHost.address(5, "192.168.50.1", 24));
                            p.host.firewall = RulesetTest.DOCKER;
                        }),
                warns(Topic.IPV6, "switched off", "sysctl -w net.ipv6.conf.all.disable_ipv6=0",
                        p -> p.host.sysctls.put("net/ipv6/conf/all/disable_ipv6", "1")),
                warns(Topic.IPV6, "the kernel has none", "ipv6.disable",
                        p -> p.host.sysctls.remove("net/ipv6/conf/all/forwarding")),
                fails(Topic.REVERSE_PATH, "the kernel drops what comes by eth0",
                        "sysctl -w net.ipv4.conf.all.rp_filter=2", p -> {
                            p.trust("beta", "prefix=\"0.0.0.0/0\"", Patient.BETA);
                            p.host.sysctls.put("net/ipv4/conf/all/rp_filter", "0");
                        }),
                fails(Topic.ROUTING_RULES, "100.64.1.0/24 of beta go by table 52 (100.64.0.0/10 on tailscale0",
                        "ip rule add lookup main suppress_prefixlength 0 priority 5269", p -> {
                            p.trust("beta", "prefix=\"100.64.1.0/24\"", Patient.BETA);
                            p.host.link(5, "tailscale0", "tun", FakeHost.NO_LINK_LAYER);
                            p.host.routes.add(FakeHost.route("100.64.0.0", 10, 5, 52, null));
                            p.host.rules.add(FakeHost.rule(5_270, 52));
                        }),
                warns(Topic.DEFAULT_ROUTE, "there is none", "ip route add default",
                        p -> p.host.routes.removeIf(Route::isDefault)),
                warns(Topic.DEFAULT_ROUTE, "leads into wg0", "ip route add ADDRESS via", p -> {
                    p.host.link(5, "wg0", "wireguard", FakeHost.NO_LINK_LAYER);
                    p.host.routes.set(0, FakeHost.route("0.0.0.0", 0, 5, Route.MAIN_TABLE, null));
                }),
                warns(Topic.DEFAULT_ROUTE, "wg0 has caught the default route", "ip rule add fwmark 0x6d657368", p -> {
                    p.host.link(5, "wg0", "wireguard", FakeHost.NO_LINK_LAYER);
                    p.host.routes.add(FakeHost.route("0.0.0.0", 0, 5, 51_820, null));
                    p.host.rules.add(new RoutingRule(false, 32_765, 0xca6c, -1, true, 51_820, -1, 0, 1));
                }),
                warns(Topic.MTU, "eth0, the way out, has 1400", "set it to 1340: tun.mtu",
                        p -> p.host.links.set(1, new Link(FakeHost.ETH0, "eth0", FakeHost.UP, 1400, "", 1))),
                warns(Topic.MTU, "only 1300", "ip link set eth0 mtu 1500",
                        p -> p.host.links.set(1, new Link(FakeHost.ETH0, "eth0", FakeHost.UP, 1300, "", 1))),
                warns(Topic.MTU, "mesh0 has 1420, not 1280", "ip link set mesh0 mtu 1280",
                        p -> p.up().config("[tun]\nmtu = 1280")),
                warns(Topic.CONNECTION_TABLE, "65000 of 65536", "nf_conntrack_max=131072", p -> {
                    p.host.sysctls.put("net/netfilter/nf_conntrack_count", "65000");
                    p.host.sysctls.put("net/netfilter/nf_conntrack_max", "65536");
                }),
                fails(Topic.FIREWALL, "datagrams to UDP port 51821 by eth0 are dropped by a rule of chain inet filter",
                        "nft delete rule inet filter input handle 4", p -> p.host.firewall = RulesetTest.PORT_DROPPED),
                warns(Topic.FIREWALL, "only peers that this host calls first", "nft insert rule inet filter input udp "
                        + "dport 51821 accept", p -> p.host.firewall = RulesetTest.STATEFUL),
                fails(Topic.FIREWALL, "what comes out of mesh0 is dropped", "nft delete rule inet filter mesh handle 9",
                        p -> p.host.firewall = RulesetTest.DEVICE_DROPPED),
                warns(Topic.NAMES, "seed.example: it has no address", "getent hosts seed.example", p -> {
                    p.config("[[bootstrap_peers]]\naddress = \"udp://seed.example:51821\"");
                    p.host.nameFaults.put("seed.example", "it has no address");
                }),
                warns(Topic.SEED_ADDRESSES, "192.0.2.10:51821 is this host itself", "remove it",
                        p -> p.config("[[bootstrap_peers]]\naddress = \"udp://192.0.2.10:51821\"")),
                fails(Topic.SEED_ADDRESSES, "10.99.3.4:51821 lies in the mesh", "beta.pub",
                        p -> p.trust("beta", "seed=\"10.99.3.4:51821\"", Patient.BETA)),
                warns(Topic.SEED_ADDRESSES, "nothing can be sent to 203.0.113.9:51821", "ip route get 203.0.113.9",
                        p -> {
                            p.trust("beta", "seed=\"203.0.113.9:51821\"", Patient.BETA);
                            p.host.routeFaults.put("203.0.113.9", "Network is unreachable");
                        }));
    }

    private static List<Fault> ofTheMesh() {
        String trustThere = "run there: meshd trust ";
        return List.of(
                warns(Topic.DAEMON, "not running", "meshd up", p -> p.running = false),
                warns(Topic.VERSION, "still 0.0.9", "systemctl restart meshd", p -> p.up().version = "0.0.9"),
                warns(Topic.SEEDS, "198.51.100.10:51821 (option) is not reached: none of 1 trusted peers answers",
                        trustThere, p -> p.up().seed("option", "198.51.100.10:51821", null, "trying",
                                "none of 1 trusted peers answers")),
                warns(Topic.SEEDS, "there is none", "--seed HOST:PORT", p -> p.up().alive = 0),
                fails(Topic.TUNNELS, "beta is alive but not reached: Both NATs are hard.", "meshd why beta",
                        p -> p.up().peers.set(0, Patient.peer(MemberState.ALIVE, PeersReport.Path.NONE,
                                "Both NATs are hard."))),
                warns(Topic.RELAYED, "beta is reached only through the relay gamma: Both NATs are hard.",
                        "meshd why beta", p -> p.up().peers.set(0, Patient.peer(MemberState.ALIVE, BY_RELAY,
                                "Both NATs are hard."))),
                warns(Topic.ONE_SIDED_TRUST, "beta: no answer", trustThere, p -> {
                    p.up().peers.set(0, Patient.peer(MemberState.UNKNOWN, PeersReport.Path.NONE, null));
                    p.seed("trust", "beta.example:51821", "beta", "trying", "no answer");
                }),
                warns(Topic.ONE_SIDED_TRUST, "beta: no answer", trustThere, p -> p.up().peers.set(0,
                        Patient.peer(MemberState.ALIVE, PeersReport.Path.NONE,
                                "Others hear it: it may not trust this key. run there: meshd trust ID --name alpha"))),
                warns(Topic.KNOCKS, "3 handshakes", "meshd export", p -> p.up().knocks = 3),
                warns(Topic.NETWORKS, "2 claims for another network than home-net", "node.network_id",
                        p -> p.up().wrongNetwork = 2),
                warns(Topic.PREFIXES, "4 claims of prefixes", "meshd trust list", p -> p.up().wrongPrefix = 4),
                fails(Topic.ROUTES, "10.42.1.0/24 of beta is not installed: taken by eth0", "ip route show",
                        p -> p.up().routes.set(0, new RoutesReport.Route("10.42.1.0/24", "beta", null,
                                PathClass.DIRECT, false, "taken by eth0"))),
                fails(Topic.ROUTES, "not claimed by its owner", "on beta put 10.42.1.0/24 into node.prefixes",
                        p -> p.up().routes.set(0, new RoutesReport.Route("10.42.1.0/24", "beta",
                                Patient.BETA.peerId(), PathClass.DIRECT, false, "not claimed by its owner"))),
                fails(Topic.CLONED_KEY, "two daemons use the key of alpha", "identity init --force",
                        p -> p.up().warnings.add(StatusReport.CLONED_KEY + "alpha (run 7): stop one")),
                warns(Topic.SOURCES, "5 packets from addresses", "--prefix CIDR", p -> p.up().strayed = 5),
                warns(Topic.LOSS, "the path to beta loses 25 %", "meshd why beta",
                        p -> p.up().peers.set(0, Patient.peer(MemberState.ALIVE, new PeersReport.Path(PathClass.DIRECT,
                                "203.0.113.9:51821", null, 12.5, 0.25), null))),
                fails(Topic.NAT, "UDP is blocked on the way", "let UDP port 51821 out", p -> {
                    p.up().alive = 0;
                    p.publicEndpoints = List.of();
                    p.seed("option", "198.51.100.10:51821", null, "trying", "no answer");
                }),
                fails(Topic.NAT, "no address that others could reach", "ip address",
                        p -> p.up().netcheck = Patient.look(false, List.of(), List.of(), List.of(), 1420)),
                warns(Topic.NAT, "its own port", "forward UDP 51821 to this host",
                        p -> p.up().mapping = StatusReport.Mapping.ADDRESS_AND_PORT_DEPENDENT),
                warns(Topic.NAT, "did not say", "meshd netcheck", p -> p.up().netcheck = null),
                fails(Topic.RELAYS, "beta would need one, and no peer is trusted as one", "--relay",
                        p -> p.up().peers.set(0, Patient.peer(MemberState.ALIVE, PeersReport.Path.NONE, "Hard."))),
                fails(Topic.RELAYS, "gamma cannot carry: it does not serve", "--relay", p -> {
                    p.up().peers.set(0, Patient.peer(MemberState.ALIVE, PeersReport.Path.NONE, "Hard."));
                    p.netcheck = Patient.look(true, List.of(), List.of(),
                            List.of(new NetcheckReport.Relay("gamma", false, "it does not serve", null)), 1420);
                }),
                fails(Topic.RELAYS, "policy.allow_relay is false", "policy.allow_relay = true", p -> {
                    p.config("[policy]\nallow_relay = false");
                    p.up().peers.set(0, Patient.peer(MemberState.ALIVE, PeersReport.Path.NONE, "Hard."));
                }),
                warns(Topic.STUN, "stun.example:3478 does not answer", "nat.stun_servers",
                        p -> p.up().netcheck = Patient.look(true, List.of(),
                                List.of(new NetcheckReport.StunServer("stun.example:3478", "203.0.113.1:3478", null,
                                        "no answer", 3L)),
                                List.of(), 1420)),
                warns(Topic.PORT_MAPPING, "100.64.7.7:51821, which is no address of the Internet", "bridge mode",
                        p -> p.up().netcheck = Patient.look(true, List.of(new NetcheckReport.Mapping("pcp",
                                "192.0.2.1", "100.64.7.7:51821", false, false, 3600L)), List.of(), List.of(), 1420)),
                warns(Topic.PATH_MTU, "the path to beta carries only 1200 bytes", "tracepath 203.0.113.9",
                        p -> p.up().netcheck = Patient.look(true, List.of(), List.of(), List.of(), 1200)),
                warns(Topic.WARNINGS, "the interface was removed", "meshd status",
                        p -> p.up().warnings.add("the interface was removed by somebody else")));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void plantedFaultIsFoundAndItsCureNamed(Fault fault) throws IOException {
        Patient patient = new Patient(directory);
        assertThat(patient.examine()).noneMatch(check -> check.topic() == fault.topic
                && check.result() == fault.result && check.message().contains(fault.message)
                && fault.topic != Topic.DAEMON);

        fault.plant.accept(patient);

        List<Check> found = patient.examine();
        assertThat(found).as(found.toString()).anyMatch(check -> check.topic() == fault.topic
                && check.result() == fault.result && check.message().contains(fault.message)
                && Objects.requireNonNull(check.remedy()).contains(fault.remedy));
    }

    @Test
    void everyTopicHasAFault() {
        EnumSet<Topic> without = EnumSet.allOf(Topic.class);
        faults().forEach(fault -> without.remove(fault.topic));

        assertThat(without).isEmpty();
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void makeDirectory(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void touch(Path file, Instant moment) {
        try {
            Files.setLastModifiedTime(file, FileTime.from(moment));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}

package io.meshd.daemon.doctor;

import io.meshd.daemon.control.NetcheckReport;
import io.meshd.daemon.control.PathClass;
import io.meshd.daemon.control.PeersReport;
import io.meshd.daemon.control.SnapshotReport;
import io.meshd.daemon.control.StatusReport;
import io.meshd.protocol.MemberState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How this host can be reached, from what the daemon has just found out about the network. */
final class ReachChecks {
    /** IPv6 does not work below that (RFC 8200 section 5). */
    private static final int MTU_MIN = 1280;

    private final SnapshotReport snapshot;
    private final @Nullable NetcheckReport netcheck;
    private final boolean mayRelay;
    private final Findings findings;

    ReachChecks(SnapshotReport snapshot, @Nullable NetcheckReport netcheck, boolean mayRelay, Findings findings) {
        this.snapshot = snapshot;
        this.netcheck = netcheck;
        this.mayRelay = mayRelay;
        this.findings = findings;
    }

    void run() {
        if (netcheck == null) {
            findings.warn(Topic.NAT, "the daemon did not say how it sees the network", "meshd netcheck");
            return;
        }
        nat(netcheck);
        relays(netcheck);
        servers(netcheck);
        mappings(netcheck);
        sizes(netcheck);
    }

    private void nat(NetcheckReport look) {
        StatusReport status = snapshot.status();
        String forward = "forward UDP " + status.listenPort() + " to this host on its router, or switch on UPnP or "
                + "NAT-PMP there";
        if (look.families().stream().noneMatch(NetcheckReport.Family::usable)) {
            findings.fail(Topic.NAT, "this host has no address that others could reach", "ip address");
        } else if (isSilent(status)) {
            findings.fail(Topic.NAT, "nothing comes back from any of " + Words.count(status.seeds().size(), "place")
                    + ": UDP is blocked on the way, or nobody there trusts this key",
                    "let UDP port "
                            + status.listenPort() + " out on the firewall of this network; then: meshd netcheck");
        } else if (status.peers().alive() > 0 && !status.nat().portMapped() && isHard(status.nat().mapping())) {
            findings.warn(Topic.NAT, "this NAT gives each destination its own port, so peers behind others like it are "
                    + "reached by relays only", forward);
        }
        findings.passUnlessFound(Topic.NAT, look.families().stream().filter(NetcheckReport.Family::usable)
                .map(family -> family.family() + ": " + family.nat().meaning()).reduce((a, b) -> a + "; " + b)
                .orElse("nothing is known"));
    }

    private static boolean isSilent(StatusReport status) {
        return status.peers().alive() == 0 && status.publicEndpoints().isEmpty() && !status.seeds().isEmpty()
                && status.seeds().stream().allMatch(seed -> seed.lastError() != null);
    }

    private static boolean isHard(StatusReport.Mapping mapping) {
        return switch (mapping) {
            case ADDRESS_DEPENDENT, ADDRESS_AND_PORT_DEPENDENT -> true;
            case ENDPOINT_INDEPENDENT, NONE, UNKNOWN -> false;
        };
    }

    private void relays(NetcheckReport look) {
        List<String> stranded = snapshot.peers().peers().stream()
                .filter(peer -> peer.state() == MemberState.ALIVE && peer.path().pathClass() == PathClass.NONE
                        && peer.why() != null)
                .map(PeersReport.Peer::name).toList();
        List<String> usable = look.relays().stream().filter(NetcheckReport.Relay::usable)
                .map(NetcheckReport.Relay::relay).toList();
        if (stranded.isEmpty()) {
            findings.pass(Topic.RELAYS, usable.isEmpty()
                    ? "none, and none is needed"
                    : Words.list(usable)
                            + " can carry");
        } else if (!mayRelay) {
            findings.fail(Topic.RELAYS, Words.list(stranded) + " would need one, and policy.allow_relay is false",
                    "policy.allow_relay = true in the configuration of both ends, then: meshd reload");
        } else if (usable.isEmpty()) {
            findings.fail(Topic.RELAYS, Words.list(stranded) + " would need one, and "
                    + (look.relays().isEmpty() ? "no peer is trusted as one" : reasons(look)),
                    "on this host and on that one: meshd trust RELAY_PEER_ID --name RELAY --relay, of a peer that both "
                            + "reach");
        } else {
            findings.pass(Topic.RELAYS, Words.list(usable) + " can carry, as soon as both ends trust them as relays");
        }
    }

    private static String reasons(NetcheckReport look) {
        return Words.list(look.relays().stream().map(relay -> relay.relay() + " cannot carry: " + relay.reason())
                .toList());
    }

    private void servers(NetcheckReport look) {
        look.stunServers().stream().filter(server -> server.error() != null && server.address() != null).forEach(
                server -> findings.warn(Topic.STUN, server.server() + " does not answer: " + server.error(),
                        "name another in nat.stun_servers, then: meshd reload"));
        findings.passUnlessFound(Topic.STUN, look.stunServers().isEmpty()
                ? "none is configured: peers tell where they see this host"
                : "they answer");
    }

    private void mappings(NetcheckReport look) {
        look.portMapping().mappings().stream().filter(mapping -> !mapping.isPublic()).forEach(
                mapping -> findings.warn(Topic.PORT_MAPPING, "the router at " + mapping.router() + " maps "
                        + mapping.external() + ", which is no address of the Internet: there is a second NAT before it",
                        "put that router into bridge mode, ask the provider for a public address, or use IPv6"));
        findings.passUnlessFound(Topic.PORT_MAPPING, !look.portMapping().enabled()
                ? "nat.port_mapping is false"
                : look.portMapping().mappings().isEmpty()
                        ? "no router maps ports, or none is needed"
                        : "the router maps "
                                + Words.list(look.portMapping().mappings().stream()
                                        .map(NetcheckReport.Mapping::external).toList()));
    }

    private void sizes(NetcheckReport look) {
        look.paths().stream().filter(path -> path.mtuBytes() < MTU_MIN).forEach(
                path -> findings.warn(Topic.PATH_MTU, "the path to " + path.peer() + " carries only "
                        + path.mtuBytes() + " bytes: larger packets travel in pieces",
                        "look for another tunnel or a "
                                + "small MTU on the way: tracepath " + host(path.path())));
        findings.passUnlessFound(Topic.PATH_MTU, look.paths().isEmpty()
                ? "no path is in use"
                : "each carries packets of 1280 bytes and more");
    }

    private static String host(String endpoint) {
        int colon = endpoint.lastIndexOf(':');
        return colon < 0 ? endpoint : endpoint.substring(0, colon).replace("[", "").replace("]", "");
    }
}

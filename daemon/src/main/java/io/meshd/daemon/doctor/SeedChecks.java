package io.meshd.daemon.doctor;

import io.meshd.daemon.config.BootstrapPeer;
import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.HostPort;
import io.meshd.identity.IpAddress;
import io.meshd.identity.Prefix;
import io.meshd.identity.TrustedPeer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where this host is told to look for others: whether anything can be there, before anybody is asked. */
final class SeedChecks {
    /** More names than that are looked up by the daemon only. */
    private static final int NAMES_MAX = 16;

    private final Subject subject;
    private final Findings findings;

    SeedChecks(Subject subject, Findings findings) {
        this.subject = subject;
        this.findings = findings;
    }

    void run() {
        Map<HostPort, String> places = places();
        names(places);
        addresses(places);
    }

    /** Each place with where it is written. */
    private Map<HostPort, String> places() {
        Map<HostPort, String> places = new LinkedHashMap<>();
        for (BootstrapPeer seed : subject.config().bootstrapPeers()) {
            if (seed.place() instanceof BootstrapPeer.Place.Udp(HostPort address)) {
                places.putIfAbsent(address, subject.place("bootstrap_peers"));
            }
        }
        for (TrustedPeer peer : subject.peers()) {
            HostPort place = place(peer);
            if (place != null) {
                places.putIfAbsent(place, peer.source());
            }
        }
        return places;
    }

    private static @Nullable HostPort place(TrustedPeer peer) {
        return switch (peer.entry()) {
            case AuthorizedKey.Member member -> member.seed();
            case AuthorizedKey.Stock stock -> stock.endpoint();
        };
    }

    private void names(Map<HostPort, String> places) {
        List<String> names = Stream.concat(places.keySet().stream(), subject.config().nat().stunServers().stream())
                .filter(place -> place.address() == null).map(HostPort::host).distinct().limit(NAMES_MAX).toList();
        if (names.isEmpty()) {
            findings.pass(Topic.NAMES, "no seed has a name to look up");
            return;
        }
        try {
            subject.host().nameFaults(names).forEach((name, fault) -> findings.warn(Topic.NAMES, name + ": " + fault,
                    "getent hosts " + name + "; if that is silent as well change " + written(places, name)
                            + ", or mend /etc/resolv.conf"));
        } catch (IOException e) {
            findings.unseen(Topic.NAMES, Words.list(names) + ": " + e.getMessage());
        }
        findings.passUnlessFound(Topic.NAMES, Words.list(names) + " can be looked up");
    }

    private String written(Map<HostPort, String> places, String name) {
        return places.entrySet().stream().filter(entry -> entry.getKey().host().equals(name)).map(Map.Entry::getValue)
                .findFirst().orElse(subject.place("nat.stun_servers"));
    }

    private void addresses(Map<HostPort, String> places) {
        int looked = 0;
        for (Map.Entry<HostPort, String> entry : places.entrySet()) {
            IpAddress address = entry.getKey().address();
            if (address != null) {
                looked++;
                address(entry.getKey(), address, entry.getValue());
            }
        }
        findings.passUnlessFound(Topic.SEED_ADDRESSES, looked == 0
                ? "no seed has a fixed address"
                : Words.count(looked, "seed") + " with an address that can be called");
    }

    private void address(HostPort place, IpAddress address, String written) {
        if (isOwn(place, address)) {
            findings.warn(Topic.SEED_ADDRESSES, place + " is this host itself", "remove it: " + written);
        } else if (isInMesh(address)) {
            findings.fail(Topic.SEED_ADDRESSES, place + " lies in the mesh, which is reached by seeds only",
                    "put the host's address outside the mesh there: " + written);
        } else {
            String fault = subject.host().routeFault(new InetSocketAddress(address.toInetAddress(), place.port()));
            if (!fault.isEmpty()) {
                findings.warn(Topic.SEED_ADDRESSES, "nothing can be sent to " + place + ": " + fault,
                        "ip route get " + address + ", or change " + written);
            }
        }
    }

    private boolean isOwn(HostPort place, IpAddress address) {
        try {
            return place.port() == subject.port() && subject.host().addresses().stream()
                    .anyMatch(local -> IpAddress.of(local.address()).equals(address));
        } catch (IOException _) {
            // The checks of the network say so.
            return false;
        }
    }

    private boolean isInMesh(IpAddress address) {
        Prefix v4 = subject.config().tun().deriveFrom().v4();
        Prefix v6 = subject.config().tun().deriveFrom().v6();
        return Stream.concat(Stream.of(v4, v6).filter(range -> range != null),
                subject.peers().stream().flatMap(peer -> peer.prefixes().stream()))
                .anyMatch(prefix -> !prefix.isDefaultRoute() && prefix.contains(address));
    }
}

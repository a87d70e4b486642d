package io.meshd.daemon.runtime;

import io.meshd.daemon.node.MeshNode;
import io.meshd.discovery.Seed;
import io.meshd.discovery.SeedSource;
import io.meshd.identity.HostPort;
import io.meshd.identity.PublicKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks up the names of seeds and the TXT records that list seeds, for as long as the daemon runs.
 *
 * <p>Called by the node thread each second; answers come back to it through the inbox.
 */
final class SeedLookup implements AutoCloseable {
    private static final String TXT_PREFIX = "_meshd._udp.";
    private static final String TXT_VERSION = "v=meshd1";
    /** TXT records change when an operator edits them: no need to ask more often. */
    private static final long TXT_EVERY_NANOS = 60_000_000_000L;
    private static final long TXT_RETRY_NANOS = 5_000_000_000L;

    private final DnsResolver resolver = new DnsResolver();
    private final Inbox inbox;
    private final Set<String> underWay = new HashSet<>();
    private final Map<String, List<Seed>> txtSeeds = new LinkedHashMap<>();
    private List<String> domains = List.of();
    private long txtDueNanos;

    SeedLookup(Inbox inbox) {
        this.inbox = inbox;
    }

    /** The domains to ask from now on. Node thread. */
    void domains(long nowNanos, List<String> newDomains) {
        domains = List.copyOf(newDomains);
        txtSeeds.keySet().retainAll(domains);
        txtDueNanos = nowNanos;
    }

    /** Starts the lookups that are due. Node thread. */
    void turn(MeshNode node, long nowNanos) {
        for (String name : node.unresolvedSeeds()) {
            if (underWay.add(name)) {
                resolver.addresses(name, (addresses, error) -> inbox.offer((owned, now) -> {
                    underWay.remove(name);
                    owned.resolved(now, name, addresses, error);
                }));
            }
        }
        if (txtDueNanos - nowNanos <= 0) {
            txtDueNanos = nowNanos + TXT_EVERY_NANOS;
            domains.forEach(this::askTxt);
        }
    }

    private void askTxt(String domain) {
        resolver.texts(TXT_PREFIX + domain, (texts, error) -> inbox.offer((owned, now) -> {
            if (error != null) {
                txtDueNanos = now + TXT_RETRY_NANOS;
                return;
            }
            txtSeeds.put(domain, texts.stream().flatMap(text -> seed(text).stream()).toList());
            owned.seeds(now, SeedSource.TXT, txtSeeds.values().stream().flatMap(List::stream).toList());
        }));
    }

    /** The seed of {@code v=meshd1 addr=HOST:PORT [peer=PEER_ID]}; none when the text is something else. */
    static List<Seed> seed(String text) {
        String[] words = text.strip().split("\\s+", -1);
        if (words.length < 2 || !words[0].equals(TXT_VERSION)) {
            return List.of();
        }
        List<Seed> found = new ArrayList<>();
        HostPort address = null;
        PublicKey peer = null;
        for (String word : words) {
            if (word.startsWith("addr=")) {
                address = HostPort.parse(word.substring("addr=".length())).orNull();
            } else if (word.startsWith("peer=")) {
                peer = key(word.substring("peer=".length()));
                if (peer == null) {
                    return List.of();
                }
            }
        }
        if (address != null && address.port() != 0) {
            found.add(new Seed(SeedSource.TXT, address.host(), address.port(), peer));
        }
        return found;
    }

    private static @Nullable PublicKey key(String text) {
        return PublicKey.ofPeerId(text);
    }

    @Override
    public void close() {
        resolver.close();
    }
}

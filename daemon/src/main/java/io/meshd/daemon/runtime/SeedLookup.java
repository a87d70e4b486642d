package io.meshd.daemon.runtime;

import io.meshd.daemon.node.MeshNode;
import java.util.HashSet;
import java.util.Set;

/**
 * Looks up the names of seeds and STUN servers and the TXT records that list seeds, for as long as the daemon runs.
 *
 * <p>Called by the node thread each second; answers come back to it through the inbox.
 */
final class SeedLookup implements AutoCloseable {
    private static final String TXT_PREFIX = "_meshd._udp.";

    private final DnsResolver resolver = new DnsResolver();
    private final Inbox inbox;
    private final Set<String> underWay = new HashSet<>();

    SeedLookup(Inbox inbox) {
        this.inbox = inbox;
    }

    /** Starts the lookups that are due. Node thread. */
    void turn(MeshNode node) {
        for (String name : node.insight().unresolvedNames()) {
            if (underWay.add(name)) {
                resolver.addresses(name, (addresses, error) -> inbox.offer((owned, now) -> {
                    underWay.remove(name);
                    owned.resolved(now, name, addresses, error);
                }));
            }
        }
        for (String domain : node.insight().unresolvedDomains()) {
            String name = TXT_PREFIX + domain;
            if (underWay.add(name)) {
                resolver.texts(name, (records, error) -> inbox.offer((owned, now) -> {
                    underWay.remove(name);
                    owned.domainResolved(now, domain, records, error);
                }));
            }
        }
    }

    @Override
    public void close() {
        resolver.close();
    }
}

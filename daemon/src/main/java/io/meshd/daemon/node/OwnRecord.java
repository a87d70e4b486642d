package io.meshd.daemon.node;

import io.meshd.identity.Identity;
import io.meshd.protocol.NodeRecord;
import java.net.InetSocketAddress;
import java.util.List;

/** What this node says of itself: its settings and endpoints, signed. Node thread. */
final class OwnRecord {
    private final Identity identity;
    private final long epoch;
    private NodeSettings settings;
    private List<InetSocketAddress> endpoints = List.of();
    private NodeRecord current;

    OwnRecord(Identity identity, long epoch, NodeSettings settings) {
        this.identity = identity;
        this.epoch = epoch;
        this.settings = settings;
        this.current = sign(0);
    }

    NodeSettings settings() {
        return settings;
    }

    List<InetSocketAddress> endpoints() {
        return endpoints;
    }

    NodeRecord current() {
        return current;
    }

    void settings(NodeSettings newSettings) {
        settings = newSettings;
    }

    void endpoints(List<InetSocketAddress> newEndpoints) {
        endpoints = List.copyOf(newEndpoints);
    }

    /** Signs what is true now, as the successor of the current record. */
    NodeRecord renew() {
        current = sign(current.sequence() + 1);
        return current;
    }

    private NodeRecord sign(long sequence) {
        return NodeRecord.sign(identity, epoch, sequence, settings.name(), settings.networkId(),
                settings.capabilities(), settings.mtu(), settings.prefixes(), endpoints);
    }

    /** Whether a record is of this mesh and of a version that this node speaks. */
    boolean isCompatible(NodeRecord record) {
        return record.networkId().equals(settings.networkId()) && record.versionMajor() == current.versionMajor();
    }
}

package io.meshd.daemon.doctor;

import io.meshd.daemon.config.Config;
import io.meshd.daemon.config.Origin;
import io.meshd.daemon.config.Setting;
import io.meshd.daemon.control.StatusReport;
import io.meshd.daemon.files.Home;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.identity.TrustedPeer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The node that is looked at.
 *
 * @param host    what it runs on
 * @param home    its files
 * @param file    its configuration, which need not exist
 * @param config  what that says
 * @param key     its identity; null when there is none, or it cannot be read
 * @param peers   whom it trusts
 * @param running what its daemon says; null when none answers
 * @param now     the time of day
 */
record Subject(HostView host, Home home, Path file, Config config, @Nullable PublicKey key, List<TrustedPeer> peers,
        @Nullable StatusReport running, Instant now) {
    Subject {
        peers = List.copyOf(peers);
    }

    /** Where a key of the configuration is to be changed, such as "tun.mtu in /etc/meshd/meshd.toml:7". */
    String place(String setting) {
        Origin origin = config.settings().stream().filter(one -> one.key().equals(setting)).map(Setting::origin)
                .findFirst().orElse(new Origin.Default());
        return setting + " in " + (origin instanceof Origin.File(Path at, int line) ? at + ":" + line : file);
    }

    /** What the interface of the mesh is called. */
    String device() {
        return running == null || running.interfaceName() == null ? config.tun().name() : running.interfaceName();
    }

    /** Whether packets of the mesh go through an interface of this host at all. */
    boolean hasInterface() {
        return running == null ? config.tun().enabled() : running.interfaceName() != null;
    }

    /** The UDP port. */
    int port() {
        return running == null ? config.node().listenPort() : running.listenPort();
    }

    /** What this node owns and another host may be behind. */
    List<Prefix> widePrefixes() {
        return config.configuredPrefixes().stream()
                .filter(prefix -> prefix.length() < prefix.address().bits() && !prefix.isDefaultRoute()).toList();
    }

    /** Whether somebody owns the default route of a family. */
    boolean hasDefaultOverMesh(boolean isV6) {
        return peers.stream().flatMap(peer -> peer.prefixes().stream())
                .anyMatch(prefix -> prefix.isDefaultRoute() && prefix.address().isV6() == isV6);
    }
}

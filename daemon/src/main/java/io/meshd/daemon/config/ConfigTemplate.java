package io.meshd.daemon.config;

import io.meshd.identity.IpAddress;
import io.meshd.identity.OverlayAddresses;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The commented configuration that {@code config init} writes: every key, its default, and what it is for. */
public final class ConfigTemplate {
    private ConfigTemplate() {}

    /**
     * The text of a valid configuration.
     *
     * @param name         of the node
     * @param networkId    of the mesh
     * @param address      on the interface; null: the derived one
     * @param prefixLength of that address
     * @param identityPath where the identity is by default
     */
    public static String text(String name, String networkId, @Nullable IpAddress address, int prefixLength,
            Path identityPath) {
        String addressLines = address == null
                ? "# address = \"10.42.0.1\"         # default: derived from the key\n# prefix_len = 24\n"
                : "address = \"" + address + "\"\nprefix_len = " + prefixLength + "\n";
        return """
                # Configuration of meshd. What is commented out shows the default or an example.
                # `meshd config validate` checks this file, `meshd reload` applies it.

                [node]
                name = "%s"
                network_id = "%s"            # nodes of other networks are refused
                # identity_path = "%s"
                # fingerprint = ""              # when set, an identity with another fingerprint is refused
                # listen_port = 51821           # the one UDP port; 0 picks a free one
                # prefixes = []                 # what this node owns; default: its address and prefix_len

                [tun]
                # name = "mesh0"
                %s\
                # addresses = []                # instead of address and prefix_len: any number, both families
                # derive_from = ["%s", "%s"]   # the same on every node
                # mtu = 1420
                # enabled = true                # false: discovery and relay only

                # Where to look for other nodes. Without peer_id every authorized key is tried.
                # [[bootstrap_peers]]
                # peer_id = "beta"
                # address = "udp://198.51.100.10:51821"   # or "txt://mesh.example"

                # Whom to trust: the same as a file in authorized_keys/, which `meshd trust` writes.
                # [[allowed_peers]]
                # name = "beta"
                # peer_id = ""
                # prefix = "10.42.1.0/24"
                # relay_capable = false
                # expires = ""
                # seed = ""

                [policy]
                # strict_allowlist = true       # false: anyone who reaches the port can join, see `meshd help up`
                # allow_relay = true
                # allow_signaling_upgrade = true

                [relay]
                # serve = true                  # forward ciphertext between two trusted peers
                # max_peers = 32
                # max_bytes_per_second = 0      # 0: no limit

                [nat]
                # stun_servers = []             # "host:port" adds public ones; peers tell the same once there is a session
                # port_mapping = true           # ask the router for a port: NAT-PMP, PCP, UPnP-IGD
                # lan_discovery = true          # find trusted peers on the same link; tells others nothing

                [log]
                # level = "info"                # trace, debug, info, warn, error
                # format = "text"               # or "json"

                [metrics]
                # listen = ""                   # "127.0.0.1:9000" serves Prometheus text on /metrics
                """
                .formatted(name, networkId, identityPath, addressLines, OverlayAddresses.DEFAULT.v4(),
                        OverlayAddresses.DEFAULT.v6());
    }
}

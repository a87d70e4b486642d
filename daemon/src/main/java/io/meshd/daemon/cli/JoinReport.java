package io.meshd.daemon.cli;

import io.meshd.identity.OpenSshKey;
import io.meshd.identity.Prefix;
import io.meshd.protocol.Frame;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What `join` says when it is done.
 *
 * @param joining   who joined what
 * @param welcome   as what
 * @param addresses of the host in the mesh
 * @param started   what became of the daemon
 */
record JoinReport(Joining joining, Frame.Welcome welcome, List<String> addresses, String started) {
    JoinReport {
        addresses = List.copyOf(addresses);
    }

    Map<String, Object> document() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("network_id", joining.invitation().networkId());
        document.put("name", welcome.name());
        document.put("peer_id", joining.identity().publicKey().peerId());
        document.put("addresses", addresses);
        document.put("inviter", joining.inviterName());
        document.put("inviter_peer_id", joining.invitation().inviter().peerId());
        document.put("trust_line", trustLine());
        return document;
    }

    String text() {
        String inviter = joining.inviterName();
        return started + "\njoined " + joining.invitation().networkId() + " as " + welcome.name()
                + (addresses.isEmpty() ? "" : " with " + String.join(", ", addresses)) + "; " + inviter
                + " has answered\nmembers that do not trust " + inviter + " as introducer need:\n" + trustLine() + "\n";
    }

    private String trustLine() {
        StringBuilder line = new StringBuilder("meshd trust '")
                .append(new OpenSshKey(joining.identity().publicKey(), welcome.name()).line()).append('\'');
        for (Prefix prefix : welcome.prefixes()) {
            line.append(" --prefix ").append(prefix);
        }
        return line.append(welcome.relay() ? " --relay" : "").toString();
    }
}

package io.meshd.daemon.doctor;

/**
 * A packet as firewall rules see it, as far as it is known.
 *
 * @param in       the interface that it came by; empty when it is from this host
 * @param out      the interface that it leaves by; empty when it is for this host
 * @param protocol "udp", "icmp"
 * @param dport    destination port
 * @param sport    source port
 * @param isNew    whether it begins a connection; else it is part of one
 */
record Inspected(String in, String out, String protocol, int dport, int sport, boolean isNew) {
    String state() {
        return isNew ? "new" : "established";
    }
}

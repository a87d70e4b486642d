package io.meshd.daemon.doctor;

import io.meshd.identity.Prefix;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * What nftables would do with packets of the mesh. A rule that matches something that is not known of such a packet, as its
 * sender, is taken not to match: firewalls may do anything, and this finds what they mostly do.
 */
final class FirewallChecks {
    private static final String INPUT = "input";
    private static final String OUTPUT = "output";
    private static final String FORWARD = "forward";

    private final Subject subject;
    private final NetworkView network;
    private final Findings findings;

    FirewallChecks(Subject subject, NetworkView network, Findings findings) {
        this.subject = subject;
        this.network = network;
        this.findings = findings;
    }

    void run() {
        String text;
        try {
            text = subject.host().firewallRules();
        } catch (IOException e) {
            String what = String.valueOf(e.getMessage());
            findings.unseen(Topic.FIREWALL, what);
            findings.unseen(Topic.FORWARD_FILTER, what);
            return;
        }
        Ruleset rules = Ruleset.parse(text);
        datagrams(rules);
        overlay(rules);
        passedOn(rules);
        findings.passUnlessFound(Topic.FIREWALL, text.isEmpty()
                ? "there is no nftables to look at"
                : "no rule of nftables stops the mesh");
        findings.passUnlessFound(Topic.FORWARD_FILTER, "no rule of nftables stops what this host passes on");
    }

    private void datagrams(Ruleset rules) {
        int port = subject.port();
        Set<String> uplinks = uplinks();
        for (String uplink : uplinks) {
            Inspected answer = new Inspected(uplink, "", "udp", port, 0, false);
            Inspected call = new Inspected(uplink, "", "udp", port, 0, true);
            Ruleset.Stop stop = rules.stop(INPUT, answer);
            if (stop != null) {
                findings.fail(Topic.FIREWALL, "datagrams to UDP port " + port + " by " + uplink + " are dropped by "
                        + stop.where(), stop.remedy("udp dport " + port));
                return;
            }
            stop = rules.stop(INPUT, call);
            if (stop != null) {
                findings.warn(Topic.FIREWALL, "calls to UDP port " + port + " by " + uplink + " are dropped by "
                        + stop.where() + ": only peers that this host calls first are heard",
                        stop.remedy("udp dport " + port));
                return;
            }
            Ruleset.Stop outward = rules.stop(OUTPUT, new Inspected("", uplink, "udp", 0, port, true));
            if (outward != null) {
                findings.fail(Topic.FIREWALL, "datagrams from UDP port " + port + " are dropped by " + outward.where(),
                        outward.remedy("udp sport " + port));
                return;
            }
        }
    }

    /** The interfaces that a peer's datagrams may come by; one of them is enough to find a rule. */
    private Set<String> uplinks() {
        List<String> names = network.localsBeside(subject.device()).stream().map(local -> local.link().name())
                .distinct().limit(8).toList();
        return Set.copyOf(names);
    }

    private void overlay(Ruleset rules) {
        if (!subject.hasInterface()) {
            return;
        }
        String device = subject.device();
        Ruleset.Stop stop = rules.stop(INPUT, new Inspected(device, "", "icmp", 0, 0, false));
        if (stop == null) {
            stop = rules.stop(OUTPUT, new Inspected("", device, "icmp", 0, 0, true));
            if (stop != null) {
                findings.fail(Topic.FIREWALL, "what this host sends into the mesh is dropped by " + stop.where(),
                        stop.remedy("oifname " + device));
                return;
            }
        }
        if (stop != null) {
            findings.fail(Topic.FIREWALL, "what comes out of " + device + " is dropped by " + stop.where(),
                    stop.remedy("iifname " + device));
            return;
        }
        stop = rules.stop(INPUT, new Inspected(device, "", "icmp", 0, 0, true));
        if (stop != null) {
            findings.warn(Topic.FIREWALL, "peers cannot call this host: what is new from " + device + " is dropped by "
                    + stop.where(), stop.remedy("iifname " + device));
        }
    }

    private void passedOn(Ruleset rules) {
        List<Prefix> wide = subject.widePrefixes();
        if (wide.isEmpty() || !subject.hasInterface()) {
            findings.pass(Topic.FORWARD_FILTER, "not needed: nothing of the mesh is behind this host");
            return;
        }
        for (NetworkView.Local local : network.localsBeside(subject.device())) {
            if (wide.stream().anyMatch(prefix -> prefix.overlaps(local.network()))) {
                Ruleset.Stop stop = rules.stop(FORWARD,
                        new Inspected(subject.device(), local.link().name(), "icmp", 0, 0, true));
                if (stop != null) {
                    findings.fail(Topic.FORWARD_FILTER, "what peers send to " + local.network() + " is dropped by "
                            + stop.where(), stop.remedy("iifname " + subject.device()));
                    return;
                }
                stop = rules.stop(FORWARD,
                        new Inspected(local.link().name(), subject.device(), "icmp", 0, 0, false));
                if (stop != null) {
                    findings.fail(Topic.FORWARD_FILTER, "what " + local.network() + " answers is dropped by "
                            + stop.where(), stop.remedy("oifname " + subject.device()));
                    return;
                }
            }
        }
    }
}

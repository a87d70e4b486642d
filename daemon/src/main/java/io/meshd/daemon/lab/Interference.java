package io.meshd.daemon.lab;

import java.util.ArrayList;
import java.util.List;

/**
 * What goes wrong at one place: at a router between inside and outside, or at a host's own interface. All by nftables; the
 * kernel of a test machine need not have netem.
 */
public final class Interference {
    /** Seen from the host or from inside the router. */
    public enum Way {
        IN, OUT, BOTH
    }

    private final String device;
    private final boolean forwards;
    private final Rules rules;
    private final List<String> in = new ArrayList<>();
    private final List<String> out = new ArrayList<>();
    private boolean hidesMtu;

    /** Where rules go. */
    @FunctionalInterface
    interface Rules {
        void apply(String ruleset);
    }

    Interference(String device, boolean forwards, Rules rules) {
        this.device = device;
        this.forwards = forwards;
        this.rules = rules;
    }

    /** Lets nothing pass. */
    public void cut(Way way) {
        add(way, "drop", "drop");
    }

    /** Lets nothing pass to or from an address or prefix. */
    public void cut(Way way, String address) {
        add(way, family(address) + " saddr " + address + " drop", family(address) + " daddr " + address + " drop");
    }

    /** Lets no UDP pass. */
    public void blockUdp() {
        add(Way.BOTH, "meta l4proto udp drop", "meta l4proto udp drop");
    }

    /** Lets no UDP pass to or from an address or prefix. */
    public void blockUdp(String address) {
        add(Way.BOTH, family(address) + " saddr " + address + " meta l4proto udp drop",
                family(address) + " daddr " + address + " meta l4proto udp drop");
    }

    /** Loses so many of a hundred packets each way. */
    public void lose(int percent) {
        String rule = "numgen random mod 100 < " + percent + " drop";
        add(Way.BOTH, rule, rule);
    }

    /** Loses so many of a hundred packets each way, of those to and from an address or prefix. */
    public void lose(int percent, String address) {
        String rule = " numgen random mod 100 < " + percent + " drop";
        add(Way.BOTH, family(address) + " saddr " + address + rule, family(address) + " daddr " + address + rule);
    }

    /** Keeps it to itself when a packet was too large, and has others do the same. */
    public void hideMtu() {
        hidesMtu = true;
        apply();
    }

    /** All is well again. */
    public void end() {
        in.clear();
        out.clear();
        hidesMtu = false;
        apply();
    }

    private void add(Way way, String inward, String outward) {
        if (way != Way.OUT) {
            in.add(inward);
        }
        if (way != Way.IN) {
            out.add(outward);
        }
        apply();
    }

    private static String family(String address) {
        return address.contains(":") ? "ip6" : "ip";
    }

    private void apply() {
        String hidden = hidesMtu
                ? "icmp type destination-unreachable icmp code frag-needed drop\nicmpv6 type packet-too-big drop"
                : "";
        rules.apply("""
                table inet lab_interference
                delete table inet lab_interference
                table inet lab_interference {
                    chain inward {
                        type filter hook %s priority -10; policy accept;
                        iifname != "%s" accept
                        %s
                    }
                    chain outward {
                        type filter hook %s priority -10; policy accept;
                        oifname != "%s" accept
                        %s
                    }
                    chain told {
                        type filter hook output priority -10; policy accept;
                        %s
                    }
                    chain passed_on {
                        type filter hook forward priority -10; policy accept;
                        %s
                    }
                }
                """.formatted(forwards ? "forward" : "input", device, String.join("\n", in),
                forwards ? "forward" : "output", device, String.join("\n", out), hidden, hidden));
    }
}

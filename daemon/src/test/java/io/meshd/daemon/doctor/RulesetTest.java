package io.meshd.daemon.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;

final class RulesetTest {
    /** The port is dropped, whoever began. */
    static final String PORT_DROPPED = rules(
            chain("inet", "input", "input", "accept"),
            rule("inet", "input", 4, port("==", "51821"), "{'drop':null}"));
    /** As most hosts have it: answers come in, and what is listed. */
    static final String STATEFUL = rules(
            chain("inet", "input", "input", "drop"),
            rule("inet", "input", 4, state("['established','related']"), "{'accept':null}"),
            rule("inet", "input", 5, device("iifname", "'lo'"), "{'accept':null}"),
            rule("inet", "input", 6, device("iifname", "'mesh*'"), "{'accept':null}"),
            rule("inet", "input", 7, "{'match':{'op':'==','left':{'payload':{'protocol':'tcp','field':'dport'}},"
                    + "'right':22}}", "{'accept':null}"));
    /** What comes out of the mesh is dropped, in a chain that another jumps to. */
    static final String DEVICE_DROPPED = rules(
            chain("inet", "input", "input", "accept"), chain("inet", "mesh", "", ""),
            rule("inet", "input", 8, "{'counter':{'packets':0,'bytes':0}}", "{'jump':{'target':'mesh'}}"),
            rule("inet", "mesh", 7, device("iifname", "'eth0'"), "{'return':null}"),
            rule("inet", "mesh", 9, device("iifname", "'mesh0'"), "{'drop':null}"));
    /** A host with containers: nothing is passed on but for them. */
    static final String DOCKER = rules(
            chain("ip", "FORWARD", "forward", "drop"),
            rule("ip", "FORWARD", 3, device("oifname", "'docker0'"), "{'accept':null}"));

    private static String rules(String... objects) {
        return ("{'nftables':[{'metainfo':{'json_schema_version':1}}," + String.join(",", objects) + "]}")
                .replace('\'', '"');
    }

    private static String chain(String family, String name, String hook, String policy) {
        String base = hook.isEmpty()
                ? ""
                : String.format(Locale.ROOT, ",'type':'filter','hook':'%s','prio':0,'policy':'%s'", hook, policy);
        return String.format(Locale.ROOT, "{'chain':{'family':'%s','table':'filter','name':'%s'%s}}", family, name,
                base);
    }

    private static String rule(String family, String chain, int handle, String... parts) {
        return String.format(Locale.ROOT,
                "{'rule':{'family':'%s','table':'filter','chain':'%s','handle':%d,'expr':[%s]}}", family, chain, handle,
                String.join(",", parts));
    }

    private static String port(String operator, String right) {
        return String.format(Locale.ROOT, "{'match':{'op':'%s','left':{'payload':{'protocol':'udp','field':'dport'}},"
                + "'right':%s}}", operator, right);
    }

    private static String state(String right) {
        return "{'match':{'op':'in','left':{'ct':{'key':'state'}},'right':" + right + "}}";
    }

    private static String device(String key, String right) {
        return "{'match':{'op':'==','left':{'meta':{'key':'" + key + "'}},'right':" + right + "}}";
    }

    private static Inspected datagram(int port, boolean isNew) {
        return new Inspected("eth0", "", "udp", port, 0, isNew);
    }

    private static boolean stops(String rules, Inspected packet) {
        return Ruleset.parse(rules).stop("input", packet) != null;
    }

    @Test
    void noRulesStopNothing() {
        assertThat(stops("", datagram(51821, true))).isFalse();
        assertThat(stops("{\"nftables\":7}", datagram(51821, true))).isFalse();
        assertThat(stops("[", datagram(51821, true))).isFalse();
    }

    @Test
    void ruleForThePortStopsThatPortOnly() {
        assertThat(stops(PORT_DROPPED, datagram(51821, false))).isTrue();
        assertThat(stops(PORT_DROPPED, datagram(51822, false))).isFalse();
        assertThat(stops(PORT_DROPPED, new Inspected("eth0", "", "icmp", 0, 0, true))).isFalse();
    }

    @Test
    void statefulFirewallLetsAnswersInAndCallsNot() {
        assertThat(stops(STATEFUL, datagram(51821, false))).isFalse();
        assertThat(stops(STATEFUL, datagram(51821, true))).isTrue();
        assertThat(stops(STATEFUL, new Inspected("mesh0", "", "icmp", 0, 0, true))).as("a name with a *").isFalse();
        assertThat(Ruleset.parse(STATEFUL).stop("input", datagram(51821, true)))
                .isEqualTo(new Ruleset.Stop("inet filter input", -1));
    }

    @Test
    void jumpGoesThereAndBack() {
        assertThat(stops(DEVICE_DROPPED, new Inspected("mesh0", "", "icmp", 0, 0, false))).isTrue();
        assertThat(stops(DEVICE_DROPPED, datagram(51821, true))).isFalse();
    }

    @Test
    void chainThatJumpsToItselfEnds() {
        String loop = rules(chain("inet", "input", "input", "accept"),
                rule("inet", "input", 4, "{'jump':{'target':'input'}}"));

        assertThat(stops(loop, datagram(51821, true))).isFalse();
    }

    @Test
    void setsRangesAndMapsAreUnderstood() {
        String set = rules(chain("inet", "input", "input", "drop"),
                rule("inet", "input", 4, port("==", "{'set':[53,{'range':[51820,51830]}]}"), "{'accept':null}"));
        assertThat(stops(set, datagram(51821, true))).isFalse();
        assertThat(stops(set, datagram(51831, true))).isTrue();
        assertThat(stops(set, datagram(53, true))).isFalse();

        String map = rules(chain("inet", "input", "input", "drop"), rule("inet", "input", 4,
                "{'vmap':{'key':{'ct':{'key':'state'}},'data':{'set':[['established',{'accept':null}],"
                        + "['invalid',{'drop':null}]]}}}"));
        assertThat(stops(map, datagram(51821, false))).isFalse();
        assertThat(stops(map, datagram(51821, true))).isTrue();

        String other = rules(chain("inet", "input", "input", "accept"),
                rule("inet", "input", 4, port("!=", "53"), "{'reject':null}"));
        assertThat(stops(other, datagram(51821, true))).isTrue();
        assertThat(stops(other, datagram(53, true))).isFalse();
    }

    @Test
    void ruleWithAConditionThatIsNotKnownDoesNotMatch() {
        String some = rules(chain("inet", "input", "input", "accept"), rule("inet", "input", 4,
                "{'match':{'op':'==','left':{'payload':{'protocol':'ip','field':'saddr'}},'right':'203.0.113.9'}}",
                port("==", "51821"), "{'drop':null}"),
                rule("inet", "input", 5, port("==", "'@blocked'"), "{'drop':null}"),
                rule("inet", "input", 6, "{'xt':null}", "{'drop':null}"));

        assertThat(stops(some, datagram(51821, true))).isFalse();
    }

    @Test
    void chainsOfTypeNatDoNotStopAnything() {
        String nat = rules(chain("ip", "input", "input", "drop").replace("'type':'filter'", "'type':'nat'"));

        assertThat(stops(nat, datagram(51821, true))).isFalse();
    }
}

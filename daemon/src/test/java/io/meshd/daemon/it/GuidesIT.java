package io.meshd.daemon.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.lab.Guide;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.LabHost;
import io.meshd.daemon.lab.NatKind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who follows a page of the documents step by step has at its end what it promises. */
@NeedsLab
class GuidesIT {
    private static final String[] FIREWALL = {"sh", "-ec", """
            nft add table inet filter
            nft 'add chain inet filter input { type filter hook input priority 0; policy accept; }'
            """};

    private final Lab lab = Lab.open();

    @AfterEach
    void end() {
        lab.close();
    }

    @Test
    void hostsOnOneLanMeetAndOneOfThemChangesItsKey() {
        Guide lan = new Guide("docs/lan.md", lab, "alpha", "beta");
        lan.host("alpha").host().run(FIREWALL).orThrow();

        assertThat(lan.run()).isGreaterThan(10);

        assertThat(lan.type("alpha", "meshd sessions").out()).containsPattern("(?m)^ .* (lan|observed) +chosen");
        String before = lan.type("beta", "meshd identity fingerprint").out();

        Guide key = new Guide("docs/changing-a-key.md", lab, "alpha", "beta");
        assertThat(key.run()).isGreaterThan(8);

        String now = key.type("beta", "meshd identity fingerprint").out().strip();
        assertThat(now).isNotEqualTo(before.strip());
        assertThat(key.type("alpha", "meshd trust list").out()).contains(now).doesNotContain(before.strip());
        assertThat(key.host("beta").host().home().resolve("identity.old")).doesNotExist();
    }

    @Test
    void hostsBehindTwoHomeRoutersMeetByInvitations() {
        LabHost alpha = lab.router("ra", NatKind.PORT_RESTRICTED).host("alpha");
        LabHost beta = lab.router("rb", NatKind.PORT_RESTRICTED).host("beta");
        Guide homes = new Guide("docs/home-nat.md", lab, "relay", alpha.name(), beta.name());

        assertThat(homes.run()).isGreaterThan(9);

        assertThat(homes.type("alpha", "meshd trust list").out()).contains("beta", "relay");
        assertThat(homes.type("alpha", "meshd why beta").out()).contains("beta is reached");
    }

    @Test
    void hostsAcrossTheInternetMeetByWayOfARelay() {
        Guide internet = new Guide("docs/internet.md", lab, "relay", "alpha", "beta");
        internet.host("relay").host().run(FIREWALL).orThrow();

        assertThat(internet.run()).isGreaterThan(14);

        assertThat(internet.type("alpha", "meshd peers").out()).contains("beta", "relay", "alive");
        assertThat(internet.type("alpha", "meshd netcheck").out()).contains("relay  usable");
    }

    @Test
    void devicesBehindAPeerAreReached() {
        Guide guide = new Guide("docs/lan-behind-a-peer.md", lab, "alpha", "office");
        LabHost office = guide.host("office").host();
        LabHost printer = lab.host("printer");
        office.run("ip", "link", "add", "lan0", "type", "veth", "peer", "name", "lan0", "netns", printer.namespace())
                .orThrow();
        office.run("sh", "-ec", "ip addr add 192.168.50.2/24 dev lan0 && ip link set lan0 up"
                + " && sysctl -qw net.ipv4.ip_forward=0").orThrow();
        printer.run("sh", "-ec", "ip addr add 192.168.50.30/24 dev lan0 && ip link set lan0 up").orThrow();
        for (String host : new String[]{"alpha", "office"}) {
            guide.type(host, "meshd identity init");
        }
        guide.type("office", "meshd trust 'ssh-ed25519 AAAAC3… alpha'");
        guide.type("alpha", "meshd trust 'ssh-ed25519 AAAAC3… office'");
        for (String host : new String[]{"alpha", "office"}) {
            guide.type(host, "meshd up --detach");
        }

        assertThat(guide.run()).isGreaterThan(8);

        assertThat(guide.type("alpha", "meshd routes").out()).contains("192.168.50.0/24", "office");
        assertThat(guide.type("alpha", "ping -c 1 192.168.50.30").out()).contains("1 received");
        assertThat(guide.host("office").meshd("doctor").out()).containsPattern("PASS +forwarding")
                .containsPattern("PASS +return-route").containsPattern("PASS +forward-filter");
    }
}

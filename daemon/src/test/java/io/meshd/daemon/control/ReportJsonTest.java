package io.meshd.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.control.StatusReport.Mapping;
import io.meshd.daemon.control.StatusReport.Phase;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The JSON of each report, field by field and in order: section 6 of the operator contract. */
final class ReportJsonTest {
    private final FakeNode node = new FakeNode();

    @Test
    void statusHasTheFieldsOfTheContract() throws Exception {
        assertThat(Json.line(node.status())).isEqualTo("""
                {"version":"0.1.0","phase":"running","pid":4711,"name":"alpha","network_id":"home-net",\
                "peer_id":"%s","interface":"mesh0","addresses":["10.42.0.1/24"],"listen_port":51821,\
                "public_endpoints":["198.51.100.1:51821"],"nat":{"mapping":"endpoint_independent",\
                "port_mapped":true},"home":null,"config_path":"/etc/meshd/meshd.toml","uptime_seconds":93784,\
                "peers":{"configured":3,"alive":2,"direct":1,"signaling_then_direct":1,"relay":0},\
                "routes":{"total":2,"installed":1},"seeds":[{"source":"option","address":"203.0.113.9:51821",\
                "peer":"beta","state":"connected","last_attempt":"2026-11-21T01:02:03.456Z","last_error":null}],\
                "warnings":["trust: gamma.pub is broken"]}""".formatted("a".repeat(52)));
    }

    @Test
    void constantsHaveTheWordsOfTheContract() {
        assertThat(Json.line(List.of(Phase.values()))).isEqualTo("[\"starting\",\"running\",\"stopping\"]");
        assertThat(Json.line(List.of(Mapping.values()))).isEqualTo(
                "[\"endpoint_independent\",\"address_dependent\",\"address_and_port_dependent\",\"none\",\"unknown\"]");
        assertThat(Json.line(List.of(PathClass.values())))
                .isEqualTo("[\"direct\",\"signaling_then_direct\",\"relay\",\"none\"]");
    }

    @Test
    void peersHaveTheFieldsOfTheContract() throws Exception {
        assertThat(Json.line(node.peers())).isEqualTo(
                """
                        {"peers":[{"name":"beta","peer_id":"%s","fingerprint":"SHA256:%s","prefixes":["10.42.1.0/24"],\
                        "addresses":["10.42.1.1"],"state":"alive","last_seen":"2026-11-21T01:02:03.456Z",\
                        "relay_capable":true,"path":{"class":"direct","endpoint":"203.0.113.9:51821","relay":null,\
                        "rtt_ms":12.5,"loss":0.0},"last_handshake":"2026-11-21T01:02:03.456Z","rx_bytes":2048,\
                        "tx_bytes":1024,"relayed_bytes":4096,"source":"trust","why":null},{"name":"phone","peer_id":null,\
                        "fingerprint":null,"prefixes":["10.42.9.0/24"],\
                        "addresses":[],"state":"unknown","last_seen":null,"relay_capable":false,"path":{"class":"none",\
                        "endpoint":null,"relay":null,"rtt_ms":null,"loss":null},"last_handshake":null,"rx_bytes":0,\
                        "tx_bytes":0,"relayed_bytes":0,"source":"trust","why":null}]}"""
                        .formatted("b".repeat(52), "x".repeat(43)));
    }

    @Test
    void routesHaveTheFieldsOfTheContract() throws Exception {
        assertThat(Json.line(node.routes())).isEqualTo("""
                {"routes":[{"prefix":"10.42.1.0/24","peer":"beta","peer_id":"%s","path_class":"direct",\
                "installed":true,"reason":null},{"prefix":"10.42.9.0/24","peer":"phone","peer_id":null,\
                "path_class":"none","installed":false,"reason":"no device"}]}""".formatted("b".repeat(52)));
    }

    @Test
    void sessionsHaveTheFieldsOfTheContract() throws Exception {
        assertThat(Json.line(node.sessions())).isEqualTo("""
                {"configured_peers":3,"by_class":{"direct":0,"signaling_then_direct":1,"relay":1},\
                "sessions":[{"peer":"beta","peer_id":"%s","class":"signaling_then_direct",\
                "endpoint":"203.0.113.9:51821","relay":null,"relay_capable":true,\
                "established_at":"2026-11-21T01:02:03.456Z","candidates":[{"endpoint":"203.0.113.9:51821",\
                "kind":"reflexive","rtt_ms":12.5,"loss":0.25,"state":"chosen"}]},{"peer":"gamma","peer_id":"%s",\
                "class":"relay","endpoint":null,"relay":"beta","relay_capable":false,\
                "established_at":"2026-11-21T01:02:03.456Z","candidates":[]}]}"""
                .formatted("b".repeat(52), "c".repeat(52)));
    }

    @Test
    void countersHaveTheFieldsOfTheContract() throws Exception {
        assertThat(Json.line(node.counters())).isEqualTo("""
                {"packets_sent":1,"packets_received":2,"bytes_sent":3,"bytes_received":4,"route_misses":5,\
                "session_failures":6,"fallback_transitions":7,"upgrade_transitions":8,"relay_usage":9,\
                "relayed_for_others_packets":10,"rejected_handshakes":11,"rejected_claims":{"not_trusted":12,\
                "wrong_network":13,"wrong_prefix":14},"drops":{"unknown_route":15,"unauthorized_peer":16,\
                "unauthorized_source":17,"no_session":18,"replay":19,"duplicate":20,"malformed":21},\
                "stun":{"asked":22,"heard":23,"unexpected":24,"answered":25,"refused":26},\
                "lan":{"calls_sent":27,"calls_heard":28,"answers_sent":29,"answers_heard":30,"found":31,\
                "unexpected":32,"refused":33,"malformed":34},\
                "searches":{"begun":35,"found":36,"stopped":37,"refused":38,"flows":39}}""");
    }

    @Test
    void snapshotHoldsTheDocumentsOfTheOtherReports() throws Exception {
        assertThat(Json.line(node.snapshot())).isEqualTo("{\"status\":" + Json.line(node.status()) + ",\"peers\":"
                + Json.line(node.peers()) + ",\"routes\":" + Json.line(node.routes()) + ",\"sessions\":"
                + Json.line(node.sessions()) + ",\"counters\":" + Json.line(node.counters()) + "}");
    }

    @Test
    void netcheckHasItsFields() throws Exception {
        assertThat(Json.line(node.netcheck())).isEqualTo("""
                {"families":[{"family":"ipv4","usable":true,"problem":null,"addresses":["192.168.1.2"],\
                "default_route":true,"router":"192.168.1.1","source":"192.168.1.2","nat":{\
                "mapping":"address_and_port_dependent","filtering":"address_and_port_dependent","port_step":2,\
                "ports":[4000,4002],"meaning":"ports can be guessed"}},{"family":"ipv6","usable":false,\
                "problem":"IPv6 is off","addresses":[],"default_route":false,"router":null,"source":null,"nat":{\
                "mapping":"unknown","filtering":"unknown","port_step":0,"ports":[],"meaning":"nobody has seen it"}}],\
                "public_endpoints":[{"endpoint":"198.51.100.1:4002","kind":"reflexive","seen_by":[{"name":"beta",\
                "kind":"peer"},{"name":"203.0.113.1:3478","kind":"stun"}],"age_seconds":3}],"port_mapping":{\
                "enabled":true,"mappings":[{"protocol":"pcp","router":"192.168.1.1","external":"198.51.100.1:51821",\
                "is_public":true,"confirmed":false,"lifetime_seconds":3600}],"attempts":[{"router":"192.168.1.1",\
                "protocol":"upnp-igd","answer":"no answer"}]},"stun_servers":[{"server":"stun.example:3478",\
                "address":null,"rtt_ms":null,"error":"its name has no address","age_seconds":null}],\
                "relays":[{"relay":"beta","usable":true,"reason":null,"rtt_ms":12.5},{"relay":"delta",\
                "usable":false,"reason":"it does not serve","rtt_ms":null}],"paths":[{"peer":"beta",\
                "path":"203.0.113.9:51821","mtu_bytes":1420}],"binding_lifetime_seconds":45}""");
    }

    @Test
    void whyHasItsFields() throws Exception {
        assertThat(Json.line(node.why("gamma"))).isEqualTo("""
                {"peer":"gamma","peer_id":"%s","verdict":{"cause":"hard_nats",\
                "text":"gamma is reached through the relay beta. Both NATs are hard.",\
                "remedy":"A mapped port would do."},"class":"relay","endpoint":null,"relay":"beta",\
                "relayed_at":"2026-11-21T01:02:03.456Z","mtu_bytes":1380,"nat":{"here":"address_dependent",\
                "there":"unknown"},"candidates":[{"endpoint":"beta","kind":"relay","evidence":["relay"],\
                "state":"chosen","rtt_ms":24.5,"loss":0.0,"signaled_by":null,"age_seconds":7,"held_seconds":0},\
                {"endpoint":"203.0.113.5:4000","kind":"reflexive","evidence":["reflexive","record"],\
                "state":"unsound","rtt_ms":null,"loss":0.25,"signaled_by":"beta","age_seconds":12,\
                "held_seconds":40}],"relays":[{"relay":"beta","state":"open","reason":null},\
                {"relay":"delta","state":"refused","reason":"quota"}],"decisions":[\
                {"at":"2026-11-21T01:02:03.456Z","from":null,"to":"beta","reason":"first to complete a handshake",\
                "figures":"via beta","helper":null,"times":1},{"at":"2026-11-21T01:02:03.456Z","from":"beta",\
                "to":"beta","reason":"called, to punch together","figures":"round 3","helper":"beta",\
                "times":3}]}""".formatted("c".repeat(52)));
    }

    @Test
    void pingHasTheFieldsOfTheContract() throws Exception {
        assertThat(Json.line(node.ping(new PingRequest("10.42.1.1", 1, 1000, 1000, 3)))).isEqualTo("""
                {"target":"10.42.1.1","peer":"beta","replies":[{"seq":3,"rtt_ms":1.25,"class":"direct",\
                "endpoint":"203.0.113.9:51821","relay":null}],"sent":1,"received":1}""");
    }

    @Test
    void reloadSaysWhatChangedAndWhatNeedsARestart() throws Exception {
        ReloadReport.Change change = new ReloadReport.Change("tun.name", "mesh0", null, true, "because");
        ReloadReport report = new ReloadReport(false, false, List.of(change), List.of("tun.name"),
                new ReloadReport.Peers(
                        List.of(new ReloadReport.Peer("gamma", "c".repeat(52), List.of("10.42.3.0/24"))),
                        List.of(new ReloadReport.Peer("phone", null, List.of())),
                        List.of(new ReloadReport.Rekeyed("beta", "a", "b")),
                        List.of(new ReloadReport.Renamed("x", "y")),
                        List.of(new ReloadReport.Expiring("delta", "2026-12-01"))),
                List.of(new ReloadReport.Move("10.42.3.0/24", null, "gamma")),
                new ReloadReport.Routes(List.of(new ReloadReport.Route("10.42.3.0/24", "gamma")), List.of()),
                new ReloadReport.Seeds(List.of("udp://192.0.2.1:1"), List.of()), new ReloadReport.Port(51_821, 0),
                new ReloadReport.Operator("10.42.1.7", "beta", null), List.of("careful"));

        String text = Json.line(report);

        assertThat(text).isEqualTo("""
                {"applied":false,"accepted":false,"changes":[{"key":"tun.name","from":"mesh0","to":null,\
                "needs_restart":true,"reason":"because"}],"needs_restart":["tun.name"],\
                "peers":{"added":[{"name":"gamma","peer_id":"%s","prefixes":["10.42.3.0/24"]}],\
                "removed":[{"name":"phone","peer_id":null,"prefixes":[]}],\
                "rekeyed":[{"name":"beta","from":"a","to":"b"}],"renamed":[{"from":"x","to":"y"}],\
                "expiring":[{"name":"delta","expires":"2026-12-01"}]},\
                "prefixes":[{"prefix":"10.42.3.0/24","from":null,"to":"gamma"}],\
                "routes":{"added":[{"prefix":"10.42.3.0/24","peer":"gamma"}],"removed":[]},\
                "seeds":{"added":["udp://192.0.2.1:1"],"removed":[]},"listen_port":{"from":51821,"to":0},\
                "operator":{"from":"10.42.1.7","peer":"beta","danger":null},"warnings":["careful"]}"""
                .formatted("c".repeat(52)));
        assertThat(Json.read(Json.parse(text.getBytes(StandardCharsets.UTF_8)), ReloadReport.class)).isEqualTo(report);
    }

    @Test
    void reportsReadBackAsTheyWereWritten() throws Exception {
        String text = Json.line(node.snapshot());

        SnapshotReport read = Json.read(Json.parse(text.getBytes(StandardCharsets.UTF_8)), SnapshotReport.class);

        assertThat(Json.line(read)).isEqualTo(text);
        assertThat(read.status().interfaceName()).isEqualTo("mesh0");
    }
}

package io.meshd.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The quick reader and writer do what the thorough ones do. */
final class JsonStreamTest {
    private final FakeNode node = new FakeNode();

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void readsEveryReportAsTheMapperDoes() throws Exception {
        for (Record report : List.of(node.status(), node.peers(), node.routes(), node.sessions(), node.counters(),
                node.snapshot(), node.netcheck(), node.why("beta"))) {
            String document = Json.line(report);

            assertThat(JsonStream.read(bytes(document), report.getClass()))
                    .isEqualTo(Json.read(Json.parse(bytes(document)), report.getClass()));
        }
    }

    @Test
    void showsEveryReportAsTheMapperDoes() throws Exception {
        for (Record report : List.of(node.status(), node.peers(), node.counters(), node.snapshot())) {
            assertThat(JsonStream.pretty(bytes(Json.line(report)))).isEqualTo(Json.pretty(report));
        }
    }

    @Test
    void passesOverWhatANewerDaemonSays() throws Exception {
        String newer = "{\"stun\":1,\"routes\":[],\"more\":{\"a\":[1,{\"b\":2}]}}";

        assertThat(JsonStream.read(bytes(newer), RoutesReport.class)).isEqualTo(new RoutesReport(List.of()));
    }

    @Test
    void refusesWhatIsSomethingElse() {
        for (String other : List.of("", "[]", "{}", "null", "{\"routes\":{}}", "{\"routes\":[",
                "{\"routes\":[{\"prefix\":1}]}",
                "{\"routes\":", "{\"routes\":[{\"path_class\":\"best\"}]}")) {
            assertThatThrownBy(() -> ControlClient.read(bytes(other), RoutesReport.class)).as(other)
                    .isInstanceOf(IOException.class).hasMessageContaining("of one version");
        }
    }

    @Test
    void requestsAreThoseOfTheProtocol() throws Exception {
        assertThat(JsonStream.request("ping", Map.of("target", "b\"eta"))).asString(StandardCharsets.UTF_8).isEqualTo(
                "{\"version\":1,\"command\":\"ping\",\"arguments\":{\"target\":\"b\\\"eta\"}}\n");
        assertThat(JsonStream.request("invite", Map.of("prefixes", List.of("a", 7, true))))
                .asString(StandardCharsets.UTF_8)
                .contains("{\"prefixes\":[\"a\",7,true]}");
        assertThat(ControlRequest.parse(JsonStream.request("why", Map.of("target", "beta"))))
                .isEqualTo(new ControlRequest.Why("beta"));
    }
}

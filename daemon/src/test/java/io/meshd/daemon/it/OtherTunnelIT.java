package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.MeshdHost;
import io.meshd.daemon.lab.StockWireGuard;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Beside another VPN between the same hosts meshd takes the way outside of it. */
@NeedsLab
class OtherTunnelIT {
    private static final String INSIDE = "10.77.0.";

    private final Lab lab = Lab.open();

    @AfterEach
    void end() {
        lab.close();
    }

    @Test
    void addressesOfAnotherTunnelAreNotTold() {
        MeshdHost alpha = new MeshdHost(lab.host("alpha"), "");
        MeshdHost beta = new MeshdHost(lab.host("beta"), "");
        StockWireGuard there = new StockWireGuard(alpha.host(), List.of(INSIDE + "1/24"), 4_500);
        StockWireGuard here = new StockWireGuard(beta.host(), List.of(INSIDE + "2/24"), 4_500);
        there.peer(here.publicKey(), INSIDE + "2/32", "endpoint", beta.host().address() + ":4500");
        here.peer(there.publicKey(), INSIDE + "1/32", "endpoint", alpha.host().address() + ":4500");
        assertThat(await(Duration.ofSeconds(5), () -> alpha.pings(INSIDE + "2"))).as("the other tunnel").isTrue();
        MeshdHost.trustEachOther(List.of(alpha, beta));

        alpha.up();
        beta.up("--seed", alpha.seed());

        assertThat(await(Duration.ofSeconds(10), () -> alpha.pings(beta.overlay(false)))).isTrue();
        for (MeshdHost host : List.of(alpha, beta)) {
            JsonNode session = host.json("sessions").get("sessions").get(0);
            assertThat(session.get("endpoint").asText()).doesNotStartWith(INSIDE);
            assertThat(session.get("candidates").findValuesAsText("endpoint")).isNotEmpty()
                    .noneMatch(endpoint -> endpoint.startsWith(INSIDE));
            assertThat(host.json("netcheck").get("families").get(0).get("addresses").toString())
                    .contains(host.host().address()).doesNotContain(INSIDE);
        }
    }
}

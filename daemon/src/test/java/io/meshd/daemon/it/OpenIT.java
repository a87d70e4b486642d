package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.MeshdHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code up --open}: whoever proves a key is let in under a name that is free, and keeps that name. */
@NeedsLab
class OpenIT {
    private static final Duration SOON = Duration.ofSeconds(5);

    private final Lab lab = Lab.open();
    private final MeshdHost open = new MeshdHost(lab.host("open"), "");
    private final MeshdHost beta = new MeshdHost(lab.host("beta"), "");

    @AfterEach
    void end() {
        lab.close();
    }

    private static String peerId(MeshdHost host) {
        return host.json("identity", "show").get("peer_id").asText();
    }

    private static String status(MeshdHost host) {
        return host.meshd("status").orThrow().out();
    }

    private static String overlay(MeshdHost host) {
        return host.overlay(false);
    }

    /** Starts a host that knows the open node's key and trusts nobody. */
    private void join(MeshdHost host) {
        host.up("--open", "--seed", peerId(open) + "@" + open.seed());
    }

    private boolean pingEachOther(MeshdHost one, MeshdHost other) {
        return await(SOON, () -> one.pings(overlay(other)) && other.pings(overlay(one)));
    }

    private Path known() {
        return open.host().home().resolve("state/known_peers");
    }

    @Test
    void newcomerWithTheOpenNodesKeyJoinsAndIsRememberedByName() throws IOException {
        open.up("--open");
        assertThat(status(open)).contains("--open: this node is open: anyone who reaches its UDP port can join");
        join(beta);

        assertThat(pingEachOther(open, beta)).isTrue();
        JsonNode peer = open.json("peers").get("peers").get(0);
        assertThat(peer.get("name").asText()).isEqualTo("beta");
        assertThat(peer.get("source").asText()).isEqualTo("open");
        assertThat(beta.json("peers").get("peers").get(0).get("name").asText()).isEqualTo("open");
        assertThat(known()).hasContent("beta " + peerId(beta) + "\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(known()))).isEqualTo("rw-------");

        // Both remember: neither needs to be told again.
        open.meshd("down").orThrow();
        beta.meshd("down").orThrow();
        open.up("--open");
        beta.up("--open");
        assertThat(pingEachOther(open, beta)).isTrue();

        // Without --open what is remembered counts for nothing.
        open.meshd("down").orThrow();
        open.up();
        assertThat(open.json("peers").get("peers")).isEmpty();
        assertThat(open.json("status").get("warnings")).isEmpty();
        assertThat(beta.pings(overlay(open))).isFalse();
    }

    @Test
    void anotherKeyUnderTheNameIsRefusedUntilTheNameIsGivenUp() {
        open.up("--open");
        join(beta);
        assertThat(pingEachOther(open, beta)).isTrue();
        MeshdHost impostor = new MeshdHost(lab.host("other"), "");
        rename(impostor, "beta");
        join(impostor);

        assertThat(await(SOON, () -> status(open).contains("a newcomer that calls itself beta is refused"))).isTrue();
        assertThat(status(open)).contains("run: meshd untrust beta");
        assertThat(impostor.pings(overlay(open))).isFalse();
        assertThat(open.json("peers").get("peers")).hasSize(1);
        assertThat(beta.pings(overlay(open))).isTrue();

        beta.meshd("down").orThrow();
        open.meshd("untrust", "beta").orThrow();

        assertThat(await(Duration.ofSeconds(15), () -> impostor.pings(overlay(open)))).isTrue();
        assertThat(status(open)).doesNotContain("is refused");
    }

    @Test
    void doorOpensAndShutsByReload() {
        beta.trust(open);
        open.up();
        beta.up("--seed", "open@" + open.seed());
        assertThat(open.json("peers").get("peers")).isEmpty();

        open.configure("[policy]\nstrict_allowlist = false");
        open.meshd("reload").orThrow();

        assertThat(await(Duration.ofSeconds(10), () -> beta.pings(overlay(open)))).isTrue();
        assertThat(open.json("status").get("warnings").toString()).contains("this node is open");

        open.configure("");
        open.meshd("reload").orThrow();

        assertThat(open.json("peers").get("peers")).isEmpty();
        assertThat(beta.pings(overlay(open))).isFalse();
        assertThat(open.json("status").get("warnings")).isEmpty();
    }

    private static void rename(MeshdHost host, String name) {
        Path config = host.host().home().resolve("meshd.toml");
        try {
            Files.writeString(config, "[node]\nname = \"" + name + "\"\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.meshd.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.testing.Property;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Single keys change; every other line stays. */
final class ConfigEditTest {
    private static final List<String> LINES = List.of("[node]", "[tun]", "[nat]", "[[allowed_peers]]",
            "# network_id = \"no\"",
            "name = \"a\" # b", "network_id = \"old\"", "network_id = 'old' # why", "  network_id=\"old\"", "",
            "mtu = 1",
            "x = [1, 2,", "3] # three", "prefixes = [ \"10.0.0.0/8\" ]", "s = \"# [node]\"", "node.name = \"b\"",
            "é = 1");

    private static ConfigEdit network() {
        return new ConfigEdit().set("node", "network_id", "\"home-net\"");
    }

    @Test
    void valueIsReplacedWhereItStandsWithItsComment() {
        assertThat(network().apply("[node]\nname = \"x\"\nnetwork_id = \"office # 1\"   # ours\n"))
                .isEqualTo("[node]\nname = \"x\"\nnetwork_id = \"home-net\" # ours\n");
        assertThat(network().apply("[tun]\nmtu = 1380\n")).isEqualTo("""
                [tun]
                mtu = 1380

                [node]
                network_id = "home-net"
                """);
        assertThat(network().apply("")).isEqualTo("[node]\nnetwork_id = \"home-net\"\n");
        assertThat(network().apply("# network_id = \"x\"\n [ node ] # here\nname = 'n'"))
                .isEqualTo("# network_id = \"x\"\n [ node ] # here\nnetwork_id = \"home-net\"\nname = 'n'\n");
    }

    @Test
    void keyIsRemovedWithAllItsLines() {
        ConfigEdit edit = new ConfigEdit().remove("node", "prefixes");
        assertThat(edit.apply("[node]\nprefixes = [\n  \"10.0.0.0/8\", # ]\n]\nname = \"x\"\n"))
                .isEqualTo("[node]\nname = \"x\"\n");
        assertThat(edit.apply("[node]\nname = \"x\"\n")).isEqualTo("[node]\nname = \"x\"\n");
        assertThat(edit.apply("[other]\nprefixes = [1]\n")).isEqualTo("[other]\nprefixes = [1]\n");
    }

    @Test
    void whatItCannotEditItRefuses() {
        assertThat(network().apply("node = { name = \"x\" }\n")).isNull();
        assertThat(network().apply("node.network_id = \"x\"\n")).isNull();
        assertThat(network().apply("[node]\n\"network_id\" = \"x\"\n")).isNull();
        assertThat(network().apply("[node\n")).isNull();
        assertThat(network().lines()).containsExactly("node.network_id = \"home-net\"");
        assertThat(new ConfigEdit().remove("tun", "address").lines()).containsExactly("remove tun.address");
    }

    @Test
    void editedTextSaysWhatWasWantedOrThereIsNone() {
        Property.forAll(3_000, random -> {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(12); i > 0; i--) {
                text.append(LINES.get(random.nextInt(LINES.size()))).append('\n');
            }
            String edited = network().remove("node", "prefixes").apply(text.toString());
            if (edited != null) {
                assertThat(edited).contains("network_id = \"home-net\"");
                // Once more changes nothing.
                assertThat(network().remove("node", "prefixes").apply(edited)).isEqualTo(edited);
                text.toString().lines().filter(line -> line.startsWith("name =") || line.startsWith("# "))
                        .forEach(line -> assertThat(edited.lines()).contains(line));
            }
        });
    }
}

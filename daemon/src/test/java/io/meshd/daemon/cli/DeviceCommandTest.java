package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.zxing.BinaryBitmap;
import com.google.zxing.DecodeHintType;
import com.google.zxing.RGBLuminanceSource;
import com.google.zxing.common.HybridBinarizer;
import com.google.zxing.qrcode.QRCodeReader;
import io.meshd.identity.Identity;
import io.meshd.identity.Prefix;
import io.meshd.identity.TunnelPrivateKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Configurations and QR codes of stock devices, without a daemon. */
final class DeviceCommandTest {
    private static final String OTHER = Identity.generate(new SplittableRandom(5)).publicKey().peerId();
    private static final String KEY = Identity.generate(new SplittableRandom(6)).publicKey().tunnelKey().base64();
    private static final int MODULE_PIXELS = 4;
    private static final int BLACK = 0xff00_0000;
    private static final int WHITE = 0xffff_ffff;

    @TempDir
    private Path directory;
    private Shell shell;

    @BeforeEach
    void start() throws Exception {
        shell = new Shell(directory);
        configure("[tun]\naddress = \"10.42.1.1\"\n");
        shell.run("identity", "init").done();
    }

    private void configure(String more) throws Exception {
        Files.createDirectories(directory.resolve("home"));
        Path file = Files.writeString(directory.resolve("home/meshd.toml"), "[node]\nname = \"alpha\"\n" + more);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }

    private static String value(String config, String key) {
        return config.lines().filter(line -> line.startsWith(key + " = ")).findFirst().orElseThrow()
                .substring(key.length() + 3);
    }

    @Test
    void newDeviceGetsKeysAndAFreeAddressOfThisNodesPrefix() throws Exception {
        Shell.Outcome first = shell.run("peer", "add", "phone", "--wireguard", "new", "--node-endpoint",
                "vpn.example:51821").done();
        String second = shell.run("peer", "add", "tablet", "--wireguard", "new", "--node-endpoint", "vpn.example:51821")
                .done().out();

        String config = first.out();
        assertThat(value(config, "Address")).startsWith("10.42.1.2/32, fd99:6d67:");
        assertThat(value(second, "Address")).startsWith("10.42.1.3/32, fd99:6d67:");
        assertThat(value(config, "Endpoint")).isEqualTo("vpn.example:51821");
        assertThat(value(config, "PersistentKeepalive")).isEqualTo("25");
        assertThat(value(config, "MTU")).isEqualTo("1420");
        assertThat(value(config, "AllowedIPs")).isEqualTo("10.42.1.0/24, 10.99.0.0/16, fd99:6d67::/64");
        assertThat(value(config, "PublicKey")).isEqualTo(
                shell.run("identity", "show", "--json").json().path("wireguard_public_key").asText());
        TunnelPrivateKey key = TunnelPrivateKey.of(Base64.getDecoder().decode(value(config, "PrivateKey")));
        Path file = directory.resolve("home/authorized_keys/phone.pub");
        assertThat(Files.readString(file)).contains("wireguard-x25519 " + key.publicKey().base64());
        assertThat(first.err()).contains("its private key is printed this once and kept nowhere");
    }

    @Test
    void privateKeyIsWrittenNowhere() throws Exception {
        String config = shell.run("peer", "add", "phone", "--wireguard", "new", "--node-endpoint", "vpn.example:1")
                .done().out();
        String secret = value(config, "PrivateKey");

        try (var files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).as(file.toString())
                        .doesNotContain(secret);
            }
        }
        assertThat(shell.run("peer", "config", "phone", "--endpoint", "vpn.example:1").done().out())
                .doesNotContain(secret).contains("# PrivateKey = (only the device has it: put it here)");
    }

    @Test
    void othersAreToldOfAddressesOutsideOfThisNodesPrefixOnly() throws Exception {
        Shell.Outcome inside = shell.run("peer", "add", "phone", "--wireguard", "new", "--prefix", "10.42.1.9/32",
                "--node-endpoint", "vpn.example:1").done();
        Shell.Outcome outside = shell.run("peer", "add", "router", "--wireguard", "new", "--prefix", "10.77.0.2/32",
                "--prefix", "192.168.7.0/24", "--node-endpoint", "vpn.example:1").done();

        assertThat(inside.err()).doesNotContain("meshd trust");
        String id = shell.run("identity", "show", "--json").json().path("peer_id").asText();
        assertThat(outside.err()).contains("other members reach router once they grant its addresses to this node; "
                + "run there: meshd trust " + id + " --name alpha --prefix 10.42.1.0/24 --prefix fd99:6d67:")
                .contains(" --prefix 10.77.0.2/32 --prefix 192.168.7.0/24");
        assertThat(value(outside.out(), "Address")).isEqualTo("10.77.0.2/32");
    }

    @Test
    void configurationIsPrintedAgainAndGrowsWithTrust() throws Exception {
        String before = shell.run("peer", "add", "phone", "--wireguard", "new", "--node-endpoint", "vpn.example:1")
                .done().out();
        shell.run("trust", OTHER, "--name", "beta", "--prefix", "10.50.0.0/16").done();
        Path keyFile = Files.writeString(directory.resolve("phone.key"), value(before, "PrivateKey") + "\n");
        Files.setPosixFilePermissions(keyFile, PosixFilePermissions.fromString("rw-------"));

        String config = shell.run("peer", "config", "phone", "--endpoint", "vpn.example:1", "--private-key",
                "phone.key").done().out();

        assertThat(value(config, "PrivateKey")).isEqualTo(value(before, "PrivateKey"));
        assertThat(value(config, "AllowedIPs")).isEqualTo("10.42.1.0/24, 10.50.0.0/16, 10.99.0.0/16, fd99:6d67::/64");
        assertThat(value(shell.run("peer", "config", "phone", "--endpoint", "[2001:db8::1]:7", "--allowed-ips",
                "0.0.0.0/0, ::/0").done().out(), "AllowedIPs")).isEqualTo("0.0.0.0/0, ::/0");
    }

    @Test
    void presharedKeyStandsInTheConfiguration() throws Exception {
        String secret = Base64.getEncoder().encodeToString(new byte[]{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
                16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32});
        Path file = Files.writeString(directory.resolve("psk"), secret);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        shell.run("peer", "add", "phone", "--wireguard", "new", "--preshared-key", "psk", "--node-endpoint", "a.b:1")
                .done();

        assertThat(value(shell.run("peer", "config", "phone", "--endpoint", "a.b:1").done().out(), "PresharedKey"))
                .isEqualTo(secret);
    }

    @Test
    void qrCodeIsReadAsTheConfigurationWithoutItsComments() throws Exception {
        String out = shell.run("peer", "add", "phone", "--wireguard", "new", "--qr", "--node-endpoint", "vpn.example:1")
                .done().out();
        List<String> drawn = out.lines().filter(line -> line.contains("\u2588")).toList();
        String config = out.lines().filter(line -> !line.contains("\u2588")).reduce("", (a, b) -> a + b + "\n");

        assertThat(drawn.getFirst().length()).as("columns").isLessThanOrEqualTo(90);
        assertThat(decode(drawn)).isEqualTo(DevicePlan.bare(config)).contains("PrivateKey = ", "[Peer]");
    }

    /** As a camera sees a dark terminal. */
    private static String decode(List<String> lines) throws Exception {
        int width = lines.getFirst().length();
        int rows = lines.size() * 2;
        int[] pixels = new int[width * MODULE_PIXELS * rows * MODULE_PIXELS];
        Arrays.fill(pixels, BLACK);
        for (int y = 0; y < rows * MODULE_PIXELS; y++) {
            int row = y / MODULE_PIXELS;
            for (int x = 0; x < width * MODULE_PIXELS; x++) {
                char block = lines.get(row / 2).charAt(x / MODULE_PIXELS);
                boolean light = block == '\u2588' || block == (row % 2 == 0 ? '\u2580' : '\u2584');
                pixels[y * width * MODULE_PIXELS + x] = light ? WHITE : BLACK;
            }
        }
        return new QRCodeReader().decode(
                new BinaryBitmap(new HybridBinarizer(new RGBLuminanceSource(width * MODULE_PIXELS, rows * MODULE_PIXELS,
                        pixels))),
                Map.of(DecodeHintType.TRY_HARDER, true)).getText();
    }

    @Test
    void fileIsForItsOwnerOnly() throws Exception {
        Shell.Outcome outcome = shell.run("peer", "add", "phone", "--wireguard", "new", "--out", "phone.conf",
                "--node-endpoint", "vpn.example:1").done();

        Path file = directory.resolve("phone.conf");
        assertThat(outcome.out()).isEqualTo("written to " + file + "\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
        assertThat(Files.readString(file)).startsWith("# phone, a device of the meshd node alpha\n[Interface]\n");
    }

    @Test
    void jsonHasTheConfiguration() throws Exception {
        var added = shell.run("peer", "add", "phone", "--wireguard", "new", "--json", "--node-endpoint", "a.b:1").done()
                .json();
        var again = shell.run("peer", "config", "phone", "--json", "--endpoint", "a.b:1").done().json();

        assertThat(added.path("config").asText()).contains("PrivateKey = ");
        assertThat(added.path("peer_id").isNull()).isTrue();
        assertThat(Prefix.parse(added.path("prefixes").get(0).asText()).orThrow()).hasToString("10.42.1.2/32");
        assertThat(again.path("config").asText()).contains("Endpoint = a.b:1");
        assertThat(again.path("name").asText()).isEqualTo("phone");
    }

    @Test
    void mistakesAreNamed() throws Exception {
        shell.run("peer", "add", "phone", "--wireguard", "new", "--node-endpoint", "a.b:1").done();
        shell.run("trust", OTHER, "--name", "beta").done();
        Path file = Files.writeString(directory.resolve("other.key"),
                Base64.getEncoder().encodeToString(new byte[32]));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));

        assertThat(shell.run("peer", "config", "phon").failed(1)).contains("no device is called phon", "phone");
        assertThat(shell.run("peer", "config", "beta").failed(1)).contains("beta is a meshd node");
        assertThat(shell.run("peer", "config", "phone", "--private-key", "other.key").failed(1))
                .contains("is not the private key of phone");
        assertThat(shell.run("peer", "config", "phone", "--endpoint", "nowhere").failed(2)).contains("--endpoint");
        assertThat(shell.run("peer", "config", "phone", "--allowed-ips", "10.0.0.0/33").failed(2))
                .contains("--allowed-ips");
        assertThat(shell.run("peer", "add", "tv", "--wireguard", KEY, "--qr").failed(2))
                .contains("--qr goes with --wireguard new");
        assertThat(shell.run("peer", "add", "tv", "--wireguard", "new", "--prefix", "10.42.1.0/24").failed(2))
                .contains("belongs to this node");
    }
}

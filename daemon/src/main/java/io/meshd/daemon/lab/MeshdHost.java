package io.meshd.daemon.lab;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.meshd.daemon.control.ControlClient;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.PeersReport;
import io.meshd.daemon.control.PingReport;
import io.meshd.daemon.control.PingRequest;
import io.meshd.daemon.files.Home;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A host with meshd on it, driven only through the program's command line, as an operator would. */
public final class MeshdHost {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final LabHost host;

    /** Meshd on this host, with a fresh identity; {@code extraConfig} is TOML, or empty for no configuration file. */
    public MeshdHost(LabHost host, String extraConfig) {
        this(host);
        configure(extraConfig);
        meshd("identity", "init").orThrow();
    }

    /** Meshd on this host, where nothing is set up yet. */
    MeshdHost(LabHost host) {
        this.host = host;
    }

    /** Meshd on a host where nothing is set up yet: no identity, no configuration. */
    public static MeshdHost onBareHost(LabHost host) {
        return new MeshdHost(host);
    }

    /** Writes the configuration file, with this host's name. */
    public void configure(String extraConfig) {
        install("""
                [node]
                name = "%s"
                %s""".formatted(host.name(), extraConfig));
    }

    /** Writes the configuration file. */
    void install(String config) {
        try {
            Files.writeString(host.home().resolve("meshd.toml"), config);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public LabHost host() {
        return host;
    }

    public String name() {
        return host.name();
    }

    /** Runs {@code meshd ARGUMENTS} on this host to its end. */
    public Commands.Result meshd(String... arguments) {
        return host.run(command(arguments).toArray(String[]::new));
    }

    /** The words that run {@code meshd ARGUMENTS} for this host, to be put behind others. */
    public List<String> command(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(launcher().toString());
        command.addAll(List.of("--home", host.home().toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    /** The program that runs now, or the one of the checkout that a test is from. */
    private static Path launcher() {
        String running = System.getProperty("meshd.launcher");
        return running != null ? Path.of(running) : Path.of(System.getProperty("meshd.root", "..")).resolve("meshd");
    }

    /** The JSON that a reporting command prints. */
    public JsonNode json(String... arguments) {
        List<String> withFormat = new ArrayList<>(List.of(arguments));
        withFormat.add("--json");
        Commands.Result result = meshd(withFormat.toArray(String[]::new)).orThrow();
        try {
            return JSON.readTree(result.out());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("no JSON: " + result, e);
        }
    }

    /** The one line that others put into their trust. */
    public String publicKeyLine() {
        return meshd("export").orThrow().out().strip();
    }

    /** Trusts another host under its name. */
    public void trust(MeshdHost other, String... options) {
        List<String> arguments = new ArrayList<>(List.of("trust", other.publicKeyLine(), "--name", other.name()));
        arguments.addAll(List.of(options));
        meshd(arguments.toArray(String[]::new)).orThrow();
    }

    /** Each host trusts every other. */
    public static void trustEachOther(List<MeshdHost> all) {
        for (MeshdHost one : all) {
            for (MeshdHost other : all) {
                if (one != other) {
                    one.trust(other);
                }
            }
        }
    }

    /** Starts the daemon in the background, ready or not. */
    public Process startUp(String... options) {
        List<String> arguments = new ArrayList<>(List.of("up"));
        arguments.addAll(List.of(options));
        // Who was started in the background of a script ignores SIGINT, and under nohup SIGHUP, and so would a daemon that
        // it starts.
        List<String> words = new ArrayList<>(List.of("env", "--default-signal=INT,HUP"));
        words.addAll(command(arguments.toArray(String[]::new)));
        return host.start("daemon.log", Map.of(), words.toArray(String[]::new));
    }

    /** Starts the daemon and waits until it is ready. */
    public void up(String... options) {
        List<String> arguments = new ArrayList<>(List.of("up", "--detach"));
        arguments.addAll(List.of(options));
        meshd(arguments.toArray(String[]::new)).orThrow();
    }

    /** Ends the daemon as the OOM killer would. */
    public void kill9() {
        String pid = json("status").get("pid").asText();
        host.run("kill", "-9", pid).orThrow();
    }

    /** Where others reach this host, as a seed. */
    public String seed() {
        return host.address() + ":51821";
    }

    /** The overlay address of a family, without its length: derived or configured, whichever the daemon uses. */
    public String overlay(boolean v6) {
        for (JsonNode address : json("status").get("addresses")) {
            String text = address.asText();
            if (text.contains(":") == v6) {
                return text.substring(0, text.indexOf('/'));
            }
        }
        throw new IllegalStateException(name() + " has no " + (v6 ? "IPv6" : "IPv4") + " overlay address");
    }

    /**
     * What a reporting command tells, asked for without starting the program, so that a test or demo can look often
     * without being in the way; null when no daemon answers.
     */
    public <T> @Nullable T look(String command, Class<T> type) {
        try {
            return ControlClient.read(control().report(command), type);
        } catch (IOException | ControlException _) {
            // Killed, not started yet, or stopping.
            return null;
        }
    }

    /** The path to a peer as {@code meshd peers} tells it; none when no daemon answers. */
    public PeersReport.Path pathTo(MeshdHost peer) {
        PeersReport report = look("peers", PeersReport.class);
        return report == null
                ? PeersReport.Path.NONE
                : report.peers().stream().filter(entry -> entry.name().equals(peer.name())).findFirst()
                        .map(PeersReport.Peer::path).orElse(PeersReport.Path.NONE);
    }

    /** The round trip of one {@code meshd ping} in milliseconds; null when nothing comes back within a second. */
    public @Nullable Double echo(MeshdHost peer) {
        try {
            List<PingReport.Reply> replies = control().ping(new PingRequest(peer.name(), 1, 1_000, 1_000, 0)).replies();
            return replies.isEmpty() ? null : replies.getFirst().rttMs();
        } catch (IOException | ControlException _) {
            return null;
        }
    }

    private ControlClient control() {
        return new ControlClient(Home.at(host.home()).socket());
    }

    /** What {@code meshd peers} says of a peer's state, lower case. */
    public String stateOf(MeshdHost peer) {
        for (JsonNode entry : json("peers").get("peers")) {
            if (entry.get("name").asText().equals(peer.name())) {
                return entry.get("state").asText().toLowerCase(Locale.ROOT);
            }
        }
        return "absent";
    }

    /** Whether the system's own ping gets one answer from an overlay address within a second. */
    public boolean pings(String overlayAddress) {
        return host.run("ping", "-n", "-c", "1", "-W", "1", overlayAddress).status() == 0;
    }
}

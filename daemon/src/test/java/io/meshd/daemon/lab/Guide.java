package io.meshd.daemon.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page of the documents whose commands, lines such as {@code alpha$ sudo meshd up} in blocks of code, are typed into a
 * shell of the host that they name, from top to bottom, as an operator would.
 */
public final class Guide {
    private static final Pattern COMMAND = Pattern.compile("\\s*([a-z]+)\\$ (.*)");
    /** A key with its middle left out stands for the real one of the host that is named behind it. */
    private static final Pattern KEY = Pattern.compile("ssh-ed25519 \\S+… (\\w+)");
    /** What asks another host may come a moment too early. */
    private static final Pattern ECHO = Pattern.compile("(sudo )?(meshd )?ping .*");
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String RELAY_ADDRESS = "198.51.100.10";

    private final List<String> lines = new ArrayList<>();
    private final Map<String, MeshdHost> hosts = new HashMap<>();
    private final Path folder;

    /** The page of this path below the root of the repository, to be played by hosts of their names. */
    public Guide(String page, Lab lab, String... names) {
        this.folder = lab.folder();
        for (String name : names) {
            hosts.put(name, new MeshdHost(lab.host(name)));
        }
        try {
            boolean isCode = false;
            for (String line : Files.readAllLines(Path.of(System.getProperty("meshd.root", "..")).resolve(page))) {
                isCode ^= line.strip().startsWith("```");
                if (isCode && COMMAND.matcher(line).matches()) {
                    lines.add(line.strip());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The host of this name. */
    public MeshdHost host(String name) {
        MeshdHost host = hosts.get(name);
        if (host == null) {
            throw new IllegalStateException("the page has another host, " + name);
        }
        return host;
    }

    /** Types all commands; each must succeed. How many there were. */
    public int run() {
        for (String line : lines) {
            Matcher command = COMMAND.matcher(line);
            if (!command.matches()) {
                throw new IllegalStateException("no command: " + line);
            }
            type(command.group(1), command.group(2));
        }
        return lines.size();
    }

    /** Types one command of a host. */
    public Commands.Result type(String name, String command) {
        String text = KEY.matcher(command).replaceAll(this::key);
        if (ECHO.matcher(text).matches()) {
            LabHost.await(PATIENCE, () -> shell(name, text).status() == 0);
        }
        return shell(name, text).orThrow();
    }

    private String key(MatchResult found) {
        return Matcher.quoteReplacement(shell(found.group(1), "meshd export").orThrow().out().strip());
    }

    /** A shell that knows meshd by its name, on a host that goes by its own. */
    private Commands.Result shell(String name, String command) {
        MeshdHost host = host(name);
        String home = host.host().home().toString();
        String typed = command.replace("/etc/meshd/", home + "/").replace("/var/lib/meshd/", home + "/")
                .replace(RELAY_ADDRESS, hosts.containsKey("relay") ? host("relay").host().address() : RELAY_ADDRESS);
        return host.host().run("unshare", "--uts", "sh", "-ec", """
                hostname %s
                cd %s
                sudo() { "$@"; }
                meshd() { %s "$@"; }
                %s
                """.formatted(name, folder, String.join(" ", host.command()), typed));
    }
}

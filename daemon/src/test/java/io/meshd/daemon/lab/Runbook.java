package io.meshd.daemon.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A README whose commands, lines such as {@code alpha$ sudo meshd up} in blocks of code, are run where they say: what it
 * tells an operator to do is what a test does.
 */
public final class Runbook {
    private static final Pattern COMMAND = Pattern.compile("(\\w+)\\$ (?:sudo )?(.*)");
    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");
    /** A key with its middle left out stands for the real one of the host that is named behind it. */
    private static final Pattern KEY = Pattern.compile("ssh-ed25519 \\S+… (\\w+)");
    private static final String CONFIG = "/etc/meshd/meshd.toml";

    private final Path folder;
    private final MultiHost network;
    private final Map<String, List<String>> sections = new LinkedHashMap<>();

    /** The README of the example, in the repository with this root. */
    public Runbook(Path root, MultiHost network) {
        this.folder = root;
        this.network = network;
        try {
            String section = "";
            boolean isCode = false;
            for (String line : Files.readAllLines(root.resolve("docs/examples/multi-host/README.md"))) {
                isCode ^= line.startsWith("```");
                if (!isCode && line.startsWith("## ")) {
                    section = line.substring(3);
                } else if (isCode && COMMAND.matcher(line).matches()) {
                    sections.computeIfAbsent(section, _ -> new ArrayList<>()).add(line);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs the commands of a section, in order; each must succeed. */
    public void run(String section) throws IOException {
        List<String> lines = sections.remove(section);
        if (lines == null) {
            throw new IOException("no commands under \"" + section + "\", only under " + sections.keySet());
        }
        for (String line : lines) {
            Matcher command = COMMAND.matcher(line);
            if (!command.matches()) {
                throw new IOException("no command: " + line);
            }
            MeshdHost host = host(command.group(1));
            List<String> words = WORD.matcher(command.group(2)).results().map(word -> word(host, word)).toList();
            if (words.getFirst().equals("meshd")) {
                host.meshd(words.subList(1, words.size()).toArray(String[]::new)).orThrow();
            } else {
                host.host().run(words.toArray(String[]::new)).orThrow();
            }
        }
    }

    private String word(MeshdHost host, MatchResult word) {
        boolean isQuoted = word.group(1) != null;
        String text = isQuoted ? word.group(1) : word.group(2);
        Matcher key = KEY.matcher(text);
        if (key.matches()) {
            return host(key.group(1)).publicKeyLine();
        }
        if (text.startsWith("docs/")) {
            return folder.resolve(text).toString();
        }
        if (text.startsWith("s/")) {
            // What the operator puts in place of the address in the documents.
            return "s/" + MultiHost.RELAY_ADDRESS + "/" + network.relay().host().address() + "/";
        }
        return text.equals(CONFIG) ? host.host().home().resolve("meshd.toml").toString() : text;
    }

    private MeshdHost host(String name) {
        return network.hosts().stream().filter(host -> host.name().equals(name)).findFirst().orElseThrow();
    }

    /** The sections with commands that were not run. */
    public List<String> unused() {
        return List.copyOf(sections.keySet());
    }
}

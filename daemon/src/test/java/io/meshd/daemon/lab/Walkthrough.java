package io.meshd.daemon.lab;

import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.IdentityStore;
import io.meshd.daemon.docs.NotTyped;
import io.meshd.daemon.docs.Page;
import io.meshd.identity.OpenSshKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Types the commands of documents on the hosts of a laboratory, as a reader would: each in a shell of the host that its
 * prompt names, from top to bottom, with the real thing in place of what stands for a key, a token or an address. Each must
 * succeed, unless {@link NotTyped} names it. For one thread.
 */
public final class Walkthrough {
    /** A key with its middle left out stands for the real one of the host that is named behind it. */
    private static final Pattern KEY = Pattern.compile("ssh-ed25519 [A-Za-z0-9+/]*… (\\w+)");
    private static final Pattern TOKEN = Pattern.compile("meshd://[A-Za-z0-9_-]+");
    private static final Pattern TOKEN_SHORT = Pattern.compile("meshd://[A-Za-z0-9_-]*…");
    /** What asks another host may come a moment too early. */
    private static final Pattern ECHO = Pattern.compile("(sudo )?(meshd )?ping .*");

    private final Lab lab;
    private final Map<String, MeshdHost> hosts = new HashMap<>();
    private final Map<String, String> words = new LinkedHashMap<>();
    private final Set<String> typed = new HashSet<>();
    private Duration patience = Duration.ZERO;
    private boolean mayFindFaults;
    private boolean repeatsNothing;
    private String token = "";

    /** On the hosts of this laboratory; those that are not there are made, outside, with nothing set up. */
    public Walkthrough(Lab lab) {
        this.lab = lab;
    }

    /** Has a word of the documents stand for something real. */
    public Walkthrough where(String word, String real) {
        words.put(word, real);
        return this;
    }

    /** Lets echoes fail for so long, since a page does not tell its reader how long to wait. */
    public Walkthrough patiently(Duration longest) {
        patience = longest;
        return this;
    }

    /** Lets {@code doctor} find something: he has done his work then. */
    public Walkthrough amongFaults() {
        mayFindFaults = true;
        return this;
    }

    /** Types what a page has several times only once: nothing changes between. */
    public Walkthrough once() {
        repeatsNothing = true;
        return this;
    }

    /** Types all commands of a page; how many there were. */
    public int follow(Page page) {
        return follow(page, _ -> true);
    }

    /** Types the commands under these headings of a page; how many there were. */
    public int follow(Page page, Predicate<String> headings) {
        List<Page.Command> commands = page.commands().stream().filter(command -> headings.test(command.heading()))
                .filter(command -> !NotTyped.names(command)).toList();
        // All hosts before the first command, since one may copy a file to another.
        commands.forEach(command -> host(command.host()));
        Set<String> done = new HashSet<>();
        for (Page.Command command : commands) {
            typed.add(command.where());
            if (!done.add(command.host() + "$ " + command.line()) && repeatsNothing) {
                continue;
            }
            Commands.Result result = shell(command.host(), command.line());
            boolean isFinding = mayFindFaults && result.status() == 1 && command.line().contains("meshd doctor");
            if (result.status() != 0 && !isFinding) {
                throw new IllegalStateException(command + "\n" + result);
            }
        }
        return commands.size();
    }

    /** Whether a command was typed. */
    public boolean hasTyped(Page.Command command) {
        return typed.contains(command.where());
    }

    /** Types one command that must succeed. */
    public Commands.Result type(String host, String command) {
        return shell(host, command).orThrow();
    }

    private Commands.Result shell(String name, String command) {
        MeshdHost host = host(name);
        String real = real(host, command);
        List<String> shell = List.of(desk(host).resolve("bin/on").toString(), real);
        Commands.Result result = Commands.run(shell);
        if (result.status() != 0 && ECHO.matcher(command).matches()) {
            LabHost.await(patience, () -> Commands.run(shell).status() == 0);
            result = Commands.run(shell);
        }
        Matcher printed = TOKEN.matcher(result.out());
        if (printed.find()) {
            token = printed.group();
        }
        return result;
    }

    /** The command with what a reader would put into it, and with the files of this host. */
    private String real(MeshdHost host, String command) {
        String real = KEY.matcher(command).replaceAll(key -> Matcher.quoteReplacement(keyOf(key.group(1))));
        real = TOKEN_SHORT.matcher(real).replaceAll(token);
        for (Map.Entry<String, String> word : words.entrySet()) {
            real = real.replace(word.getKey(), word.getValue());
        }
        Path home = host.host().home();
        return real.replace("/var/lib/meshd/identity", home.resolve("identity").toString())
                .replace("/var/lib/meshd/authorized_keys", home.resolve("authorized_keys").toString())
                .replace("/var/lib/meshd/", home.resolve("state") + "/")
                .replace("/etc/meshd", home.toString())
                .replace("/srv/", home + "/");
    }

    private String keyOf(String name) {
        try {
            return new OpenSshKey(IdentityStore.load(host(name).host().home().resolve("identity")).publicKey(), name)
                    .line();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ConfigException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What a reader has at hand there: programs, and the folder in which he works. */
    private Path desk(MeshdHost host) {
        return lab.folder().resolve("desks").resolve(host.name());
    }

    /** The host of that name, with a shell in which {@code meshd}, {@code sudo}, {@code ssh} and {@code scp} are found. */
    public MeshdHost host(String name) {
        return hosts.computeIfAbsent(name, _ -> {
            MeshdHost host = MeshdHost.onBareHost(lab.host(name));
            try {
                furnish(host);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            // The rules of a host that lets in nothing but what is said.
            host.host().nft("""
                    table inet filter {
                      chain input {
                        type filter hook input priority filter; policy accept;
                      }
                    }
                    """);
            return host;
        });
    }

    private void furnish(MeshdHost host) throws IOException {
        Path desk = desk(host);
        Path bin = Files.createDirectories(desk.resolve("bin"));
        Path here = Files.createDirectories(desk.resolve("here"));
        write(bin.resolve("on"), """
                export PATH=%s:$PATH MESHD_HOME=%s
                cd %s
                exec ip netns exec %s unshare --uts bash -c 'hostname "$0"; exec bash -c "$1"' %s "$1"
                """.formatted(bin, host.host().home(), here, host.host().namespace(), host.name()));
        write(bin.resolve("meshd"), "exec %s \"$@\"\n".formatted(host.command().getFirst()));
        write(bin.resolve("sudo"), "exec \"$@\"\n");
        write(bin.resolve("ssh"), "host=$1; shift; exec %s/../$host/bin/on \"$*\"\n".formatted(desk));
        write(bin.resolve("scp"), """
                for file; do
                    [[ $file != *:* ]] || file=%s/../${file%%%%:*}/here/${file#*:}
                    files+=("$file")
                done
                exec cp "${files[@]}"
                """.formatted(desk));
        // A checkout, for what is said of one.
        Files.createSymbolicLink(here.resolve("docs"), Page.ROOT.resolve("docs"));
        Files.createSymbolicLink(here.resolve("meshd"), Page.ROOT.resolve("meshd"));
    }

    private static void write(Path script, String text) throws IOException {
        Files.writeString(script, "#!/bin/bash\n" + text);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    }
}

package io.meshd.daemon.lab;

import io.meshd.daemon.docs.Page;
import io.meshd.daemon.docs.ShellLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Types the commands of a document on the hosts of a laboratory, as a reader would: each host that a prompt names is made,
 * commands run in a shell there, one after the other, and what stands for a key, a token or an address is put in.
 */
public final class Walkthrough {
    /** A key with its middle left out stands for the real one of the host that is named behind it. */
    private static final Pattern KEY = Pattern.compile("ssh-ed25519 [A-Za-z0-9+/]*… (\\w+)");
    private static final Pattern TOKEN = Pattern.compile("meshd://[A-Za-z0-9_-]+");
    private static final Pattern TOKEN_SHORT = Pattern.compile("meshd://[A-Za-z0-9_-]*…");

    private final Lab lab;
    private final Map<String, MeshdHost> hosts = new LinkedHashMap<>();
    private final Map<String, String> addresses = new LinkedHashMap<>();
    private final List<String> failures = new ArrayList<>();
    private String token = "";

    /** Nothing is there yet. */
    public Walkthrough(Lab lab) {
        this.lab = lab;
    }

    /** The address in the documents is that of this host. */
    public Walkthrough where(String address, String host) {
        addresses.put(address, host);
        return this;
    }

    /** Types what stands under those headings of a page; tells what did not end with status 0. */
    public List<String> follow(Page page, Predicate<String> headings) throws IOException {
        List<Page.Snippet> lines = page.snippets().stream().filter(line -> line.isBlock()
                && !ShellLine.typed(line.text()).host().isEmpty() && headings.test(line.heading())).toList();
        // All hosts before the first command, since one may copy a file to another.
        for (Page.Snippet line : lines) {
            host(ShellLine.typed(line.text()).host());
        }
        for (Page.Snippet line : lines) {
            ShellLine.Typed typed = ShellLine.typed(line.text());
            type(line.where(), host(typed.host()), typed.command());
        }
        return List.copyOf(failures);
    }

    private void type(String where, MeshdHost host, String command) throws IOException {
        Commands.Result result = Commands.run(List.of(script(host, "on").toString(), real(host, command)));
        Matcher printed = TOKEN.matcher(result.out());
        if (printed.find()) {
            token = printed.group();
        }
        // A doctor who finds something has done his work.
        boolean isDone = result.status() == 0 || (result.status() == 1 && command.contains("meshd doctor"));
        if (!isDone) {
            failures.add(where + ": " + host.name() + "$ " + command + "\n" + result);
        }
    }

    /** The command with what a reader would put into it, and with the files of this host. */
    private String real(MeshdHost host, String command) throws IOException {
        String real = KEY.matcher(command).replaceAll(key -> Matcher.quoteReplacement(keyOf(key.group(1))));
        real = TOKEN_SHORT.matcher(real).replaceAll(token);
        for (Map.Entry<String, String> address : addresses.entrySet()) {
            real = real.replace(address.getKey(), host(address.getValue()).host().address());
        }
        Path home = host.host().home();
        return real.replace("/var/lib/meshd/identity", home.resolve("identity").toString())
                .replace("/var/lib/meshd/", home.resolve("state") + "/")
                .replace("/etc/meshd/", home + "/")
                .replace("/srv/", home + "/");
    }

    private String keyOf(String name) {
        try {
            // Behind the key stands the name of the host, which only its own shell knows here.
            String[] words = host(name).publicKeyLine().split(" ", -1);
            return words[0] + " " + words[1] + " " + name;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private Path script(MeshdHost host, String name) {
        return host.host().home().resolve("bin").resolve(name);
    }

    /** The host of that name, with a shell in which {@code meshd}, {@code sudo}, {@code ssh} and {@code scp} are found. */
    private MeshdHost host(String name) throws IOException {
        MeshdHost known = hosts.get(name);
        if (known != null) {
            return known;
        }
        MeshdHost host = MeshdHost.onBareHost(lab.host(name));
        hosts.put(name, host);
        Path home = host.host().home();
        Path bin = Files.createDirectories(home.resolve("bin"));
        Path work = Files.createDirectories(home.resolve("work"));
        write(bin.resolve("on"), """
                export PATH=%s:$PATH MESHD_HOME=%s
                cd %s
                exec ip netns exec %s unshare --uts bash -c 'hostname "$0"; exec bash -c "$1"' %s "$1"
                """.formatted(bin, home, work, host.host().namespace(), name));
        write(bin.resolve("meshd"), "exec %s \"$@\"\n".formatted(host.command().getFirst()));
        write(bin.resolve("sudo"), "exec \"$@\"\n");
        write(bin.resolve("ssh"), "host=$1; shift; exec %s/$host/bin/on \"$*\"\n".formatted(lab.folder()));
        write(bin.resolve("scp"), "exec cp \"$1\" \"%s/${2%%:}/work/\"\n".formatted(lab.folder()));
        // The rules of a host that lets in nothing but what is said.
        host.host().nft("""
                table inet filter {
                  chain input {
                    type filter hook input priority filter; policy accept;
                  }
                }
                """);
        return host;
    }

    private static void write(Path script, String text) throws IOException {
        Files.writeString(script, "#!/bin/bash\n" + text);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    }
}

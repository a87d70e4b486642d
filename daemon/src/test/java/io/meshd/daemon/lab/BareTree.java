package io.meshd.daemon.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A small Debian of its own in a folder: the essential packages of this machine, as they are installed here, with a
 * package database that knows of no other. Nothing is fetched from anywhere, and there is no Java in it.
 */
public final class BareTree {
    /** Beside what is essential: what any system has that people log in to. */
    private static final List<String> BESIDES = List.of("passwd", "libstdc++6", "zlib1g");
    private static final List<String> MERGED = List.of("bin", "sbin", "lib", "lib64");
    /** Made by scripts when a system is set up, so that no package lists it. */
    private static final List<String> SET_UP = List.of("etc/passwd", "etc/group", "etc/shadow", "etc/gshadow",
            "etc/ld.so.cache");
    /** The device as distributions have it, whatever this machine does. */
    private static final String ENTER = """
            mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" && mount --bind /sys "$0/sys" \
            && mount -t tmpfs none "$0/dev/net" && mknod -m 666 "$0/dev/net/tun" c 10 200 \
            && exec chroot "$0" /usr/bin/env -i HOME=/root \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
            """;

    private final Path path;

    private BareTree(Path path) {
        this.path = path;
    }

    /** An installed package, and those that it needs: each entry names alternatives. */
    private record Installed(boolean essential, List<List<String>> needs) {}

    /** Whether this machine has the packages to make it from. */
    public static boolean possible() {
        return Files.isExecutable(Path.of("/usr/bin/dpkg-query")) && Files.isSymbolicLink(Path.of("/lib"));
    }

    /** Makes one in a folder that is not there yet. */
    public static BareTree make(Path folder) {
        BareTree tree = new BareTree(folder);
        try {
            tree.copy(closure());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return tree;
    }

    /** A file of the tree, seen from outside. */
    public Path file(String name) {
        return path.resolve(name.substring(1));
    }

    /** The words that run a command as root of the tree, to be given to a host whose network it shall have. */
    public String[] enter(String... command) {
        return Stream.concat(Stream.of("sh", "-c", ENTER, path.toString()), Stream.of(command)).toArray(String[]::new);
    }

    private static Set<String> closure() {
        Map<String, Installed> installed = new TreeMap<>();
        Map<String, String> providers = new HashMap<>();
        for (String line : Commands.run(List.of("dpkg-query", "-W", "-f",
                "${db:Status-Abbrev}\\t${Package}\\t${Essential}\\t${Provides}\\t${Pre-Depends}, ${Depends}\\n"))
                .orThrow()
                .out().lines().toList()) {
            String[] columns = line.split("\t", -1);
            if (columns[0].startsWith("ii")) {
                installed.put(columns[1], new Installed(columns[2].equals("yes"), alternatives(columns[4])));
                alternatives(columns[3]).forEach(provided -> providers.putIfAbsent(provided.getFirst(), columns[1]));
            }
        }
        Deque<String> open = new ArrayDeque<>(BESIDES);
        installed.forEach((name, about) -> {
            if (about.essential) {
                open.add(name);
            }
        });
        Set<String> chosen = new TreeSet<>();
        while (!open.isEmpty()) {
            String name = open.remove();
            Installed about = installed.get(name);
            if (about != null && chosen.add(name)) {
                about.needs.forEach(need -> need.stream()
                        .map(each -> installed.containsKey(each) ? each : providers.getOrDefault(each, ""))
                        .filter(each -> !each.isEmpty()).findFirst().ifPresent(open::add));
            }
        }
        return chosen;
    }

    private static List<List<String>> alternatives(String field) {
        return Stream.of(field.split(",")).map(String::strip).filter(each -> !each.isEmpty())
                .map(each -> Stream.of(each.split("\\|")).map(one -> one.strip().replaceAll("[ (:].*", "")).toList())
                .toList();
    }

    private void copy(Set<String> packages) throws IOException {
        for (String name : List.of("proc", "sys", "dev", "tmp", "run", "root", "var/log", "usr/local/bin",
                "var/lib/dpkg/info", "var/lib/dpkg/updates")) {
            Files.createDirectories(path.resolve(name));
        }
        for (String name : MERGED) {
            Files.createDirectories(path.resolve("usr").resolve(name));
            Files.createSymbolicLink(path.resolve(name), Path.of("usr", name));
        }
        Set<String> files = new TreeSet<>();
        List<String> query = new ArrayList<>(List.of("dpkg", "-L"));
        query.addAll(packages);
        Commands.run(query).orThrow().out().lines().filter(line -> line.startsWith("/"))
                .filter(line -> Files.exists(Path.of(line), LinkOption.NOFOLLOW_LINKS))
                .filter(line -> Files.isSymbolicLink(Path.of(line)) || !Files.isDirectory(Path.of(line)))
                .filter(line -> !MERGED.contains(line.substring(1)))
                .forEach(line -> files.add(line.substring(1)));
        files.addAll(SET_UP.stream().filter(name -> Files.exists(Path.of("/", name))).toList());
        Path list = Files.write(path.resolve("list"), files);
        Commands.run(List.of("sh", "-c", "tar -C / -cf - --no-recursion -T \"$0/list\" | tar -C \"$0\" -xpf -",
                path.toString())).orThrow();
        Files.delete(list);
        describe(packages);
    }

    private void describe(Set<String> packages) throws IOException {
        List<String> query = new ArrayList<>(List.of("dpkg-query", "-s"));
        query.addAll(packages);
        Files.writeString(path.resolve("var/lib/dpkg/status"), Commands.run(query).orThrow().out());
        try (Stream<Path> lists = Files.list(Path.of("/var/lib/dpkg/info"))) {
            for (Path each : lists.filter(file -> file.toString().endsWith(".list")).toList()) {
                String name = each.getFileName().toString().replaceAll("(:[a-z0-9]+)?\\.list$", "");
                if (packages.contains(name)) {
                    Files.copy(each, path.resolve("var/lib/dpkg/info").resolve(each.getFileName()),
                            StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }
}

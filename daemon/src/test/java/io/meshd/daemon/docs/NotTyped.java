package io.meshd.daemon.docs;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The commands in blocks of the documents that no test types as they stand, by the reason. All others are typed. */
public final class NotTyped {
    private static final String OPERATIONS = "docs/operations.md";
    private static final String PACKAGING = "docs/packaging.md";
    private static final String LOGS = "docs/monitoring/logs.md";
    private static final String TROUBLESHOOTING = "docs/troubleshooting.md";

    private static final Map<String, Map<String, Set<String>>> PAGES_BY_REASON = Map.of(
            "PackageIT installs, upgrades and removes package and archive on small systems, and plays systemd",
            Map.of("README.md", Set.of("sudo apt install ./daemon/target/dist/meshd_0.1.0_amd64.deb",
                    "sudo systemctl enable --now meshd"),
                    OPERATIONS, Set.of("sudo systemctl enable --now meshd", "sudo systemctl status meshd",
                            "sudo apt install ./meshd_0.1.0_amd64.deb", "sudo journalctl -u meshd -n 50",
                            "sudo apt remove meshd"),
                    PACKAGING, Set.of("sudo apt install ./meshd_0.1.0_amd64.deb",
                            "sudo systemctl enable --now meshd", "tar -xzf meshd-0.1.0-linux-x86_64.tar.gz",
                            "./meshd-0.1.0-linux-x86_64/bin/meshd version",
                            "sudo cp -r meshd-0.1.0-linux-x86_64 /opt/",
                            "sudo /opt/meshd-0.1.0-linux-x86_64/libexec/make-caches",
                            "sudo ln -s /opt/meshd-0.1.0-linux-x86_64/bin/meshd /usr/local/bin/meshd",
                            "sudo cp /opt/meshd-0.1.0-linux-x86_64/lib/sysusers.d/meshd.conf /etc/sysusers.d/"
                                    + " && sudo systemd-sysusers",
                            "sudo cp /opt/meshd-0.1.0-linux-x86_64/lib/systemd/system/meshd.service"
                                    + " /etc/systemd/system/",
                            "sudo systemctl daemon-reload")),
            "needs a host without a key; typed from getting-started.md, in the same order",
            Map.of(PACKAGING, Set.of("sudo meshd identity init", "sudo meshd trust 'ssh-ed25519 AAAAC3… beta'")),
            "needs systemd itself, which no laboratory has",
            Map.of(PACKAGING, Set.of("sudo systemctl edit meshd", "sudo journalctl -u meshd -f"),
                    LOGS, Set.of("sudo journalctl -u meshd MESHD_PEER=beta", "sudo journalctl -u meshd -p warning")),
            "needs a container engine; PackageIT does by hand what one would do",
            Map.of(PACKAGING, Set.of("sudo podman build -t meshd -f packaging/Containerfile daemon/target/dist",
                    "sudo podman run -d --name meshd --network host --cap-drop ALL --cap-add NET_ADMIN"
                            + " --device /dev/net/tun     -v meshd-state:/var/lib/meshd -v /etc/meshd:/etc/meshd meshd",
                    "sudo podman exec meshd meshd status")),
            "DemoIT runs it; the other is what runs this test",
            Map.of("README.md", Set.of("sudo ./meshd demo", "sudo ./test"),
                    TROUBLESHOOTING, Set.of("sudo ./test")),
            "does not end by itself; SeeingIT reads the first lines",
            Map.of(LOGS, Set.of("sudo meshd log -f --level debug")),
            "StartFailuresIT has the start fail in these ways, and others",
            Map.of(TROUBLESHOOTING, Set.of("meshd up", "sudo meshd up")),
            "typed from same-and-different.md, where also the configuration is written that it needs",
            Map.of(TROUBLESHOOTING, Set.of("sudo meshd --home /srv/work up --detach",
                    "sudo meshd --home /srv/work status")),
            "for who has no daemon, which the hosts of that page have; typed from nearly every other page",
            Map.of(TROUBLESHOOTING, Set.of("sudo meshd up --detach")),
            "an example of the notation",
            Map.of("CONTRIBUTING.md", Set.of("sudo meshd trust 'ssh-ed25519 AAAAC3… beta'",
                    "sudo meshd ping -c 2 beta")));

    private NotTyped() {}

    /** Whether this command is one of them. */
    public static boolean names(Page.Command command) {
        String page = command.where().replaceFirst(":[0-9]+$", "");
        return PAGES_BY_REASON.values().stream()
                .anyMatch(pages -> pages.getOrDefault(page, Set.of()).contains(bare(command)));
    }

    /** Without a comment. */
    static String bare(Page.Command command) {
        return command.line().replaceFirst(" +# .*$", "").strip();
    }

    /** All of them, as page and line. */
    static Set<String> all() {
        Set<String> all = new TreeSet<>();
        PAGES_BY_REASON.values().forEach(pages -> new TreeMap<>(pages)
                .forEach((page, lines) -> List.copyOf(lines).forEach(line -> all.add(page + ": " + line))));
        return all;
    }
}

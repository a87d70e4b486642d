package io.meshd.daemon.doctor;

import io.meshd.netio.Link;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The devices, rights and limits that a node stands on. */
final class DeviceChecks {
    private static final String GRANT = "sudo systemctl start meshd, whose unit grants it; without a unit: sudo setpriv "
            + "--reuid $USER --init-groups --inh-caps +net_admin --ambient-caps +net_admin meshd up";
    private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+).*");
    /** UDP_SEGMENT came with 4.18, UDP_GRO with 5.0; before, each datagram is a call of its own. */
    private static final int OFFLOAD_MAJOR = 5;
    /** What the daemon asks for: see UdpSettings. */
    private static final long BUFFER_BYTES = 8 << 20;
    /** A search for the port of a hard NAT opens 256 sockets at once; everything else together some dozens. */
    private static final long OPEN_FILES_MIN = 512;

    private final Subject subject;
    private final HostView host;
    private final Findings findings;

    DeviceChecks(Subject subject, Findings findings) {
        this.subject = subject;
        this.host = subject.host();
        this.findings = findings;
    }

    void run() {
        if (subject.hasInterface()) {
            device();
            networkInterface();
        } else {
            findings.pass(Topic.TUN_DEVICE, "not needed: this node only relays and introduces");
            findings.pass(Topic.RIGHTS, "none are needed without an interface");
            findings.pass(Topic.INTERFACE, "there is none by configuration");
        }
        offload();
        port();
        buffers();
        openFiles();
    }

    private void device() {
        String fault = host.tunFault();
        if (fault.isEmpty()) {
            findings.pass(Topic.TUN_DEVICE, "/dev/net/tun opens");
        } else if (subject.running() != null) {
            findings.pass(Topic.TUN_DEVICE, "the daemon has it open");
        } else {
            findings.failWithCure(Topic.TUN_DEVICE, fault);
        }
        if (host.hasNetAdmin()) {
            findings.pass(Topic.RIGHTS, "this user may make interfaces (CAP_NET_ADMIN)");
        } else if (subject.running() != null) {
            findings.pass(Topic.RIGHTS, "the daemon has them, pid " + subject.running().pid());
        } else {
            findings.fail(Topic.RIGHTS, "CAP_NET_ADMIN is missing, without which there is no interface", GRANT);
        }
    }

    private void networkInterface() {
        String name = subject.device();
        Link link;
        try {
            link = host.links().stream().filter(one -> one.name().equals(name)).findFirst().orElse(null);
        } catch (IOException e) {
            findings.unseen(Topic.INTERFACE, name + ": " + e.getMessage());
            return;
        }
        if (subject.running() != null) {
            if (link == null) {
                findings.fail(Topic.INTERFACE, name + " is gone, though the daemon runs",
                        "meshd down && meshd up --detach");
            } else if (!link.isUp()) {
                findings.fail(Topic.INTERFACE, name + " is switched off", "ip link set " + name + " up");
            } else {
                findings.pass(Topic.INTERFACE, name + " is up");
            }
        } else if (link == null) {
            findings.pass(Topic.INTERFACE, name + " is free");
        } else if (!link.isTun()) {
            findings.fail(Topic.INTERFACE, name + " is another interface of this host"
                    + (link.kind().isEmpty() ? "" : " (" + link.kind() + ")"), "change " + subject.place("tun.name"));
        } else if (link.isRunning()) {
            findings.fail(Topic.INTERFACE, name + " is in use by another program",
                    "stop that, or change " + subject.place("tun.name"));
        } else {
            findings.pass(Topic.INTERFACE, name + " is a TUN that waits for a program");
        }
    }

    private void offload() {
        Matcher release = RELEASE.matcher(host.kernelRelease());
        boolean old = release.matches() && Integer.parseInt(release.group(1)) < OFFLOAD_MAJOR;
        if (old) {
            findings.warn(Topic.OFFLOAD, "kernel " + host.kernelRelease() + " takes one datagram a call: it works, and "
                    + "is several times slower", "a kernel of version 5.0 or newer");
        } else if (subject.running() != null && subject.hasInterface() && !host.hasOffload(subject.device())) {
            findings.warn(Topic.OFFLOAD, subject.device() + " was made by another program, without segmentation",
                    "meshd down && ip link delete " + subject.device() + " && meshd up --detach");
        } else {
            findings.pass(Topic.OFFLOAD, "kernel " + host.kernelRelease() + " takes many packets a call");
        }
    }

    private void port() {
        int port = subject.config().node().listenPort();
        if (subject.running() != null) {
            if (port == 0 || port == subject.running().listenPort()) {
                findings.pass(Topic.UDP_PORT, "the daemon has " + subject.running().listenPort());
            } else {
                findings.warn(Topic.UDP_PORT, "the daemon has " + subject.running().listenPort() + ", but "
                        + subject.place("node.listen_port") + " says " + port, "meshd reload");
            }
        } else if (port == 0) {
            findings.pass(Topic.UDP_PORT, "any free one will be taken");
        } else if (host.isPortFree(port)) {
            findings.pass(Topic.UDP_PORT, port + " is free");
        } else {
            String holder = host.portHolder(port);
            findings.fail(Topic.UDP_PORT, port + " is taken by " + (holder.isEmpty() ? "another program" : holder),
                    (holder.isEmpty() ? "`sudo ss -ulpn sport = :" + port + "` names it: stop it" : "stop that")
                            + ", or change " + subject.place("node.listen_port"));
        }
    }

    private void buffers() {
        boolean forced = (host.hasNetAdmin() || subject.running() != null) && subject.hasInterface()
                && !host.isUserNamespace();
        if (forced) {
            findings.pass(Topic.SOCKET_BUFFERS, "8 MiB, whatever net.core.rmem_max says (CAP_NET_ADMIN)");
            return;
        }
        for (String name : new String[]{"rmem_max", "wmem_max"}) {
            String value = host.sysctl("net/core/" + name);
            if (value.matches("\\d{1,18}") && Long.parseLong(value) < BUFFER_BYTES) {
                findings.warn(Topic.SOCKET_BUFFERS, "net.core." + name + " allows " + value + " bytes: bursts of more "
                        + "than that are lost", "sysctl -w net.core." + name + "=" + BUFFER_BYTES);
            }
        }
        findings.passUnlessFound(Topic.SOCKET_BUFFERS, "8 MiB are allowed");
    }

    private void openFiles() {
        Processes.Running process = subject.running() == null
                ? host.self()
                : host.process(subject.running().pid());
        if (process == null) {
            findings.unseen(Topic.OPEN_FILES, "the limits of the daemon");
            return;
        }
        long left = process.openFilesMax() - Math.max(0, subject.running() == null ? 0 : process.openFiles());
        if (left < OPEN_FILES_MIN) {
            findings.warn(Topic.OPEN_FILES, "the daemon may open " + left + " more files; getting through a hard NAT "
                    + "takes " + OPEN_FILES_MIN,
                    "ulimit -n 4096 before `meshd up`, or LimitNOFILE=4096 in its unit");
        } else {
            findings.pass(Topic.OPEN_FILES, process.openFilesMax() == Long.MAX_VALUE
                    ? "as many as it likes"
                    : "at most " + process.openFilesMax());
        }
    }
}

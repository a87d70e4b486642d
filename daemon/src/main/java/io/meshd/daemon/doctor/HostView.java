package io.meshd.daemon.doctor;

import io.meshd.daemon.files.FileException;
import io.meshd.daemon.files.Owner;
import io.meshd.netio.Link;
import io.meshd.netio.LocalAddress;
import io.meshd.netio.Netlink;
import io.meshd.netio.Route;
import io.meshd.netio.RoutingRule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What {@code doctor} sees of the host. Looks only; nothing waits for longer than {@link #PATIENCE_MILLIS}. */
public class HostView {
    private static final long PATIENCE_MILLIS = 2_500;
    private static final Path TUN = Path.of("/dev/net/tun");
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path USER_NAMESPACE = Path.of("/proc/self/uid_map");
    private static final String WHOLE_USER_NAMESPACE = "4294967295";
    private static final String EFFECTIVE = "CapEff:";
    private static final int CAP_NET_ADMIN = 12;
    /** Far more than the rules of any host have. */
    private static final int RULES_MAX_BYTES = 8 << 20;
    private static final int IFF_VNET_HDR = 0x4000;

    /** The host that this program runs on. */
    public HostView() {}

    /** Whether nothing is hidden from this process. */
    boolean isRoot() {
        try {
            return Owner.ofThisProcess().isRoot();
        } catch (IOException _) {
            return false;
        }
    }

    /** What the device for TUN interfaces answers: empty when it opens, else why not and what to do. */
    String tunFault() {
        if (!Files.exists(TUN)) {
            return TUN + " does not exist: load the module with `modprobe tun`, or give it to the container";
        }
        try (FileChannel _ = FileChannel.open(TUN, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return "";
        } catch (IOException e) {
            return FileException.line(e);
        }
    }

    /** Whether this process may configure the network. */
    boolean hasNetAdmin() {
        try {
            return Files.readAllLines(STATUS).stream().filter(line -> line.startsWith(EFFECTIVE))
                    .map(line -> line.substring(EFFECTIVE.length()).strip())
                    .anyMatch(hex -> (Long.parseUnsignedLong(hex, 16) >>> CAP_NET_ADMIN & 1) == 1);
        } catch (IOException _) {
            return false;
        }
    }

    /** Whether this is a container whose root is not that of the host: rights then end at the network namespace. */
    boolean isUserNamespace() {
        try {
            return !Files.readString(USER_NAMESPACE).contains(WHOLE_USER_NAMESPACE);
        } catch (IOException _) {
            return false;
        }
    }

    /** The kernel's version, such as "6.1.0-18-amd64". */
    String kernelRelease() {
        return System.getProperty("os.version", "");
    }

    /** Whether the UDP port can be bound. */
    boolean isPortFree(int port) {
        try (DatagramChannel channel = DatagramChannel.open()) {
            channel.bind(new InetSocketAddress(port));
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /** Who has a UDP port, such as "coturn (pid 812)"; empty when that is not to be seen. */
    String portHolder(int port) {
        return Processes.udpPortHolder(port);
    }

    /** A running process; null when there is none of this number. */
    Processes.@Nullable Running process(long pid) {
        return Processes.running(pid);
    }

    /** This process. */
    Processes.@Nullable Running self() {
        return Processes.running(ProcessHandle.current().pid());
    }

    /** All interfaces. */
    List<Link> links() throws IOException {
        try (Netlink netlink = Netlink.open()) {
            return netlink.links();
        }
    }

    /** All addresses of this host. */
    List<LocalAddress> addresses() throws IOException {
        try (Netlink netlink = Netlink.open()) {
            return netlink.addresses();
        }
    }

    /** All routes of all tables. */
    List<Route> routes() throws IOException {
        try (Netlink netlink = Netlink.open()) {
            return netlink.routes();
        }
    }

    /** All routing rules. */
    List<RoutingRule> rules() throws IOException {
        try (Netlink netlink = Netlink.open()) {
            return netlink.rules();
        }
    }

    /** Whether a TUN takes many packets a call; true as well when it does not say. */
    boolean hasOffload(String device) {
        try {
            String flags = Files.readString(Path.of("/sys/class/net", device, "tun_flags")).strip();
            return (Integer.decode(flags) & IFF_VNET_HDR) != 0;
        } catch (IOException | NumberFormatException _) {
            return true;
        }
    }

    /** A switch of the kernel, such as "net/ipv4/ip_forward"; empty when it does not exist. */
    String sysctl(String path) {
        try {
            return Files.readString(Path.of("/proc/sys").resolve(path)).strip();
        } catch (IOException _) {
            return "";
        }
    }

    /** Whether files can be made there by this process; false on a file system that is mounted read-only. */
    boolean isWritable(Path directory) {
        return Files.isWritable(directory);
    }

    /** Room for files there, in bytes. */
    long usableBytes(Path directory) throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }

    /**
     * The rules of nftables as {@code nft -j list ruleset} prints them; empty where there is no such program.
     *
     * @throws IOException when they are not to be seen; the message says why
     */
    String firewallRules() throws IOException {
        if (!isRoot()) {
            throw new IOException("the rules of nftables");
        }
        Process process;
        try {
            process = new ProcessBuilder("nft", "-j", "list", "ruleset").redirectInput(Path.of("/dev/null").toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        } catch (IOException _) {
            return "";
        }
        CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> read(process),
                Thread.ofVirtual()::start);
        try {
            String rules = output.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            if (!process.waitFor(PATIENCE_MILLIS, TimeUnit.MILLISECONDS) || process.exitValue() != 0) {
                throw new IOException("nft does not show its rules");
            }
            return rules;
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("nft does not show its rules", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static String read(Process process) {
        try {
            return new String(process.getInputStream().readNBytes(RULES_MAX_BYTES), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Why these names have no addresses: only names that have none are in the answer. All are asked at once. */
    Map<String, String> nameFaults(Collection<String> names) throws IOException {
        // Not closed: a lookup that hangs cannot be ended, and is not waited for.
        ExecutorService lookups = Executors.newVirtualThreadPerTaskExecutor();
        Map<String, CompletableFuture<String>> asked = new LinkedHashMap<>();
        names.forEach(name -> asked.put(name, CompletableFuture.supplyAsync(() -> nameFault(name), lookups)
                .completeOnTimeout("no answer from the name server", PATIENCE_MILLIS, TimeUnit.MILLISECONDS)));
        Map<String, String> faults = new LinkedHashMap<>();
        asked.forEach((name, answer) -> {
            String fault = answer.join();
            if (!fault.isEmpty()) {
                faults.put(name, fault);
            }
        });
        lookups.shutdownNow();
        return faults;
    }

    private static String nameFault(String name) {
        try {
            return InetAddress.getAllByName(name).length == 0 ? "it has no address" : "";
        } catch (UnknownHostException _) {
            return "it has no address, or no name server answers";
        }
    }

    /** Why nothing can be sent to an address; empty when there is a route. Sends nothing. */
    String routeFault(InetSocketAddress to) {
        try (DatagramChannel channel = DatagramChannel.open()) {
            channel.connect(to);
            return "";
        } catch (IOException e) {
            return FileException.line(e);
        }
    }
}

package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.meshd.daemon.lab.BareTree;
import io.meshd.daemon.lab.Commands;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.LabHost;
import io.meshd.daemon.lab.PlayedManager;
import io.meshd.daemon.lab.StoppedThread;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * The package and the archive on small systems without a JDK: one story, from the installation to the end of it. What
 * systemd does from the unit file is done by hand, with the same user, directories and rights.
 */
@NeedsLab
@EnabledIf(value = "hasPackages", disabledReason = "needs Debian, and what `mvn package` leaves")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PackageIT {
    private static final Path ROOT = Path.of(System.getProperty("meshd.root", "..")).toAbsolutePath().normalize();
    /** As the unit file has it: the user, the one right, no way to more. */
    private static final List<String> AS_SERVICE = List.of("setpriv", "--reuid", "meshd", "--regid", "meshd",
            "--clear-groups", "--bounding-set", "-all,+net_admin", "--inh-caps", "-all,+net_admin", "--ambient-caps",
            "-all,+net_admin", "--no-new-privs");
    /** As a container engine runs what is told to drop all rights but one. */
    private static final List<String> AS_CONTAINER = List.of("setpriv", "--bounding-set", "-all,+net_admin",
            "--inh-caps", "-all,+net_admin", "--no-new-privs");

    /** What libraries only offer to use: see packaging/prepare.sh. */
    private static final Set<String> NOT_NEEDED = Set.of("java.desktop", "java.sql", "jdk.jfr");

    private @Nullable Lab lab;
    private @Nullable Node service;
    private @Nullable Node container;
    private @Nullable PlayedManager manager;
    private @Nullable Process daemon;

    /** A host of the lab with a small system of its own. */
    private record Node(LabHost host, BareTree tree) {
        private static Node make(Lab lab, String name) {
            LabHost host = lab.host(name);
            return new Node(host, BareTree.make(host.home().resolve("tree")));
        }

        private Commands.Result run(String... command) {
            return host.run(tree.enter(command));
        }

        private Commands.Result shell(String script) {
            return run("sh", "-ec", script);
        }

        private Process start(List<String> as, String... command) {
            List<String> words = new ArrayList<>(as);
            words.addAll(List.of(command));
            return host.start("daemon.log", tree.enter(words.toArray(String[]::new)));
        }

        private boolean isReady() {
            return host.log("daemon.log").contains("meshd is ready");
        }

        private boolean pings(String address) {
            return host.run("ping", "-n", "-c", "1", "-W", "1", address).status() == 0;
        }
    }

    static boolean hasPackages() {
        return BareTree.possible() && Files.isDirectory(ROOT.resolve("daemon/target/dist"))
                && !files("daemon/target/dist", ".deb").isEmpty();
    }

    private static List<Path> files(String folder, String suffix) {
        try (Stream<Path> all = Files.list(ROOT.resolve(folder))) {
            return all.filter(file -> file.toString().endsWith(suffix)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @BeforeAll
    void open() throws IOException {
        lab = Lab.open();
        service = Node.make(lab, "service");
        container = Node.make(lab, "container");
        Files.copy(files("daemon/target/dist", ".deb").getFirst(), service.tree.file("/meshd.deb"));
    }

    @AfterAll
    void end() {
        Objects.requireNonNull(lab).close();
        if (manager != null) {
            manager.close();
        }
    }

    private Node service() {
        return Objects.requireNonNull(service);
    }

    private PlayedManager manager() {
        return Objects.requireNonNull(manager);
    }

    private Process daemon() {
        return Objects.requireNonNull(daemon);
    }

    private Node container() {
        return Objects.requireNonNull(container);
    }

    @Test
    @Order(1)
    void installsWhereNoJavaIsAndStartsNothing() {
        assertThat(service().shell("command -v java || find / -xdev -name 'libjvm.so' -o -xdev -name '*.jar'").out())
                .isEmpty();

        service().run("env", "MESHD_NO_CACHE=1", "dpkg", "-i", "/meshd.deb").orThrow();

        assertThat(service().run("meshd", "version").orThrow().out()).startsWith("meshd ");
        assertThat(service().shell("stat -c '%U %G %a' /etc/meshd /etc/meshd/authorized_keys /var/lib/meshd").out())
                .isEqualTo("root root 755\nroot root 755\nmeshd meshd 700\n");
        assertThat(service().run("meshd", "daemon", "status").status()).isEqualTo(1);
        assertThat(
                service().shell("find /usr/lib/meshd /usr/share/doc/meshd -name '*aarch*' -o -name '*keytool*'").out())
                .isEmpty();
    }

    @Test
    @Order(2)
    void rootMakesFilesThatTheServiceCanRead() throws IOException {
        service().run("meshd", "identity", "init").orThrow();

        assertThat(service().shell("stat -c '%U %a' /var/lib/meshd/identity").out()).isEqualTo("meshd 600\n");

        Files.createDirectories(container().tree.file("/opt"));
        try (Stream<String> lines = Files.lines(ROOT.resolve("packaging/Containerfile"))) {
            // What an engine does by its own means: unpack the archive, run what is said in the system.
            Commands.run(List.of("tar", "-C", container().tree.file("/opt").toString(), "-xzf",
                    files("daemon/target/dist", ".tar.gz").getFirst().toString())).orThrow();
            for (String line : lines.filter(each -> each.startsWith("RUN ") && !each.contains("make-caches"))
                    .toList()) {
                container().shell(line.substring(4)).orThrow();
            }
        }
        container().run("meshd", "identity", "init").orThrow();
        trust(service(), container());
        trust(container(), service());

        assertThat(service().shell("setpriv --reuid meshd --clear-groups cat /etc/meshd/authorized_keys/container.pub")
                .orThrow().out()).contains("ssh-ed25519 ");
    }

    private static void trust(Node node, Node other) {
        node.run("meshd", "trust", other.run("meshd", "export").orThrow().out().strip(), "--name", other.host.name())
                .orThrow();
    }

    @Test
    @Order(3)
    void runsWithoutRootAndTellsItsManagerHowItGoes() throws Exception {
        manager = new PlayedManager(service().tree.file("/run/notify"));
        service().shell("chmod 777 /run/notify && install -d -o meshd -g meshd -m 700 /run/meshd").orThrow();
        List<String> asService = new ArrayList<>(AS_SERVICE);
        asService.addAll(List.of("env", "NOTIFY_SOCKET=/run/notify", "WATCHDOG_USEC=3000000"));
        daemon = service().start(asService, "meshd", "up");
        List<String> asContainer = new ArrayList<>(AS_CONTAINER);
        asContainer.addAll(List.of("env", "MESHD_NO_CACHE=1"));
        container().start(asContainer, "meshd", "up", "--seed", service().host.address() + ":51821");

        String ready = manager().next(30);
        assertThat(ready).as(service().host.log("daemon.log")).startsWith("READY=1\nSTATUS=meshd is ready: ");
        assertThat(manager().next(5)).startsWith("WATCHDOG=1\nSTATUS=");
        assertThat(service().shell("stat -c %U /proc/" + daemon().pid()).out()).isEqualTo("meshd\n");
        assertThat(await(Duration.ofSeconds(20), container()::isReady)).isTrue();
        String overlay = overlay(service());
        assertThat(await(Duration.ofSeconds(15), () -> container().pings(overlay))).isTrue();
        assertThat(service().pings(overlay(container()))).isTrue();
        // A client that is root reaches a daemon that is not.
        assertThat(service().run("meshd", "status").orThrow().out()).contains("1 alive");
    }

    @Test
    @Order(4)
    void nodeThatHangsGivesNoSignOfLifeThoughAllElseGoesOn() throws Exception {
        try (StoppedThread _ = StoppedThread.of(daemon().pid(), "meshd-node")) {
            manager().forget();

            assertThat(manager().next(4)).isEqualTo("nothing");
        }

        assertThat(manager().next(5)).startsWith("WATCHDOG=1");
    }

    @Test
    @Order(5)
    void tellsOfAReloadAndOfItsEnd() throws Exception {
        manager().forget();

        service().run("meshd", "reload").orThrow();
        assertThat(sayings("READY=1")).anyMatch(text -> text.startsWith("RELOADING=1\nMONOTONIC_USEC="));

        Commands.run(List.of("kill", "-TERM", Long.toString(daemon().pid()))).orThrow();
        assertThat(daemon().waitFor(5, TimeUnit.SECONDS)).isTrue();
        assertThat(daemon().exitValue()).isZero();
        assertThat(sayings("STOPPING=1").getLast()).startsWith("STOPPING=1");
    }

    /** What the manager hears until something begins like this, or nothing more comes. */
    private List<String> sayings(String last) throws InterruptedException {
        List<String> heard = new ArrayList<>(List.of(manager().next(5)));
        while (!heard.getLast().startsWith(last) && !heard.getLast().equals("nothing")) {
            heard.add(manager().next(5));
        }
        return heard;
    }

    private static String overlay(Node node) {
        return Stream.of(node.host.log("daemon.log").split("[ /]")).filter(word -> word.startsWith("10.99."))
                .findFirst()
                .orElseThrow();
    }

    @Test
    @Order(6)
    void archiveRunsFromAnyFolderAndThroughALink() {
        container().shell(
                "cp -r /opt/meshd-* '/opt/a folder' && ln -s '/opt/a folder/bin/meshd' /usr/local/bin/other"
                        + " && chown -R 1234 '/opt/a folder' && install -d -o 1234 /home/one")
                .orThrow();
        String asUser = "setpriv --reuid 1234 --regid 1234 --clear-groups env HOME=/home/one other --home /home/one/m ";

        container()
                .shell(asUser + "identity init && " + asUser + "config init && sed -i 's/^.*listen_port.*/listen_port"
                        + " = 0/' /home/one/m/meshd.toml")
                .orThrow();
        container().shell(asUser + "up --no-tun --detach").orThrow();
        assertThat(container().shell(asUser + "status").orThrow().out()).contains("running");
        container().shell(asUser + "down").orThrow();

        // The first start finds no caches and begins to make them, beside the program if it may, and never elsewhere.
        assertThat(container().tree.file("/opt/a folder/cache/lock")).exists();
        assertThat(container().shell("ls -A /tmp /home/one").orThrow().out()).isEqualTo("/home/one:\nm\n\n/tmp:\n");
    }

    @Test
    @Order(7)
    void upgradeRemovalAndPurgingLeaveTheKeys() throws IOException {
        String identity = Files.readString(service().tree.file("/var/lib/meshd/identity"));
        service().host.run(Duration.ofMinutes(4), service().tree.enter("dpkg", "-i", "/meshd.deb")).orThrow();
        assertKept(identity);
        assertThat(service().shell("ls /usr/lib/meshd/cache/*/").orThrow().out()).contains("command.aot", "meshd.aot");
        assertThat(service().run("meshd", "version").orThrow().out()).startsWith("meshd ");

        service().run("dpkg", "-r", "meshd").orThrow();
        assertKept(identity);
        assertThat(service().tree.file("/usr/lib/meshd")).doesNotExist();

        Commands.Result purged = service().run("dpkg", "-P", "meshd").orThrow();
        assertThat(purged.out()).contains("rm -r /etc/meshd /var/lib/meshd");
        assertKept(identity);
        assertThat(service().shell("ls /var/lib/meshd").out()).isEqualTo("identity\n");
    }

    @Test
    @Order(8)
    void runtimeHasTheModulesThatTheLibrariesTouchAndNoOthers() throws IOException {
        Set<String> touched = modulesTouchedBy(libraries());
        Set<String> listed = modules("packaging/prepare.sh", "(?s).*\\nmodules=([a-z.,]*)\\n.*", ",");

        assertThat(touched).as("what is said not to be needed").containsAll(NOT_NEEDED);
        touched.removeAll(NOT_NEEDED);
        assertThat(listed).as("modules in packaging/prepare.sh").containsExactlyInAnyOrderElementsOf(touched);
        assertThat(modules("daemon/target/package/runtime/release", "(?s).*MODULES=\"([^\"]*)\".*", " "))
                .containsAll(listed);
    }

    private static Set<String> modules(String file, String where, String separator) throws IOException {
        return Set.of(Files.readString(ROOT.resolve(file)).replaceFirst(where, "$1").split(separator, -1));
    }

    /** All modules of the JDK that any class of these jars names. */
    private static Set<String> modulesTouchedBy(List<Path> jars) {
        List<String> arguments = new ArrayList<>(
                List.of("--list-deps", "--ignore-missing-deps", "--multi-release", "25"));
        jars.stream().map(Path::toString).forEach(arguments::add);
        StringWriter told = new StringWriter();
        int status = ToolProvider.findFirst("jdeps").orElseThrow().run(new PrintWriter(told), new PrintWriter(told),
                arguments.toArray(String[]::new));
        assertThat(status).as(told.toString()).isZero();
        return told.toString().lines().map(line -> line.strip().replaceAll("/.*", ""))
                .filter(name -> name.matches("(java|jdk)\\..*")).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Copies of all that is shipped, without their descriptions as modules: these name modules that are not there. */
    private List<Path> libraries() throws IOException {
        Path folder = Files.createDirectories(Objects.requireNonNull(lab).folder().resolve("libraries"));
        List<Path> copies = new ArrayList<>();
        for (Path jar : files("daemon/target/dist/lib", ".jar")) {
            Path copy = Files.copy(jar, folder.resolve(jar.getFileName()));
            try (FileSystem inside = FileSystems.newFileSystem(copy);
                    Stream<Path> all = Files.walk(inside.getPath("/"))) {
                for (Path module : all.filter(file -> file.endsWith("module-info.class")).toList()) {
                    Files.delete(module);
                }
            }
            copies.add(copy);
        }
        assertThat(copies).hasSizeGreaterThan(30);
        return copies;
    }

    @Test
    @Order(9)
    void everyLibraryHasItsLicenceNamed() throws IOException {
        List<PathMatcher> named = Files.readAllLines(ROOT.resolve("packaging/deb/copyright")).stream()
                .filter(line -> line.startsWith("Files: lib/"))
                .map(line -> FileSystems.getDefault().getPathMatcher("glob:" + line.substring("Files: lib/".length())))
                .toList();
        try (Stream<Path> jars = Files.list(ROOT.resolve("daemon/target/dist/lib"))) {
            assertThat(jars.map(Path::getFileName).filter(jar -> !jar.toString().startsWith("meshd-"))).isNotEmpty()
                    .allMatch(jar -> named.stream().anyMatch(each -> each.matches(jar)), "packaging/deb/copyright");
        }
    }

    @Test
    @Order(10)
    void unitIsWhatSystemdKnows() throws IOException {
        assumeThat(Path.of("/usr/bin/systemd-analyze")).isExecutable();
        Path unit = Objects.requireNonNull(lab).folder().resolve("meshd.service");
        Files.writeString(unit, Files.readString(ROOT.resolve("packaging/meshd.service"))
                .replaceAll("=meshd (up|reload)", "=/bin/true $1"));

        Commands.Result verified = Commands.run(List.of("systemd-analyze", "verify", "--man=no", unit.toString()));

        assertThat(verified.status()).as(verified.toString()).isZero();
        assertThat(verified.err()).doesNotContain("meshd.service");
    }

    private void assertKept(String identity) throws IOException {
        assertThat(service().tree.file("/var/lib/meshd/identity")).hasContent(identity);
        assertThat(service().tree.file("/etc/meshd/authorized_keys/container.pub")).exists();
        assertThat(service().shell("stat -c '%U %a' /var/lib/meshd /var/lib/meshd/identity").out())
                .isEqualTo("meshd 700\nmeshd 600\n");
    }
}

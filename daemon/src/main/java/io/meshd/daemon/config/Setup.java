package io.meshd.daemon.config;

import io.meshd.daemon.files.FileException;
import io.meshd.daemon.files.Home;
import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import org.jspecify.annotations.Nullable;
import io.meshd.identity.Trust;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * All that a node starts from: configuration, identity and trust, read and checked against each other.
 *
 * @param config   the effective configuration
 * @param identity of this node
 * @param store    where trust stands
 * @param trust    what it said when it was read
 */
public record Setup(Config config, Identity identity, TrustStore store, TrustReading trust) {
    /** A key that no sound key equals: it stands for an identity that does not exist yet. */
    public static final PublicKey NOBODY = PublicKey.of(new byte[PublicKey.BYTES]);

    /**
     * Reads everything; an identity is made when there is none.
     *
     * @param now for trust that expires
     * @throws ConfigException with every error in configuration, identity and trust at once
     * @throws IOException     when a file cannot be read or the identity cannot be made
     */
    public static Setup read(Home home, ConfigLoader loader, Instant now) throws ConfigException, IOException {
        Config config = load(home, loader, now);
        List<Problem> problems = new ArrayList<>(interfaceProblems(config));
        Path path = config.node().identityPath();
        Identity identity = Files.exists(path) ? IdentityStore.load(path) : IdentityStore.create(path);
        problems.addAll(fingerprintProblems(config, identity.publicKey()));
        TrustStore store = store(home, config, identity.publicKey());
        TrustReading reading = store.read(now);
        problems.addAll(reading.problems());
        if (!problems.isEmpty()) {
            identity.destroy();
            throw new ConfigException(problems);
        }
        return new Setup(config, identity, store, reading);
    }

    /**
     * A set-up to take the place of a running one.
     *
     * @param setup with the identity and the store of the running node
     * @param key   of the identity that is on disk now, which may be another
     */
    public record Reread(Setup setup, PublicKey key) {}

    /**
     * Reads everything anew for a node that runs. Nothing is made, and the node's store of trust is as it was:
     * {@link TrustStore#reconfigure} has it follow.
     *
     * @param trustDirectories where trust is read from
     * @throws ConfigException with every error in configuration, identity and trust at once
     * @throws IOException     when a file cannot be read
     */
    public Reread reread(Home home, ConfigLoader loader, List<Path> trustDirectories, Instant now)
            throws ConfigException, IOException {
        Config newer = load(home, loader, now);
        List<Problem> problems = new ArrayList<>(interfaceProblems(newer));
        PublicKey own = identity.publicKey();
        PublicKey stored = storedKey(newer, problems);
        problems.addAll(fingerprintProblems(newer, stored == null ? own : stored));
        TrustReading reading = new TrustStore(trustDirectories, newer.allowedPeers(), newer.self(own)).read(now);
        problems.addAll(reading.problems());
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return new Reread(new Setup(newer, identity, store, reading), stored == null ? own : stored);
    }

    /**
     * The configuration; when it has errors, with those that identity and trust have besides.
     *
     * @throws ConfigException with all of them
     */
    public static Config load(Home home, ConfigLoader loader, Instant now) throws ConfigException, IOException {
        try {
            return loader.load();
        } catch (ConfigException e) {
            Config partial = e.partial();
            if (partial == null) {
                throw e;
            }
            List<Problem> all = new ArrayList<>(e.problems());
            all.addAll(problems(home, partial, now));
            throw new ConfigException(all);
        }
    }

    /** Fails as {@link #read} would, and makes nothing. */
    public static void check(Home home, ConfigLoader loader, Instant now) throws ConfigException, IOException {
        Config config = load(home, loader, now);
        Path path = config.node().identityPath();
        if (Files.exists(path)) {
            IdentityStore.load(path).destroy();
        }
        List<Problem> problems = problems(home, config, now);
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
    }

    /** Where trust of a node with this configuration and key stands. */
    public static TrustStore store(Home home, Config config, PublicKey self) {
        return new TrustStore(home.trustDirectories(), config.allowedPeers(), config.self(self));
    }

    /**
     * What {@link #read} would find wrong, without making anything. Without an identity trust is checked all the same,
     * as far as this node's own key has nothing to do with it.
     *
     * @throws IOException when a file cannot be read
     */
    public static List<Problem> problems(Home home, Config config, Instant now) throws IOException {
        List<Problem> problems = new ArrayList<>(interfaceProblems(config));
        PublicKey key = storedKey(config, problems);
        if (key != null) {
            problems.addAll(fingerprintProblems(config, key));
        }
        problems.addAll(store(home, config, key == null ? NOBODY : key).read(now).problems());
        return problems;
    }

    /** The key of the identity on disk; null when there is none that can be used. */
    private static @Nullable PublicKey storedKey(Config config, List<Problem> problems) throws IOException {
        Path path = config.node().identityPath();
        if (Files.exists(path)) {
            try {
                Identity identity = IdentityStore.load(path);
                PublicKey key = identity.publicKey();
                identity.destroy();
                return key;
            } catch (ConfigException e) {
                problems.addAll(e.problems());
            } catch (FileException e) {
                problems.add(Problem.of(path, e));
            }
        }
        return null;
    }

    private static List<Problem> interfaceProblems(Config config) {
        String name = config.tun().name();
        return config.tun().enabled() && InterfaceName.isTakenByAnother(name)
                ? List.of(problem(config, "tun.name", "expected a free name or that of a TUN device: " + name
                        + " is another interface of this host"))
                : List.of();
    }

    private static List<Problem> fingerprintProblems(Config config, PublicKey key) {
        String expected = config.node().fingerprint();
        return expected == null || expected.equals(key.fingerprint())
                ? List.of()
                : List.of(problem(config, "node.fingerprint", "expected an identity with " + expected + ", but that at "
                        + config.node().identityPath() + " has " + key.fingerprint()));
    }

    private static Problem problem(Config config, String key, String message) {
        Origin origin = config.settings().stream().filter(setting -> setting.key().equals(key))
                .map(Setting::origin).findFirst().orElse(new Origin.Default());
        return origin instanceof Origin.File(Path file, int line)
                ? new Problem(file, line, key, message)
                : new Problem(null, 0, key, message);
    }

    /** Seeds that name a peer whom nobody trusts: they are tried with every trusted key instead. */
    public static List<String> strangers(Config config, Trust trust) {
        // An open node goes by the key that a seed names.
        boolean strict = config.policy().strictAllowlist();
        return config.bootstrapPeers().stream().filter(seed -> isStranger(seed.peer(), trust, strict))
                .map(seed -> "seed " + seed.place() + ": nobody is trusted as " + seed.peer()
                        + ", so every trusted peer is tried there: check the name, or `meshd trust` that peer")
                .toList();
    }

    private static boolean isStranger(@Nullable String named, Trust trust, boolean strict) {
        if (named == null) {
            return false;
        }
        PublicKey key = PublicKey.ofPeerId(named);
        return key == null ? trust.peer(named) == null : strict && trust.peer(key) == null;
    }

    /** What is valid and yet deserves a word, one line each. */
    public List<String> warnings() {
        return Stream.concat(config.warnings().stream().map(Problem::toString), trust.warnings().stream()).toList();
    }
}

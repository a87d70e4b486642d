package io.meshd.daemon.cli;

import io.meshd.daemon.config.Config;
import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.IdentityStore;
import io.meshd.daemon.config.Setup;
import io.meshd.daemon.config.Side;
import io.meshd.daemon.config.TrustReading;
import io.meshd.daemon.config.TrustStore;
import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.daemon.files.Home;
import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.identity.Trust;
import io.meshd.identity.TrustEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The trust of one home, as commands change it. */
final class TrustFiles {
    private static final String SUFFIX = ".pub";

    private final Home home;
    private final Config config;
    private final PublicKey self;
    private final TrustStore store;
    private final Instant now;

    private TrustFiles(Home home, Config config, PublicKey self, Instant now) {
        this.home = home;
        this.config = config;
        this.self = self;
        this.store = Setup.store(home, config, self);
        this.now = now;
    }

    static TrustFiles of(Invocation invocation) throws CommandException, ConfigException, IOException {
        Config config = invocation.config();
        Path path = config.node().identityPath();
        PublicKey self = Setup.NOBODY;
        if (Files.isReadable(path)) {
            Identity identity = IdentityStore.load(path);
            self = identity.publicKey();
            identity.destroy();
        }
        return new TrustFiles(invocation.home(), config, self, invocation.world().clock().instant());
    }

    /** What is trusted now. */
    TrustReading read() {
        return store.read(now);
    }

    /** This node as it would run now. */
    Side side() {
        return new Side(config, read().trust(), self);
    }

    /** Every entry, expired ones included. */
    List<TrustEntry> entries() {
        return store.entries();
    }

    /** The moment that decides what has expired. */
    Instant now() {
        return now;
    }

    /** Where the file for a name is, or would be. */
    Path file(String name) {
        return home.operatorTrust().resolve(name + SUFFIX);
    }

    /** An entry with what the file that it replaces says and `trust` has no option for: preshared key, introducer. */
    AuthorizedKey.Member keeping(AuthorizedKey.Member entry) throws IOException {
        Path file = file(entry.name());
        // Read as it stands: an entry whose preshared key is missing has not lost it by that.
        String text = Files.isReadable(file) ? Files.readString(file) : "";
        return AuthorizedKey.parse(entry.name(), text).orNull() instanceof AuthorizedKey.Member before
                && before.key().equals(entry.key())
                        ? new AuthorizedKey.Member(entry.name(), entry.key(), entry.prefixes(), entry.relay(),
                                before.introducer() || entry.introducer(), entry.expires(), entry.seed(),
                                before.pskFile(), entry.comment())
                        : entry;
    }

    /**
     * Writes the file of an entry after {@link #check}. An entry that is there already under this name with the same
     * key is replaced.
     *
     * @return what is to be told besides: derived addresses that somebody else has
     */
    List<Trust.Note> write(AuthorizedKey entry) throws CommandException, IOException {
        List<Trust.Note> notes = check(entry);
        AtomicFile.makeDirectory(home.operatorTrust(), home.access());
        AtomicFile.write(file(entry.name()), entry.text(), Access.PUBLIC);
        return notes;
    }

    /**
     * Checks an entry against all others and against this node.
     *
     * @throws CommandException with status 2 when the entry contradicts another
     */
    List<Trust.Note> check(AuthorizedKey entry) throws CommandException {
        String source = file(entry.name()).toString();
        List<TrustEntry> all = new ArrayList<>();
        for (TrustEntry other : entries()) {
            if (!other.source().equals(source)) {
                all.add(other);
            } else if (!other.key().tunnelKey().equals(entry.tunnelKey())) {
                throw CommandException.usage("another key has the name " + entry.name() + " already, in " + source
                        + ": choose another --name, or `meshd untrust " + entry.name() + "` first");
            }
        }
        all.add(new TrustEntry(entry, source));
        return switch (Trust.build(config.self(self), all, now)) {
            case Trust.Consistent(Trust _, List<Trust.Note> notes) -> notes.stream()
                    .filter(note -> note.name().equals(entry.name())).toList();
            case Trust.Contradictory(List<Trust.Conflict> conflicts) -> {
                // What others contradict each other in is not the fault of this entry.
                List<String> own = conflicts.stream().filter(conflict -> conflict.source().equals(source))
                        .map(Trust.Conflict::message).toList();
                if (!own.isEmpty()) {
                    throw CommandException.usage(String.join("; ", own) + ": nothing was written");
                }
                yield List.of();
            }
        };
    }

    /** The entries that a name, a peer_id, or the beginning of one stands for: all those of one peer. */
    List<TrustEntry> find(String text) throws CommandException {
        List<TrustEntry> named = entries().stream().filter(entry -> entry.key().name().equals(text)).toList();
        if (!named.isEmpty() || text.length() < Trust.PEER_ID_PREFIX_MIN) {
            return named;
        }
        List<TrustEntry> matching = entries().stream().filter(entry -> peerIdBegins(entry, text)).toList();
        if (matching.stream().map(entry -> entry.key().tunnelKey()).distinct().count() > 1) {
            throw CommandException.failed(text + " is the beginning of several peer_ids: give more of it");
        }
        return matching;
    }

    private static boolean peerIdBegins(TrustEntry entry, String text) {
        return entry.key() instanceof AuthorizedKey.Member member && member.key().peerId().startsWith(text);
    }

    /** All names, for suggestions. */
    List<String> names() {
        return entries().stream().map(entry -> entry.key().name()).toList();
    }

    /** The file of an entry; null when it stands in the configuration. */
    @Nullable
    Path path(TrustEntry entry) {
        return home.trustDirectories().stream().map(directory -> directory.resolve(entry.key().name() + SUFFIX))
                .filter(file -> file.toString().equals(entry.source())).findFirst().orElse(null);
    }
}

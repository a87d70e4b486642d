package io.meshd.daemon.config;

import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.daemon.files.Home;
import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.NodeName;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.identity.Trust;
import io.meshd.identity.TrustEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where a node that others vouch for fits into the trust of this one: under which name, and whether at all. Whom it writes
 * down counts from then on. One thread.
 */
public final class Admission {
    /** How many characters of its peer_id tell a node from another of its name. */
    private static final int SUFFIX_CHARACTERS = 6;

    private final Path directory;
    private final List<TrustEntry> entries;
    private final Trust.Self self;
    private final Instant now;

    /**
     * Judges against these entries.
     *
     * @param directory where the files of whom it admits go
     * @param entries   all that is trusted; expired ones count for nothing
     */
    public Admission(Path directory, List<TrustEntry> entries, Trust.Self self, Instant now) {
        this.directory = directory;
        this.entries = new ArrayList<>(entries.stream().filter(entry -> !entry.isExpired(now)).toList());
        this.self = self;
        this.now = now;
    }

    /** What came of judging. */
    public sealed interface Verdict {}

    /** It can be admitted as this. */
    public record Fits(AuthorizedKey.Member entry) implements Verdict {}

    /** It is trusted already, and as it should be. */
    public record Known(AuthorizedKey.Member entry, String source) implements Verdict {}

    /**
     * It contradicts what is there.
     *
     * @param kinds   for who is not to know whom this node trusts
     * @param message for the operator of this node
     */
    public record Contradicts(String kinds, String message) implements Verdict {}

    /**
     * Judges a node. Its name is made to fit; when another has it already the beginning of the peer_id is put behind it.
     * Default routes are left out: they overlap nothing, so nothing that is there would contradict them.
     *
     * @param wanted what to admit it as
     */
    public Verdict judge(AuthorizedKey.Member wanted) {
        List<Prefix> prefixes = wanted.prefixes().stream().filter(prefix -> !prefix.isDefaultRoute()).toList();
        TrustEntry known = known(wanted.key());
        if (known != null && known.key() instanceof AuthorizedKey.Member member) {
            return prefixes.isEmpty() || prefixes.equals(member.prefixes())
                    || wanted.prefixes().equals(member.prefixes())
                            ? new Known(member, known.source())
                            : new Contradicts("this key is trusted there already, with other prefixes",
                                    "its key is trusted already, as " + member.name() + " in " + known.source()
                                            + " with "
                                            + text(member.prefixes()) + ", not with " + text(wanted.prefixes())
                                            + ": meshd untrust " + member.name());
        }
        String name = freeName(wanted.name(), wanted.key());
        if (name == null) {
            return new Contradicts("its name is taken there", "the name " + wanted.name() + " is taken, and so is "
                    + suffixed(wanted.name(), wanted.key()));
        }
        AuthorizedKey.Member entry = new AuthorizedKey.Member(name, wanted.key(), prefixes, wanted.relay(),
                wanted.introducer(), wanted.expires(), wanted.seed(), null, wanted.comment());
        return check(entry);
    }

    private @Nullable TrustEntry known(PublicKey key) {
        return entries.stream().filter(entry -> isSameKey(entry.key(), key)).findFirst().orElse(null);
    }

    /** Where it stands that this key is trusted; null when it is not. */
    public @Nullable String source(PublicKey key) {
        TrustEntry known = known(key);
        return known == null ? null : known.source();
    }

    private Verdict check(AuthorizedKey.Member entry) {
        TrustEntry added = added(entry);
        List<TrustEntry> all = new ArrayList<>(entries);
        all.add(added);
        return switch (Trust.build(self, all, now)) {
            case Trust.Contradictory(List<Trust.Conflict> conflicts) -> {
                // What others contradict each other in is not the fault of this entry.
                List<Trust.Conflict> own = conflicts.stream()
                        .filter(conflict -> conflict.source().equals(added.source())).toList();
                yield own.isEmpty()
                        ? new Fits(entry)
                        : new Contradicts(own.stream().map(Trust.Conflict::kind).distinct().map(Admission::word)
                                .collect(Collectors.joining("; ")),
                                own.stream().map(Trust.Conflict::message).collect(Collectors.joining("; ")));
            }
            case Trust.Consistent(var _, List<Trust.Note> notes) -> {
                // An operator may give a peer what others derive from their keys; the word of others does not.
                List<Trust.Note> robbed = notes.stream().filter(note -> entry.name().equals(note.holder())).toList();
                yield robbed.isEmpty()
                        ? new Fits(entry)
                        : new Contradicts(word(Trust.ConflictKind.OVERLAP), robbed.stream()
                                .map(note -> "a prefix of " + entry.name() + " takes " + note.address() + " from "
                                        + note.name())
                                .collect(Collectors.joining("; ")));
            }
        };
    }

    private TrustEntry added(AuthorizedKey.Member entry) {
        return new TrustEntry(entry, file(entry.name()).toString());
    }

    private static String word(Trust.ConflictKind kind) {
        return switch (kind) {
            case OWN_KEY -> "it is that host itself";
            case SAME_KEY, DISAGREEMENT -> "its key is trusted there already";
            case SAME_NAME -> "its name is taken there";
            case TWIN -> "in a tunnel its key would be another's";
            case OVERLAP -> "a prefix overlaps another's there";
            case SECOND_DEFAULT_ROUTE -> "there is another default route there";
        };
    }

    private static boolean isSameKey(AuthorizedKey entry, PublicKey key) {
        return entry instanceof AuthorizedKey.Member member && member.key().equals(key);
    }

    private static String text(List<Prefix> prefixes) {
        return prefixes.isEmpty()
                ? "its derived addresses"
                : prefixes.stream().map(Prefix::toString).collect(Collectors.joining(", "));
    }

    private @Nullable String freeName(String wanted, PublicKey key) {
        String name = NodeName.fit(wanted);
        if (isFree(name)) {
            return name;
        }
        String longer = suffixed(name, key);
        return isFree(longer) ? longer : null;
    }

    private static String suffixed(String name, PublicKey key) {
        String suffix = "-" + key.peerId().substring(0, SUFFIX_CHARACTERS);
        return name.substring(0, Math.min(name.length(), NodeName.LENGTH_MAX - suffix.length())) + suffix;
    }

    /** Nobody has the name. A file of the name, which may be broken, would be overwritten. */
    private boolean isFree(String name) {
        return entries.stream().noneMatch(entry -> entry.key().name().equals(name))
                && !Files.exists(file(name));
    }

    /** Where the file of a name is, or would be. */
    public Path file(String name) {
        return directory.resolve(name + TrustDirectory.SUFFIX);
    }

    /**
     * Writes the file of an entry that {@link Fits}.
     *
     * @param comments lines before it, for whoever reads the file
     */
    public void write(Home home, AuthorizedKey.Member entry, List<String> comments) throws IOException {
        AtomicFile.makeDirectory(directory, home.access());
        String head = comments.stream().map(comment -> "# " + comment + "\n").collect(Collectors.joining());
        AtomicFile.write(file(entry.name()), head + entry.text(), Access.PUBLIC);
        entries.add(added(entry));
    }
}

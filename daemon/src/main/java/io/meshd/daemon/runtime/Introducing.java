package io.meshd.daemon.runtime;

import io.meshd.daemon.config.Admission;
import io.meshd.daemon.config.IntroducedFile;
import io.meshd.daemon.config.Revocations;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.daemon.files.Home;
import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.KeyCheck;
import io.meshd.identity.PublicKey;
import io.meshd.identity.Trust;
import io.meshd.identity.TrustEntry;
import io.meshd.identity.TrustedPeer;
import io.meshd.protocol.Introduction;
import io.meshd.protocol.IntroductionSet;
import io.meshd.protocol.NodeRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Introductions as files: signs what this node says of those whom it admitted, and admits whom its introducers admitted.
 * One thread at a time.
 *
 * <p>Whom an introducer admitted has a file that names the introducer and holds its statement. The file goes when the
 * introducer withdraws the statement, loses its flag, or is itself no longer trusted; a file without a statement is the
 * operator's, and stays.
 */
final class Introducing {
    private static final System.Logger LOG = System.getLogger("io.meshd.node");
    /** As those of an open node: more names in dispute than an operator reads. */
    private static final int REFUSALS_MAX = 8;

    private final Home home;
    private final InstantSource clock;
    private final Inbox inbox;
    private final EventLog log;
    private final Revocations revocations;
    private final Supplier<Set<PublicKey>> admitted;
    /** What each introducer said last, whole. */
    private final Map<PublicKey, List<Introduction>> heard = new LinkedHashMap<>();
    /** What this node said last of each: signed once, as long as it stays true. */
    private final Map<PublicKey, Introduction> said = new LinkedHashMap<>();
    private Set<String> refusals = Set.of();
    private @Nullable String trouble;

    /**
     * Such a part; it does nothing yet.
     *
     * @param admitted whom this node admitted by invitation
     */
    Introducing(Home home, InstantSource clock, Inbox inbox, EventLog log, Supplier<Set<PublicKey>> admitted) {
        this.home = home;
        this.clock = clock;
        this.inbox = inbox;
        this.log = log;
        this.revocations = Revocations.of(home);
        this.admitted = admitted;
    }

    /** Trust is now this: says what follows for others, and takes back what has no ground any more. */
    void trustChanged(Sources.Loaded now) {
        Set<PublicKey> introducers = introducers(now.trust());
        heard.keySet().retainAll(introducers);
        offer(now);
        boolean _ = inbox.offer((node, moment) -> node.introducers(moment, introducers));
        reconcile(now);
    }

    private static Set<PublicKey> introducers(Trust trust) {
        Set<PublicKey> introducers = new LinkedHashSet<>();
        for (TrustedPeer peer : trust.peers()) {
            PublicKey key = peer.key();
            if (key != null && peer.introducer()) {
                introducers.add(key);
            }
        }
        return introducers;
    }

    /** Says whom this node admitted; never whom it knows by introduction, since others do not trust its introducers. */
    private void offer(Sources.Loaded now) {
        Set<PublicKey> invited = admitted.get();
        List<Introduction> toAll = new ArrayList<>();
        List<Introduction> toInvited = new ArrayList<>();
        for (TrustedPeer peer : invited.isEmpty() ? List.<TrustedPeer>of() : now.trust().peers()) {
            if (peer.entry() instanceof AuthorizedKey.Member member && !now.isNewcomer(member.key())
                    && member.prefixes().size() <= NodeRecord.PREFIXES_MAX
                    && IntroducedFile.read(Path.of(peer.source())) == null) {
                Introduction introduction = introduction(now, member);
                toInvited.add(introduction);
                if (invited.contains(member.key())) {
                    toAll.add(introduction);
                }
            }
        }
        IntroductionSet forAll = IntroductionSet.of(toAll);
        IntroductionSet forInvited = IntroductionSet.of(toInvited);
        boolean _ = inbox.offer((node, moment) -> node.introduce(moment, forAll, forInvited, invited));
    }

    private Introduction introduction(Sources.Loaded now, AuthorizedKey.Member member) {
        String network = now.config().node().networkId();
        Introduction before = said.get(member.key());
        if (before != null && before.says(network, member.name(), member.prefixes(), member.relay())) {
            return before;
        }
        Introduction fresh = Introduction.sign(now.identity(), member.key(), network, member.name(), member.prefixes(),
                member.relay(), clock.millis());
        said.put(member.key(), fresh);
        return fresh;
    }

    /** An introducer has said this, all of it. */
    void introduced(Sources.Loaded now, PublicKey introducer, List<Introduction> introductions) {
        String network = now.config().node().networkId();
        List<Introduction> genuine = introductions.stream()
                .filter(one -> one.introducer().equals(introducer) && one.networkId().equals(network)
                        && KeyCheck.weakness(one.node()) == null && one.verify())
                .toList();
        heard.put(introducer, genuine);
        reconcile(now);
    }

    /** Makes the files of introduced peers those that introducers speak for. */
    private void reconcile(Sources.Loaded now) {
        try {
            Set<PublicKey> revoked = revocations.read().keySet();
            withdraw(now, revoked);
            admitAll(now, revoked);
            warn(null);
        } catch (IOException e) {
            warn("cannot follow what introducers say: " + e.getMessage());
        }
    }

    /** What is in the way now; null when nothing is. */
    private void warn(@Nullable String text) {
        String before = trouble;
        trouble = text;
        if (before != null && !before.equals(text)) {
            log.resolved(before);
        }
        if (text != null) {
            log.warning(text);
        }
    }

    private void withdraw(Sources.Loaded now, Set<PublicKey> revoked) throws IOException {
        for (TrustEntry entry : now.setup().store().entries()) {
            Path file = Path.of(entry.source());
            Introduction by = file.isAbsolute() ? IntroducedFile.read(file) : null;
            if (by == null || !(entry.key() instanceof AuthorizedKey.Member member)) {
                continue;
            }
            String why = ground(now.trust(), by, member.key(), revoked);
            if (why != null && AtomicFile.delete(file)) {
                LOG.log(System.Logger.Level.WARNING, "{0} is no longer trusted: {1}", member.name(), why);
            }
        }
    }

    /** Why an introduction no longer counts; null when it does. */
    private @Nullable String ground(Trust trust, Introduction by, PublicKey node, Set<PublicKey> revoked) {
        TrustedPeer introducer = trust.peer(by.introducer());
        if (introducer == null) {
            return "its introducer is not";
        }
        if (!introducer.introducer()) {
            return introducer.name() + ", who introduced it, is no introducer any more";
        }
        if (revoked.contains(node)) {
            return "it was untrusted here";
        }
        List<Introduction> set = heard.get(by.introducer());
        if (set != null && set.stream().noneMatch(one -> one.node().equals(node))) {
            return introducer.name() + ", who introduced it, has withdrawn that";
        }
        return null;
    }

    private void admitAll(Sources.Loaded now, Set<PublicKey> revoked) throws IOException {
        PublicKey self = now.identity().publicKey();
        // Read once: a thousand statements are not a thousand times as many files.
        Admission admission = new Admission(home.admittedTrust(), now.setup().store().entries(),
                now.config().self(self), clock.instant());
        Set<String> refused = new LinkedHashSet<>();
        for (Map.Entry<PublicKey, List<Introduction>> set : heard.entrySet()) {
            String introducer = log.name(set.getKey());
            for (Introduction one : set.getValue()) {
                if (!one.node().equals(self) && !revoked.contains(one.node())) {
                    String problem = admit(admission, introducer, one);
                    if (problem != null && refused.size() < REFUSALS_MAX) {
                        refused.add(problem);
                    }
                }
            }
        }
        Set<String> before = refusals;
        refusals = refused;
        before.stream().filter(text -> !refused.contains(text)).forEach(log::resolved);
        refused.forEach(log::warning);
    }

    /** Admits a node on the word of an introducer; what is in the way, or null. */
    private @Nullable String admit(Admission admission, String introducer, Introduction one) throws IOException {
        AuthorizedKey.Member wanted = new AuthorizedKey.Member(one.name(), one.node(), one.prefixes(), one.relay(),
                false, null, null, null, one.name());
        return switch (admission.judge(wanted)) {
            case Admission.Contradicts(var _, String message) -> {
                String known = admission.source(one.node());
                yield known != null && IntroducedFile.read(Path.of(known)) == null
                        // The operator has said what this peer is.
                        ? null
                        : introducer + " introduces " + one.name() + ", who is refused: " + message;
            }
            case Admission.Known _ -> null;
            case Admission.Fits(AuthorizedKey.Member entry) -> {
                admission.write(home, entry, IntroducedFile.comments(introducer, one));
                LOG.log(System.Logger.Level.INFO, "{0} is admitted: {1} introduces it{2}", entry.name(), introducer,
                        entry.prefixes().equals(one.prefixes()) ? "" : ", without its default route");
                yield null;
            }
        };
    }
}

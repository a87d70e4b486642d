package io.meshd.daemon.runtime;

import io.meshd.daemon.config.Admission;
import io.meshd.daemon.config.Config;
import io.meshd.daemon.config.Invitations;
import io.meshd.daemon.config.Invited;
import io.meshd.daemon.config.Revocations;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.InvitationsReport;
import io.meshd.daemon.control.InviteReport;
import io.meshd.daemon.control.InviteRequest;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.daemon.files.Home;
import io.meshd.daemon.node.MeshNode;
import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.HostPort;
import io.meshd.identity.Identity;
import io.meshd.identity.IpAddress;
import io.meshd.identity.OpenSshKey;
import io.meshd.identity.OverlayAddresses;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.nat.AddressScope;
import io.meshd.nat.OwnEndpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Introduction;
import io.meshd.protocol.Invitation;
import io.meshd.protocol.InvitationToken;
import io.meshd.protocol.JoinRefusal;
import io.meshd.protocol.NodeRecord;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes invitations, and decides about whom guests bring. Safe for use by several threads, one at a time; the node is told
 * by its inbox.
 *
 * <p>What is decided is written down in this order: the invitation is used, then the trust file; then the newcomer is told.
 * Whatever is lost in between, the same key may ask again until the invitation expires.
 */
final class Reception {
    private static final System.Logger LOG = System.getLogger("io.meshd.node");

    private final Home home;
    private final InstantSource clock;
    private final Inbox inbox;
    private final EventLog log;
    private final Supplier<Sources.@Nullable Loaded> loaded;
    private final Consumer<Runnable> later;
    private final Invitations invitations;
    private final Revocations revocations;
    private final Introducing introducing;
    /** What is wrong with whom the guest of an invitation brought last. */
    private final Map<PublicKey, String> warned = new HashMap<>();

    /**
     * Reads who was invited.
     *
     * @param loaded whom this node trusts now; null before it is ready
     * @param later  does something on a thread that may wait for files, in order
     */
    Reception(Home home, InstantSource clock, Inbox inbox, EventLog log, Supplier<Sources.@Nullable Loaded> loaded,
            Consumer<Runnable> later) throws IOException {
        this.home = home;
        this.clock = clock;
        this.inbox = inbox;
        this.log = log;
        this.loaded = loaded;
        this.later = later;
        this.invitations = Invitations.of(home);
        this.revocations = Revocations.of(home);
        this.introducing = new Introducing(home, clock, inbox, log, this::admitted);
    }

    /** Begins. */
    void begin() {
        open();
        trustChanged();
    }

    /** Trust is another, so introductions may be. Any thread. */
    void trustChanged() {
        later.accept(() -> {
            Sources.Loaded now = loaded.get();
            if (now != null) {
                introducing.trustChanged(now);
            }
        });
    }

    /** An introducer has said whom it admitted, all of them. Node thread: files are for another. */
    void introduced(PublicKey introducer, List<Introduction> introductions) {
        later.accept(() -> {
            Sources.Loaded now = loaded.get();
            if (now != null) {
                introducing.introduced(now, introducer, introductions);
            }
        });
    }

    /** Tells the node whom to hear. */
    private synchronized void open() {
        List<PublicKey> guests = invitations.all().stream().map(Invited::guest).toList();
        boolean _ = inbox.offer((node, now) -> node.invite(now, guests));
    }

    private Sources.Loaded current() throws ControlException {
        Sources.Loaded now = loaded.get();
        if (now == null) {
            throw new ControlException(ControlException.Code.BUSY, "still starting: try again");
        }
        return now;
    }

    private Admission admission(Sources.Loaded now) {
        return new Admission(home.admittedTrust(), now.setup().store().entries(),
                now.config().self(now.identity().publicKey()), clock.instant());
    }

    /** Where this node may be found, best first. Node thread. */
    static List<InetSocketAddress> whereabouts(MeshNode node, long nowNanos) {
        Set<InetSocketAddress> places = new LinkedHashSet<>(node.insight().ownEndpoints().forRecord(nowNanos));
        for (OwnEndpoint own : node.insight().ownEndpoints().all(nowNanos)) {
            if (AddressScope.of(own.endpoint()) != AddressScope.USELESS) {
                places.add(own.endpoint());
            }
        }
        return List.copyOf(places);
    }

    /** Makes an invitation, and has it on disk before anybody can use it. */
    synchronized InviteReport invite(InviteRequest request, List<InetSocketAddress> whereabouts)
            throws ControlException {
        Sources.Loaded now = current();
        Instant made = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        if (invitations.all().stream().filter(one -> one.isOpen(made)).count() >= Invitations.OPEN_MAX) {
            throw new ControlException(ControlException.Code.FAILED, Invitations.OPEN_MAX
                    + " invitations are open, which is the most: cancel some, see `meshd invite list`");
        }
        Identity guest = Identity.generate(new SecureRandom());
        try {
            requireFree(now, request, guest.publicKey(), made);
            return issue(now, request, whereabouts, guest, made);
        } finally {
            guest.destroy();
        }
    }

    private InviteReport issue(Sources.Loaded now, InviteRequest request, List<InetSocketAddress> whereabouts,
            Identity guest, Instant made) throws ControlException {
        Config config = now.config();
        Instant expires = made.plusSeconds(request.expiresSeconds());
        OverlayAddresses ranges = config.tun().deriveFrom();
        List<HostPort> endpoints = Stream
                .concat(request.endpoints().stream(), whereabouts.stream().map(at -> new HostPort(
                        IpAddress.of(at.getAddress()).toString(), at.getPort())))
                .distinct().limit(Invitation.ENDPOINTS_MAX)
                .toList();
        if (endpoints.isEmpty()) {
            throw new ControlException(ControlException.Code.FAILED,
                    "this host has no address at which anybody could reach it: connect it to a network first");
        }
        Invitation invitation = new Invitation(now.identity().publicKey(), guest.publicKey(),
                config.node().networkId(), config.node().name(), config.configuredPrefixes(), config.relay().serve(),
                ranges.equals(OverlayAddresses.DEFAULT)
                        ? List.of()
                        : Stream.of(ranges.v4(), ranges.v6()).filter(Objects::nonNull).toList(),
                request.name() == null ? "" : request.name(), request.prefixes(), request.relay(),
                expires.getEpochSecond(), endpoints);
        InvitationToken token = InvitationToken.issue(now.identity(), guest, invitation);
        try {
            // A directory that is there is watched: so who comes is trusted here before its daemon calls.
            AtomicFile.makeDirectory(home.admittedTrust(), home.access());
            invitations.add(new Invited(guest.publicKey(), invitation.name(), request.prefixes(), request.relay(), made,
                    expires, null, null), made);
        } catch (IOException e) {
            throw failed("cannot write the invitation down", e);
        }
        open();
        return new InviteReport(token.text(), guest.publicKey().peerId().substring(0, Invited.ID_CHARACTERS),
                request.name(), texts(request.prefixes()), request.relay(), expires,
                endpoints.stream().map(HostPort::toString).toList());
    }

    /** The guest's key stands for the newcomer's, which nobody knows yet. A name that is taken is none of its troubles. */
    private void requireFree(Sources.Loaded now, InviteRequest request, PublicKey guest, Instant made)
            throws ControlException {
        String name = request.name() == null ? "newcomer" : request.name();
        if (admission(now).judge(member(guest, name, request.prefixes(),
                request.relay())) instanceof Admission.Contradicts(var _, String message)) {
            throw new ControlException(ControlException.Code.INVALID_ARGUMENT,
                    message + ": choose another --prefix");
        }
        for (Invited other : invitations.all()) {
            if (!other.isOpen(made)) {
                continue;
            }
            for (Prefix prefix : request.prefixes()) {
                if (other.prefixes().stream().anyMatch(prefix::overlaps)) {
                    throw new ControlException(ControlException.Code.INVALID_ARGUMENT, prefix
                            + " overlaps what the invitation " + other.id() + " grants: choose another --prefix, or"
                            + " run: meshd invite cancel " + other.id());
                }
            }
        }
    }

    private static ControlException failed(String what, IOException cause) {
        ControlException failure = new ControlException(ControlException.Code.FAILED,
                what + ": " + cause.getMessage());
        failure.initCause(cause);
        return failure;
    }

    private static AuthorizedKey.Member member(PublicKey key, String name, List<Prefix> prefixes, boolean relay) {
        return new AuthorizedKey.Member(name, key, prefixes, relay, false, null, null, null, name);
    }

    private static List<String> texts(List<Prefix> prefixes) {
        return prefixes.stream().map(Prefix::toString).toList();
    }

    /** Who was invited, and what became of it. */
    synchronized InvitationsReport invitations() {
        return report(invitations.all());
    }

    private InvitationsReport report(List<Invited> some) {
        Instant now = clock.instant();
        List<InvitationsReport.Entry> entries = new ArrayList<>();
        for (Invited one : some) {
            Invited.Use use = one.use();
            entries.add(new InvitationsReport.Entry(one.id(), state(one.state(now)),
                    one.name().isEmpty() ? null : one.name(), texts(one.prefixes()), one.relay(), one.created(),
                    one.expires(), use == null ? null : use.name(), use == null ? null : use.key().peerId(),
                    use == null ? null : use.at(),
                    use == null ? null : trustLine(use.key(), use.name(), one.prefixes(), one.relay())));
        }
        return new InvitationsReport(entries);
    }

    private static InvitationsReport.State state(Invited.State state) {
        return switch (state) {
            case OPEN -> InvitationsReport.State.OPEN;
            case USED -> InvitationsReport.State.USED;
            case EXPIRED -> InvitationsReport.State.EXPIRED;
            case CANCELLED -> InvitationsReport.State.CANCELLED;
        };
    }

    /** What other members have to run, unless they trust this node as introducer. */
    static String trustLine(PublicKey key, String name, List<Prefix> prefixes, boolean relay) {
        StringBuilder line = new StringBuilder("meshd trust '").append(new OpenSshKey(key, name).line()).append('\'');
        prefixes.forEach(prefix -> line.append(" --prefix ").append(prefix));
        return line.append(relay ? " --relay" : "").toString();
    }

    /** Takes an invitation back. */
    synchronized InvitationsReport cancel(String target) throws ControlException {
        Instant now = clock.instant();
        List<Invited> meant = invitations.all().stream().filter(one -> one.guest().peerId().startsWith(target)
                && target.length() >= Invited.ID_CHARACTERS - 2).toList();
        if (meant.isEmpty()) {
            meant = invitations.all().stream().filter(one -> one.name().equals(target) && one.isOpen(now)).toList();
        }
        if (meant.size() != 1) {
            throw new ControlException(ControlException.Code.NOT_FOUND, (meant.isEmpty()
                    ? "there is no invitation " + target
                    : target + " is the beginning of several ids") + ": see `meshd invite list`");
        }
        Invited one = meant.getFirst();
        switch (one.state(now)) {
            case OPEN -> {}
            case CANCELLED -> {
                return report(meant);
            }
            case EXPIRED -> throw new ControlException(ControlException.Code.FAILED,
                    "the invitation " + one.id() + " has expired: nobody can come with it any more");
            case USED -> throw new ControlException(ControlException.Code.FAILED, "the invitation " + one.id()
                    + " was used already: to end the trust in who came, run: meshd untrust "
                    + Objects.requireNonNull(one.use()).name());
        }
        try {
            invitations.cancel(one, now);
        } catch (IOException e) {
            throw failed("cannot write that down", e);
        }
        resolve(one.guest());
        return report(List.of(Objects.requireNonNull(invitations.of(one.guest()))));
    }

    /** Whom this node admitted by invitation, each once. */
    synchronized Set<PublicKey> admitted() {
        Set<PublicKey> keys = new LinkedHashSet<>();
        for (Invited one : invitations.all()) {
            Invited.Use use = one.use();
            if (use != null) {
                keys.add(use.key());
            }
        }
        return keys;
    }

    /** A guest brings somebody whose signature is right. Node thread: files are for another. */
    void joining(PublicKey guest, Frame.Join join) {
        later.accept(() -> {
            Frame answer = decide(guest, join);
            if (answer != null) {
                boolean _ = inbox.offer((node, now) -> node.answer(now, guest, answer));
            }
        });
    }

    /** What to answer; nothing as long as this daemon is not ready to decide. */
    synchronized @Nullable Frame decide(PublicKey guest, Frame.Join join) {
        Sources.Loaded now = loaded.get();
        Invited invited = invitations.of(guest);
        if (now == null || invited == null) {
            return null;
        }
        try {
            Frame.JoinRefused refusal = refusal(now, invited, join);
            return refusal == null ? admit(now, invited, join) : refusal;
        } catch (IOException e) {
            warn(invited, "cannot admit " + join.name() + " with the invitation " + invited.id() + ": "
                    + e.getMessage());
            return refused(JoinRefusal.FAILED, "");
        }
    }

    private static Frame.JoinRefused refused(JoinRefusal reason, String detail) {
        return new Frame.JoinRefused(reason, detail);
    }

    private Frame.@Nullable JoinRefused refusal(Sources.Loaded now, Invited invited, Frame.Join join)
            throws IOException {
        Instant moment = clock.instant();
        PublicKey key = join.newcomer();
        String network = now.config().node().networkId();
        Invited.Use use = invited.use();
        if (invited.cancelled() != null) {
            return refused(JoinRefusal.CANCELLED, "");
        }
        if (key.equals(now.identity().publicKey())) {
            return refused(JoinRefusal.FOREIGN, "it was made by this very host");
        }
        if (!join.networkId().equals(network)) {
            return refused(JoinRefusal.FOREIGN,
                    "it is for the network " + join.networkId() + ", and its inviter is in " + network + " now");
        }
        if (use != null && !use.key().equals(key)) {
            return refused(JoinRefusal.USED, "");
        }
        if (!moment.isBefore(invited.expires())) {
            return refused(JoinRefusal.EXPIRED, "");
        }
        Map<PublicKey, Instant> revoked = revocations.read();
        if (revoked.containsKey(key) && !revoked.get(key).isBefore(invited.created())) {
            return refused(JoinRefusal.REVOKED, "");
        }
        return null;
    }

    private Frame admit(Sources.Loaded now, Invited invited, Frame.Join join) throws IOException {
        String wanted = invited.name().isEmpty() ? join.name() : invited.name();
        Admission admission = admission(now);
        return switch (admission.judge(member(join.newcomer(), wanted, invited.prefixes(), invited.relay()))) {
            case Admission.Contradicts(String kinds, String message) -> {
                warn(invited, "the newcomer " + join.name() + " (" + join.newcomer().fingerprint()
                        + ") is refused with the invitation " + invited.id() + ": " + message);
                yield refused(JoinRefusal.CONFLICT, kinds);
            }
            case Admission.Known(AuthorizedKey.Member known, var _) when known.prefixes()
                    .size() > NodeRecord.PREFIXES_MAX -> {
                warn(invited, known.name() + " cannot join with the invitation " + invited.id() + ": it owns more than "
                        + NodeRecord.PREFIXES_MAX + " prefixes here, which is more than it can be told");
                yield refused(JoinRefusal.CONFLICT, "it owns more prefixes there than it can be told");
            }
            case Admission.Known(AuthorizedKey.Member known, var _) -> {
                use(invited, known);
                yield new Frame.Welcome(known.name(), known.prefixes(), known.relay());
            }
            case Admission.Fits(AuthorizedKey.Member entry) -> {
                use(invited, entry);
                admission.write(home, entry, List.of("admitted by the invitation " + invited.id()));
                revocations.remove(entry.key());
                LOG.log(System.Logger.Level.INFO, "{0} joined with the invitation {1}; members that do not trust this"
                        + " node as introducer need: {2}", entry.name(), invited.id(),
                        trustLine(entry.key(), entry.name(), entry.prefixes(), entry.relay()));
                yield new Frame.Welcome(entry.name(), entry.prefixes(), entry.relay());
            }
        };
    }

    /** One an invitation: a guest that comes under ever new names does not drive other warnings out. */
    private void warn(Invited invited, String text) {
        resolve(invited.guest());
        List.copyOf(warned.keySet()).stream().filter(guest -> invitations.of(guest) == null).forEach(this::resolve);
        warned.put(invited.guest(), text);
        log.warning(text);
    }

    private void resolve(PublicKey guest) {
        String before = warned.remove(guest);
        if (before != null) {
            log.resolved(before);
        }
    }

    private void use(Invited invited, AuthorizedKey.Member as) throws IOException {
        resolve(invited.guest());
        if (invited.use() == null) {
            invitations.use(invited, new Invited.Use(as.key(), as.name(), clock.instant()));
        }
    }
}

package io.meshd.daemon.cli;

import io.meshd.daemon.config.Admission;
import io.meshd.daemon.config.Config;
import io.meshd.daemon.config.ConfigEdit;
import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.ConfigTemplate;
import io.meshd.daemon.config.IdentityStore;
import io.meshd.daemon.config.Origin;
import io.meshd.daemon.config.Overrides;
import io.meshd.daemon.config.Revocations;
import io.meshd.daemon.config.Setup;
import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.daemon.files.Home;
import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.HostPort;
import io.meshd.identity.Identity;
import io.meshd.identity.IpAddress;
import io.meshd.identity.OverlayAddresses;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.identity.Trust;
import io.meshd.identity.TrustEntry;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Invitation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A host on its way into a mesh: what it has, what an invitation makes of that, and how it is written.
 *
 * <p>Everything that can stand in the way is looked at before the first contact, so that no invitation is spent in vain.
 * Written is in this order: the identity, before the inviter hears of it; the configuration; the trust in the inviter. Each
 * is whole or not there; when it ends in between, the same command goes on.
 */
final class Joining {
    private final Invocation invocation;
    private final Home home;
    private final Invitation invitation;
    private final Config config;
    private final Identity identity;
    private final List<TrustEntry> trusted;
    private final String name;
    private final boolean force;
    private final boolean introducer;
    private String inviterName;

    private Joining(Invocation invocation, Home home, Invitation invitation, Config config, Identity identity,
            List<TrustEntry> trusted, String name, Wishes wishes) {
        this.invocation = invocation;
        this.home = home;
        this.invitation = invitation;
        this.config = config;
        this.identity = identity;
        this.trusted = trusted;
        this.name = name;
        this.force = wishes.force;
        this.introducer = wishes.introducer;
        this.inviterName = invitation.inviterName();
    }

    /**
     * What the command line asks for.
     *
     * @param name       what this host calls itself; null: as configured
     * @param force      whether what is configured may be given up
     * @param introducer whether whom the inviter introduces is trusted as well
     */
    record Wishes(@Nullable String name, boolean force, boolean introducer) {}

    /**
     * Reads what there is, and makes the identity when there is none.
     *
     * @throws CommandException when something stands in the way
     */
    static Joining prepare(Invocation invocation, Invitation invitation, Wishes wishes)
            throws CommandException, ConfigException, IOException {
        Home home = invocation.home();
        Config config = invocation.config();
        Path path = config.node().identityPath();
        Identity identity = Files.exists(path) ? IdentityStore.load(path) : IdentityStore.create(path);
        PublicKey key = identity.publicKey();
        List<TrustEntry> trusted = Setup.store(home, config, key).entries();
        Joining joining = new Joining(invocation, home, invitation, config, identity, trusted,
                wishes.name == null ? config.node().name() : wishes.name, wishes);
        if (key.equals(invitation.inviter())) {
            throw CommandException.failed("this invitation is foreign here, since this very host made it: run"
                    + " `meshd join` on the other host");
        }
        if (!wishes.force) {
            joining.requireNoConflict(invitation.prefixes(), "the invitation");
        }
        joining.judge(invitation.prefixes(), null);
        joining.edited(invitation.prefixes(), joining.name);
        return joining;
    }

    private void requireNoConflict(List<Prefix> granted, String by) throws CommandException {
        String network = config.node().networkId();
        if (!network.equals(invitation.networkId()) && (isConfigured("node.network_id") || !trusted.isEmpty())) {
            throw CommandException.failed("this host is in the network " + network + ", and the invitation is for "
                    + invitation.networkId() + ": --force leaves " + network);
        }
        List<Prefix> owned = config.configuredPrefixes();
        if (!owned.isEmpty() && !owned.equals(granted)) {
            throw CommandException.failed("this host is configured with " + text(owned) + ", and " + by + " grants "
                    + (granted.isEmpty() ? "its derived addresses" : text(granted))
                    + ": --force gives up what is configured");
        }
        if (!config.tun().deriveFrom().equals(ranges()) && isConfigured("tun.derive_from")) {
            throw CommandException
                    .failed("tun.derive_from is configured otherwise than in the network of the invitation:"
                            + " --force changes it");
        }
    }

    private boolean isConfigured(String key) {
        return config.settings().stream()
                .anyMatch(setting -> setting.key().equals(key) && setting.origin() instanceof Origin.File);
    }

    private static String text(List<Prefix> prefixes) {
        return prefixes.stream().map(Prefix::toString).collect(Collectors.joining(", "));
    }

    private OverlayAddresses ranges() {
        return invitation.ranges().isEmpty()
                ? OverlayAddresses.DEFAULT
                : OverlayAddresses.of(invitation.ranges()).orThrow();
    }

    Invitation invitation() {
        return invitation;
    }

    Identity identity() {
        return identity;
    }

    /** What this host calls itself. */
    String name() {
        return name;
    }

    /** What this host calls the inviter. */
    String inviterName() {
        return inviterName;
    }

    /** How this host fits what it is granted, and the inviter, into its trust. */
    private Admission.Verdict judge(List<Prefix> granted, @Nullable HostPort seed) throws CommandException {
        if (Trust.build(self(granted), trusted, now()) instanceof Trust.Contradictory(List<Trust.Conflict> conflicts)) {
            throw CommandException.failed("as owner of " + (granted.isEmpty() ? "its derived addresses" : text(granted))
                    + " this host would contradict whom it trusts: " + conflicts.getFirst());
        }
        AuthorizedKey.Member inviter = new AuthorizedKey.Member(invitation.inviterName(), invitation.inviter(),
                invitation.inviterPrefixes(), invitation.inviterRelays(), introducer, null, seed, null,
                invitation.inviterName());
        Admission.Verdict verdict = admission(granted).judge(inviter);
        if (verdict instanceof Admission.Contradicts(var _, String message)) {
            throw CommandException.failed("the inviter " + inviter.name() + " cannot be trusted here: " + message);
        }
        return verdict;
    }

    private Admission admission(List<Prefix> granted) {
        return new Admission(home.operatorTrust(), trusted, self(granted), now());
    }

    private Trust.Self self(List<Prefix> granted) {
        return new Trust.Self(identity.publicKey(), granted, ranges());
    }

    private Instant now() {
        return invocation.world().clock().instant();
    }

    /** The inviter has admitted this host as this: writes it all down. */
    void settle(GuestAnswer.Welcome answer) throws CommandException, IOException {
        Frame.Welcome welcome = answer.welcome();
        // Who is known there may be granted something else than the invitation does: all is looked at before anything is
        // written.
        if (!force) {
            requireNoConflict(welcome.prefixes(), invitation.inviterName());
        }
        String text = edited(welcome.prefixes(), welcome.name());
        Admission.Verdict verdict = judge(welcome.prefixes(), answer.at());
        Path file = configFile();
        if (text != null) {
            AtomicFile.makeDirectory(file.toAbsolutePath().resolve("..").normalize(), home.access());
            AtomicFile.write(file, text, Access.PUBLIC);
        }
        switch (verdict) {
            case Admission.Fits(AuthorizedKey.Member entry) -> {
                Admission admission = admission(welcome.prefixes());
                admission.write(home, entry, List.of());
                inviterName = entry.name();
                if (invitation.inviterPrefixes().stream().anyMatch(Prefix::isDefaultRoute)) {
                    invocation.note(inviterName + " offers a default route, which only you can grant: add it to "
                            + admission.file(inviterName));
                }
            }
            case Admission.Known(AuthorizedKey.Member known, String source) -> {
                inviterName = known.name();
                renew(known, invocation.path(source), answer.at());
            }
            case Admission.Contradicts _ -> throw new AssertionError("judged before");
        }
        Revocations.of(home).remove(invitation.inviter());
    }

    /** Who was trusted already is so as before, and found where it just answered. */
    private void renew(AuthorizedKey.Member known, Path source, HostPort seed) throws IOException {
        if (home.trustDirectories().contains(source.getParent())) {
            AuthorizedKey.Member renewed = new AuthorizedKey.Member(known.name(), known.key(), known.prefixes(),
                    known.relay(), known.introducer() || introducer, known.expires(), seed, known.pskFile(),
                    known.comment());
            if (!renewed.equals(known)) {
                AtomicFile.write(source, renewed.text(), Access.PUBLIC);
            }
        }
    }

    // Configuration.

    private Path configFile() throws CommandException {
        return invocation.loader(Overrides.NONE).file();
    }

    /** The configuration as it is to be; null when it says that already. A new one has the name of the welcome. */
    private @Nullable String edited(List<Prefix> granted, String called) throws CommandException, IOException {
        Path file = configFile();
        ConfigEdit edit = edit(granted);
        if (!config.configuredPrefixes().equals(granted) && granted.stream().anyMatch(Prefix::isDefaultRoute)) {
            throw CommandException.failed(invitation.inviterName() + " grants this host a default route, which no"
                    + " invitation makes it: set node.prefixes to " + text(granted) + " yourself, and run it again");
        }
        if (!Files.exists(file)) {
            String template = ConfigTemplate.text(called, invitation.networkId(), null, 0, home.identity());
            return edit.apply(template);
        }
        if (edit.isEmpty()) {
            return null;
        }
        String edited = edit.apply(Files.readString(file));
        if (edited == null) {
            throw CommandException.failed(file + " is written in a way that this command cannot edit: put in "
                    + String.join(", ", edit.lines()) + " yourself, and run it again");
        }
        return edited;
    }

    private ConfigEdit edit(List<Prefix> granted) {
        ConfigEdit edit = new ConfigEdit();
        if (!config.node().networkId().equals(invitation.networkId())) {
            edit.set("node", "network_id", quoted(invitation.networkId()));
        }
        if (!config.configuredPrefixes().equals(granted)) {
            edit.remove("node", "prefixes");
            address(edit, granted);
        }
        if (!config.tun().deriveFrom().equals(ranges()) && invitation.ranges().isEmpty()) {
            edit.remove("tun", "derive_from");
        } else if (!config.tun().deriveFrom().equals(ranges())) {
            edit.set("tun", "derive_from", invitation.ranges().stream().map(range -> quoted(range.toString()))
                    .collect(Collectors.joining(", ", "[", "]")));
        }
        return edit;
    }

    private static void address(ConfigEdit edit, List<Prefix> granted) {
        if (granted.size() == 1) {
            edit.remove("tun", "addresses");
            edit.set("tun", "prefix_len", Integer.toString(granted.getFirst().length()));
            edit.set("tun", "address", quoted(first(granted.getFirst()).toString()));
        } else {
            edit.remove("tun", "prefix_len").remove("tun", "address");
            if (granted.isEmpty()) {
                edit.remove("tun", "addresses");
            } else {
                edit.set("tun", "addresses", granted.stream()
                        .map(prefix -> quoted(first(prefix) + "/" + prefix.length()))
                        .collect(Collectors.joining(", ", "[", "]")));
            }
        }
    }

    /** The first address of a prefix that a host can have: not that of the network itself. */
    static IpAddress first(Prefix prefix) {
        IpAddress network = prefix.address();
        return network.bits() - prefix.length() < 2
                ? network
                : new IpAddress(network.isV6(), network.high(), network.low() + 1);
    }

    private static String quoted(String text) {
        return "\"" + text + "\"";
    }
}

package io.meshd.daemon.cli;

import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.Problem;
import io.meshd.daemon.config.TrustReading;
import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.Prefix;
import io.meshd.identity.TrustEntry;
import io.meshd.identity.TrustedPeer;
import java.io.IOException;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Shows whom this node trusts, and what for. */
final class TrustListCommand implements Command {
    @Override
    public CommandSpec spec() {
        return CommandSpec.of("trust list", "Show who is trusted, and for what.")
                .reporting()
                .example("meshd trust list", "name, fingerprint, prefixes, expiry, source")
                .example("meshd trust list --json", "the same for a script");
    }

    @Override
    public int run(Invocation invocation) throws CommandException, ConfigException, IOException {
        boolean asJson = invocation.isJson();
        TrustFiles files = TrustFiles.of(invocation);
        TrustReading reading = files.read();
        List<TrustEntry> entries = files.entries().stream()
                .sorted(Comparator.comparing((TrustEntry entry) -> entry.key().name())
                        .thenComparing(TrustEntry::source))
                .toList();
        if (entries.isEmpty() && !reading.problems().isEmpty()) {
            throw CommandException.failed(reading.problems().getFirst().toString());
        }
        if (asJson) {
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("trust", entries.stream().map(entry -> document(entry, reading, files.now())).toList());
            invocation.json(document);
        } else if (entries.isEmpty()) {
            invocation.line("nobody is trusted: admit a peer with `meshd trust`");
        } else {
            invocation.text(text(entries, reading, files.now()));
        }
        reading.problems().stream().map(Problem::toString).forEach(invocation::warn);
        reading.notes().forEach(note -> invocation.warn(note.toString()));
        return ExitStatus.DONE;
    }

    private static String text(List<TrustEntry> entries, TrustReading reading, Instant now) {
        TextTable table = new TextTable().row("NAME", "PEER ID", "FINGERPRINT", "PREFIXES", "RELAY", "EXPIRES", "SEED",
                "SOURCE");
        for (TrustEntry entry : entries) {
            List<String> prefixes = prefixes(entry, reading);
            switch (entry.key()) {
                case AuthorizedKey.Member member -> table.row(member.name(), member.key().peerId(),
                        member.key().fingerprint(), Texts.list(prefixes), member.relay() ? "yes" : "no",
                        member.expires() == null ? "never" : member.expires() + (entry.isExpired(now) ? " (past)" : ""),
                        Texts.orDash(member.seed()), entry.source());
                case AuthorizedKey.Stock stock -> table.row(stock.name(), "wireguard " + stock.tunnelKey().base64(),
                        "-", Texts.list(prefixes), "no", "never", Texts.orDash(stock.endpoint()), entry.source());
            }
        }
        return table.text();
    }

    private static Map<String, @Nullable Object> document(TrustEntry entry, TrustReading reading, Instant now) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        AuthorizedKey key = entry.key();
        AuthorizedKey.Member member = key instanceof AuthorizedKey.Member m ? m : null;
        document.put("name", key.name());
        document.put("peer_id", member == null ? null : member.key().peerId());
        document.put("fingerprint", member == null ? null : member.key().fingerprint());
        document.put("prefixes", prefixes(entry, reading));
        document.put("relay_capable", member != null && member.relay());
        document.put("expires", member == null ? null : Objects.toString(member.expires(), null));
        document.put("seed", member == null ? null : Objects.toString(member.seed(), null));
        document.put("source", entry.source());
        document.put("expired", entry.isExpired(now));
        document.put("introducer", member != null && member.introducer());
        document.put("wireguard_public_key", key.tunnelKey().base64());
        return document;
    }

    /** What the peer owns, derived addresses included; what is written down when it is not trusted now. */
    private static List<String> prefixes(TrustEntry entry, TrustReading reading) {
        TrustedPeer peer = reading.trust().peer(entry.key().tunnelKey());
        List<Prefix> prefixes = peer == null ? entry.key().prefixes() : peer.prefixes();
        return prefixes.stream().map(Prefix::toString).toList();
    }
}

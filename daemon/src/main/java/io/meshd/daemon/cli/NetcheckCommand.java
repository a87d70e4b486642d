package io.meshd.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.control.ControlClient;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.NetcheckReport;
import java.io.IOException;
import java.util.stream.Collectors;

/** Shows the network as the daemon sees it now, and what that means for reaching others. */
final class NetcheckCommand implements Command {
    @Override
    public CommandSpec spec() {
        return CommandSpec.of("netcheck", "Look at the network now: addresses, NAT, port mapping, relays.")
                .saying("The daemon asks STUN servers, peers and routers anew and waits up to three seconds for them.")
                .reporting()
                .example("meshd netcheck", "how this host can be reached, in plain words")
                .example("meshd netcheck --json", "the same for a script");
    }

    @Override
    public int run(Invocation invocation) throws CommandException, ControlException, IOException {
        boolean asJson = invocation.isJson();
        JsonNode report = invocation.daemon().netcheck();
        if (asJson) {
            invocation.json(report);
        } else {
            invocation.text(text(ControlClient.read(report, NetcheckReport.class), invocation::coloured));
        }
        return ExitStatus.DONE;
    }

    private static String text(NetcheckReport report, ReportCommand.Paint paint) {
        StringBuilder text = new StringBuilder();
        for (NetcheckReport.Family family : report.families()) {
            text.append(family(family, paint));
        }
        text.append("\nAn unused path is remembered on the way for ")
                .append(Texts.duration(report.bindingLifetimeSeconds())).append(" at least.\n");
        text.append(title("SEEN FROM OUTSIDE", paint));
        TextTable seen = new TextTable();
        report.publicEndpoints().forEach(endpoint -> seen.row("  " + endpoint.endpoint(), endpoint.kind(), "by "
                + Texts.list(endpoint.seenBy().stream().map(NetcheckReport.Observer::name).toList()),
                Texts.duration(endpoint.ageSeconds()) + " ago"));
        text.append(orNobody(seen, report.publicEndpoints().isEmpty(), "by nobody yet"));
        text.append(title("PORT MAPPING", paint)).append(portMapping(report.portMapping()));
        text.append(title("STUN SERVERS", paint));
        TextTable servers = new TextTable();
        report.stunServers().forEach(server -> servers.row("  " + server.server(), Texts.orDash(server.address()),
                server.error() == null ? Texts.ms(server.rttMs()) : server.error()));
        text.append(orNobody(servers, report.stunServers().isEmpty(), "none configured: peers tell where they see this "
                + "host"));
        text.append(title("RELAYS", paint));
        TextTable relays = new TextTable();
        report.relays().forEach(relay -> relays.row("  " + relay.relay(), relay.usable() ? "usable" : "not usable",
                relay.reason() == null ? Texts.ms(relay.rttMs()) : relay.reason()));
        text.append(orNobody(relays, report.relays().isEmpty(), "no peer is marked as one: meshd trust … --relay"));
        text.append(title("PATHS", paint));
        TextTable paths = new TextTable();
        report.paths().forEach(path -> paths.row("  " + path.peer(), path.path(), "packets of up to "
                + Texts.count(path.mtuBytes(), "byte")));
        return text.append(orNobody(paths, report.paths().isEmpty(), "no session")).toString();
    }

    private static String title(String text, ReportCommand.Paint paint) {
        return "\n" + paint.in(Colour.BOLD, text) + "\n";
    }

    private static String orNobody(TextTable table, boolean isEmpty, String nobody) {
        return isEmpty ? "  " + nobody + "\n" : table.text();
    }

    private static String family(NetcheckReport.Family family, ReportCommand.Paint paint) {
        String name = family.family().equals("ipv4") ? "IPv4" : "IPv6";
        String route = !family.defaultRoute()
                ? "no default route"
                : family.router() == null
                        ? "default route without router"
                        : "default route to " + family.router() + " from " + family.source();
        String state = family.usable() ? paint.in(Colour.GREEN, "usable") : paint.in(Colour.YELLOW, "not usable");
        StringBuilder text = new StringBuilder(paint.in(Colour.BOLD, name)).append("  ").append(state)
                .append(family.problem() == null ? "" : ": " + family.problem()).append(", ").append(route)
                .append('\n').append("  addresses  ").append(Texts.list(family.addresses())).append('\n');
        if (family.usable()) {
            NetcheckReport.Nat nat = family.nat();
            text.append("  NAT        mapping ").append(Texts.constant(nat.mapping()).replace('_', ' '))
                    .append(", filtering ").append(nat.filtering().replace('_', ' '))
                    .append(nat.ports().isEmpty()
                            ? ""
                            : ", outside ports " + nat.ports().stream().map(String::valueOf)
                                    .collect(Collectors.joining(", ")))
                    .append('\n').append("             ").append(nat.meaning()).append('\n');
        }
        return text.toString();
    }

    private static String portMapping(NetcheckReport.PortMapping mapping) {
        if (!mapping.enabled()) {
            return "  off: nat.port_mapping is false\n";
        }
        TextTable table = new TextTable();
        mapping.mappings().forEach(one -> table.row("  " + one.external(), one.protocol() + " at " + one.router(),
                (one.confirmed() ? "confirmed by a peer" : "not confirmed by a peer yet")
                        + (one.isPublic() ? "" : ", behind another NAT")
                        + (one.lifetimeSeconds() == null
                                ? ""
                                : ", for another "
                                        + Texts.duration(one.lifetimeSeconds()))));
        mapping.attempts().forEach(attempt -> table.row("  " + attempt.protocol() + " at " + attempt.router(),
                attempt.answer()));
        return orNobody(table, mapping.mappings().isEmpty() && mapping.attempts().isEmpty(), "no router to ask");
    }
}

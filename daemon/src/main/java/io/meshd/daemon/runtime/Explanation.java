package io.meshd.daemon.runtime;

import io.meshd.daemon.control.PathClass;
import io.meshd.daemon.control.WhyReport;
import io.meshd.daemon.node.Cause;
import io.meshd.daemon.node.MeshNode;
import io.meshd.daemon.node.NeighbourView;
import io.meshd.daemon.node.Verdict;
import io.meshd.identity.PublicKey;
import io.meshd.nat.CallView;
import io.meshd.nat.Decision;
import io.meshd.nat.PathView;
import io.meshd.nat.relay.LineView;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.MappingBehaviour;
import io.meshd.protocol.MemberState;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Turns what a node knows of one peer's paths into the answer to {@code why}, and into warnings. */
final class Explanation {
    /** A detour of a minute is none: a direct path takes seconds to find, and hold times end. */
    private static final long DETOUR_NANOS = 60_000_000_000L;
    /** More would push everything else out of sight. */
    private static final int WARNINGS_MAX = 5;
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final Pattern RELAYED = Pattern.compile("\\bvia ([a-z2-7]{8})\\b");

    private final MeshNode node;
    private final Reports reports;

    Explanation(MeshNode node, Reports reports) {
        this.node = node;
        this.reports = reports;
    }

    WhyReport why(NeighbourView view) {
        PublicKey key = view.grant().key();
        CallView call = key == null ? null : node.insight().call(key);
        MappingBehaviour there = call == null ? MappingBehaviour.UNKNOWN : call.farMapping();
        return new WhyReport(view.grant().name(), key == null ? null : key.peerId(), verdict(view),
                Reports.pathClass(view), Reports.address(view.endpoint()), reports.relay(view.endpoint()),
                Reports.pathClass(view) == PathClass.RELAY ? reports.time(view.detourNanos()) : null, view.mtuBytes(),
                new WhyReport.Nats(Reports.mapping(node.insight().ownEndpoints().mapping()), Reports.mapping(there)),
                view.candidates().stream().map(this::candidate).toList(),
                key == null ? List.of() : node.insight().relayLines(key).stream().map(this::relay).toList(),
                view.decisions().stream().map(this::decision).toList());
    }

    private WhyReport.Verdict verdict(NeighbourView view) {
        Verdict verdict = Objects.requireNonNull(node.insight().verdict(reports.nowNanos(), view));
        return new WhyReport.Verdict(verdict.cause().label(), Stream.of(verdict.reached(), verdict.because())
                .filter(part -> part != null).collect(Collectors.joining(" ")), verdict.remedy());
    }

    private WhyReport.Candidate candidate(PathView path) {
        return new WhyReport.Candidate(Objects.requireNonNull(reports.place(path.endpoint())), path.kind().label(),
                path.evidence().stream().map(kind -> kind.label()).toList(),
                path.chosen() ? "chosen" : path.state().label(), path.rttMillis(), path.loss(),
                path.signaler() == null ? null : reports.name(path.signaler()), path.ageNanos() / SECOND_NANOS,
                (path.heldNanos() + SECOND_NANOS - 1) / SECOND_NANOS);
    }

    private WhyReport.Relay relay(LineView line) {
        String state = line.isOpen() ? "open" : line.reason() == null ? "asked" : "refused";
        return new WhyReport.Relay(reports.name(line.relay()), state,
                line.reason() == null ? null : line.reason().name().toLowerCase(Locale.ROOT));
    }

    private WhyReport.Decision decision(Decision decision) {
        Instant at = Objects.requireNonNull(reports.time(decision.atNanos()));
        return new WhyReport.Decision(at, reports.place(decision.from()), reports.place(decision.to()),
                decision.reason(), named(decision.figures()),
                decision.helper() == null ? null : reports.name(decision.helper()), decision.times());
    }

    /** Figures name relays by the beginning of their keys. */
    private String named(String figures) {
        return RELAYED.matcher(figures).replaceAll(found -> "via " + node.neighbours(reports.nowNanos()).stream()
                .filter(view -> view.grant().key() != null && view.grant().key().peerId().startsWith(found.group(1)))
                .map(view -> view.grant().name()).findFirst().orElse(found.group(1)));
    }

    /** Why a peer is not reached directly, and what would change that; null when it is, or nothing is amiss. */
    @Nullable
    String whyNot(NeighbourView view) {
        Verdict verdict = amiss(view);
        return verdict == null
                ? null
                : Stream.of(verdict.because(), verdict.remedy()).filter(part -> part != null)
                        .collect(Collectors.joining(" "));
    }

    private @Nullable Verdict amiss(NeighbourView view) {
        boolean isDirect = switch (view.pathClass()) {
            case DIRECT, SIGNALING_THEN_DIRECT -> true;
            case RELAY, NONE -> false;
        };
        if (isDirect || view.grant().isStock()) {
            return null;
        }
        Verdict verdict = node.insight().verdict(reports.nowNanos(), view);
        boolean isOpen = verdict == null || verdict.cause() == Cause.IDLE
                || (!view.hasSession() && verdict.cause() == Cause.TRYING);
        return isOpen ? null : verdict;
    }

    /** The peers that have been on a detour for long, and those that are there and not reached, each with the reason. */
    List<String> warnings(Collection<NeighbourView> neighbours) {
        List<NeighbourView> astray = neighbours.stream().filter(this::isWorthAWarning).toList();
        List<String> warnings = astray.stream().limit(WARNINGS_MAX).flatMap(view -> warning(view).stream()).toList();
        return astray.size() <= WARNINGS_MAX
                ? warnings
                : Stream.concat(warnings.stream(), Stream.of((astray.size() - WARNINGS_MAX)
                        + " more peers are not reached directly: `meshd peers`")).toList();
    }

    private boolean isWorthAWarning(NeighbourView view) {
        Long detour = view.detourNanos();
        return switch (view.pathClass()) {
            case DIRECT, SIGNALING_THEN_DIRECT -> false;
            case RELAY -> detour != null && reports.nowNanos() - detour >= DETOUR_NANOS;
            case NONE -> view.state() == MemberState.ALIVE && !view.grant().isStock();
        };
    }

    private List<String> warning(NeighbourView view) {
        Verdict verdict = amiss(view);
        if (verdict == null || verdict.because() == null || verdict.cause() == Cause.TRYING) {
            return List.of();
        }
        String how = view.endpoint() instanceof Endpoint.Relayed(PublicKey relay, PublicKey _)
                ? " is reached only through the relay " + reports.name(relay)
                : " is not reached";
        return List.of(view.grant().name() + how + ": " + verdict.because() + " More: `meshd why "
                + view.grant().name() + "`");
    }
}

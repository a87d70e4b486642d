package io.meshd.nat;

import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * All candidates of one peer, one {@link Path} for each endpoint.
 *
 * <p>Bounded. Who names many endpoints displaces only his own: at the limit of a kind its worst candidate goes, and
 * only then may a newcomer displace one of a weaker or equal kind. What works, what is chosen and what the operator
 * wrote never goes.
 */
final class CandidateSet {
    /** Most candidates of a peer: with eight of each common kind nothing real is ever cut. */
    static final int CANDIDATES_MAX = 32;
    /** Most of one kind: as many endpoints as a record may name. */
    static final int OF_KIND_MAX = 8;

    private final LinkedHashMap<Endpoint, Path> paths = new LinkedHashMap<>();

    @Nullable
    Path find(Endpoint endpoint) {
        return paths.get(endpoint);
    }

    /** In the order in which they were first named. */
    Collection<Path> paths() {
        return paths.values();
    }

    /** Takes a new candidate in; null when there is no room. {@code chosen} is never displaced. */
    @Nullable
    Path add(Candidate candidate, long nowNanos, @Nullable Path chosen) {
        Path worstOfKind = null;
        Path worst = null;
        int ofKind = 0;
        Comparator<Path> worstFirst = worstFirst(nowNanos);
        for (Path path : paths.values()) {
            boolean sameKind = path.kind() == candidate.kind();
            ofKind += sameKind ? 1 : 0;
            if (path != chosen && isDisplaceable(path)) {
                worst = worse(worst, path, worstFirst);
                worstOfKind = sameKind ? worse(worstOfKind, path, worstFirst) : worstOfKind;
            }
        }
        if (ofKind >= OF_KIND_MAX) {
            return displace(worstOfKind, candidate, nowNanos);
        }
        if (paths.size() < CANDIDATES_MAX) {
            return put(candidate, nowNanos);
        }
        return displace(worst != null && worst.kind().compareTo(candidate.kind()) >= 0 ? worst : worstOfKind,
                candidate, nowNanos);
    }

    @Nullable
    Path remove(Endpoint endpoint) {
        return paths.remove(endpoint);
    }

    private @Nullable Path displace(@Nullable Path victim, Candidate candidate, long nowNanos) {
        if (victim == null) {
            return null;
        }
        paths.remove(victim.endpoint());
        return put(candidate, nowNanos);
    }

    private Path put(Candidate candidate, long nowNanos) {
        Path path = new Path(candidate.endpoint());
        path.told(candidate, nowNanos);
        paths.put(candidate.endpoint(), path);
        return path;
    }

    private static boolean isDisplaceable(Path path) {
        return !path.isUsable() && path.kind() != CandidateKind.CONFIGURED;
    }

    private static Path worse(@Nullable Path a, Path b, Comparator<Path> worstFirst) {
        return a == null || worstFirst.compare(b, a) < 0 ? b : a;
    }

    /** Never worked or longest ago, weakest evidence, named longest ago. */
    private static Comparator<Path> worstFirst(long nowNanos) {
        return Comparator.<Path>comparingLong(path -> PathTimings.since(path.answeredNanos(), nowNanos)).reversed()
                .thenComparing(Comparator.comparing(Path::kind).reversed())
                .thenComparing(Comparator.<Path>comparingLong(path -> nowNanos - path.toldNanos()).reversed());
    }

    /** In the order in which a handshake tries them: the best straight one, the best relay, then the rest. */
    List<Path> toTry(@Nullable Path chosen) {
        List<Path> ordered = new ArrayList<>(paths.values());
        ordered.sort(Comparator.comparing((Path path) -> path != chosen).thenComparing(path -> !path.isDirect())
                .thenComparing(path -> !path.isUsable()).thenComparing(latestFirst(Path::answeredNanos))
                .thenComparing(Path::kind).thenComparing(latestFirst(Path::toldNanos)));
        Path relay = ordered.stream().filter(path -> !path.isDirect()).findFirst().orElse(null);
        if (relay != null && relay != ordered.getFirst()) {
            ordered.remove(relay);
            ordered.add(1, relay);
        }
        return ordered;
    }

    /** The straight endpoints that worked by the one port, latest first. */
    List<Endpoint.Direct> lastGood() {
        List<Endpoint.Direct> endpoints = new ArrayList<>();
        paths.values().stream().filter(path -> path.answeredNanos() != Deadlines.NEVER)
                .sorted(latestFirst(Path::answeredNanos)).forEach(path -> {
                    if (path.endpoint() instanceof Endpoint.Direct direct && direct.isByOnePort()) {
                        endpoints.add(direct);
                    }
                });
        return endpoints;
    }

    /** What operators see: the chosen one first, then by what is known of them. */
    List<PathView> views(@Nullable Path chosen, long nowNanos) {
        return paths.values().stream()
                .sorted(Comparator.comparing((Path path) -> path != chosen).thenComparing(path -> !path.isUsable())
                        .thenComparing(Path::state).thenComparing(Path::kind))
                .map(path -> path.view(nowNanos, path == chosen)).toList();
    }

    /** Orders by a past moment, the latest first and never ({@link Deadlines#NEVER}) last. */
    private static Comparator<Path> latestFirst(ToLongFunction<Path> moment) {
        return (a, b) -> {
            long atA = moment.applyAsLong(a);
            long atB = moment.applyAsLong(b);
            if (atA == atB) {
                return 0;
            }
            return isLater(atA, atB) ? -1 : 1;
        };
    }

    private static boolean isLater(long atA, long atB) {
        return atA != Deadlines.NEVER && (atB == Deadlines.NEVER || atA - atB > 0);
    }
}

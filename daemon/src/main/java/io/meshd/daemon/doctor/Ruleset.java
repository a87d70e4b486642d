package io.meshd.daemon.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rules of nftables, as {@code nft -j list ruleset} prints them (libnftables-json(5)), and what becomes of a packet.
 *
 * <p>A rule with a condition that cannot be judged is taken not to match; limits are taken not to be reached.
 */
final class Ruleset {
    private static final int DEPTH_MAX = 16;
    private static final Set<String> FAMILIES = Set.of("inet", "ip");

    private final List<Chain> chains;

    private Ruleset(List<Chain> chains) {
        this.chains = chains;
    }

    /** A chain with its rules, in order. */
    private record Chain(String family, String table, String name, String hook, int priority, String policy,
            List<Rule> rules) {
        String path() {
            return family + " " + table + " " + name;
        }

        boolean isOf(String otherFamily, String otherTable) {
            return family.equals(otherFamily) && table.equals(otherTable);
        }
    }

    /** One rule: conditions and statements, in order. */
    private record Rule(long handle, JsonNode expression) {}

    /**
     * Who stops a packet.
     *
     * @param chain  family, table and chain
     * @param handle of the rule; -1: the policy of the chain
     */
    record Stop(String chain, long handle) {
        String where() {
            return handle < 0
                    ? "the policy of chain " + chain
                    : "a rule of chain " + chain + " (handle " + handle + ")";
        }

        /** A rule before all others of the chain, or without the one that stops it. */
        String remedy(String match) {
            return handle < 0
                    ? "nft insert rule " + chain + " " + match + " accept"
                    : "nft delete rule " + chain + " handle " + handle;
        }
    }

    /** What a chain says: it stops the packet, takes it, or has no opinion. */
    private sealed interface Verdict {
        record Stopped(Stop stop) implements Verdict {}

        record Accepted() implements Verdict {}

        record Undecided() implements Verdict {}
    }

    /** Reads them; of a text that is none, no rules. */
    static Ruleset parse(String json) {
        JsonNode all;
        try {
            all = new ObjectMapper().readTree(json).path("nftables");
        } catch (JsonProcessingException _) {
            return new Ruleset(List.of());
        }
        Map<String, Chain> chains = new LinkedHashMap<>();
        for (JsonNode one : all) {
            JsonNode chain = one.path("chain");
            if (chain.isObject() && FAMILIES.contains(chain.path("family").asText())) {
                Chain read = new Chain(chain.path("family").asText(), chain.path("table").asText(),
                        chain.path("name").asText(), chain.path("hook").asText(), chain.path("prio").asInt(),
                        chain.path("policy").asText("accept"), new ArrayList<>());
                // Those of type nat decide where a packet goes, not whether.
                if (!chain.path("type").asText().equals("nat")) {
                    chains.put(read.path(), read);
                }
            }
        }
        for (JsonNode one : all) {
            JsonNode rule = one.path("rule");
            Chain chain = chains.get(rule.path("family").asText() + " " + rule.path("table").asText() + " "
                    + rule.path("chain").asText());
            if (chain != null) {
                chain.rules.add(new Rule(rule.path("handle").asLong(), rule.path("expr")));
            }
        }
        return new Ruleset(List.copyOf(chains.values()));
    }

    /** Who stops a packet at a hook; null when nobody does. Every base chain has its say, whatever others accept. */
    @Nullable
    Stop stop(String hook, Inspected packet) {
        return chains.stream().filter(chain -> chain.hook.equals(hook))
                .sorted(Comparator.comparingInt(Chain::priority)).map(chain -> stop(chain, packet))
                .filter(stop -> stop != null).findFirst().orElse(null);
    }

    private @Nullable Stop stop(Chain chain, Inspected packet) {
        return switch (walk(chain, packet, 0)) {
            case Verdict.Stopped(Stop stop) -> stop;
            case Verdict.Accepted _ -> null;
            case Verdict.Undecided _ -> chain.policy.equals("drop") ? new Stop(chain.path(), -1) : null;
        };
    }

    private Verdict walk(Chain chain, Inspected packet, int depth) {
        for (Rule rule : chain.rules) {
            JsonNode statement = applies(rule, packet);
            if (statement == null) {
                continue;
            }
            if (statement.has("accept")) {
                return new Verdict.Accepted();
            }
            if (statement.has("drop") || statement.has("reject")) {
                return new Verdict.Stopped(new Stop(chain.path(), rule.handle));
            }
            if (statement.has("return")) {
                return new Verdict.Undecided();
            }
            boolean isJump = statement.has("jump");
            Chain target = depth == DEPTH_MAX
                    ? null
                    : chain(chain, statement.path(isJump ? "jump" : "goto").path("target").asText());
            if (target != null) {
                Verdict verdict = walk(target, packet, depth + 1);
                if (!isJump || !(verdict instanceof Verdict.Undecided)) {
                    return verdict;
                }
            }
        }
        return new Verdict.Undecided();
    }

    private @Nullable Chain chain(Chain from, String name) {
        return chains.stream().filter(chain -> chain.isOf(from.family, from.table) && chain.name.equals(name))
                .findFirst().orElse(null);
    }

    /** The statement with which a rule decides, when all its conditions hold; null when it does not. */
    private static @Nullable JsonNode applies(Rule rule, Inspected packet) {
        for (JsonNode part : rule.expression) {
            if (part.has("match")) {
                if (!matches(part.path("match"), packet)) {
                    return null;
                }
            } else if (part.has("vmap")) {
                return mapped(part.path("vmap"), packet);
            } else if (part.has("accept") || part.has("drop") || part.has("reject") || part.has("return")
                    || part.has("jump") || part.has("goto")) {
                return part;
            } else if (part.has("xt")) {
                // A module of iptables: what it asks is not shown.
                return null;
            }
        }
        return null;
    }

    private static @Nullable JsonNode mapped(JsonNode map, Inspected packet) {
        String value = value(map.path("key"), packet);
        if (value == null) {
            return null;
        }
        for (JsonNode pair : map.path("data").path("set")) {
            if (pair.size() == 2 && isIn(value, pair.get(0))) {
                return pair.get(1);
            }
        }
        return null;
    }

    private static boolean matches(JsonNode match, Inspected packet) {
        String value = value(match.path("left"), packet);
        if (value == null) {
            return false;
        }
        JsonNode right = match.path("right");
        if (right.isTextual() && right.asText().startsWith("@")) {
            return false;
        }
        boolean holds = isIn(value, right);
        return match.path("op").asText().equals("!=") != holds;
    }

    /** What the packet has where a condition looks; null when that is not known, or not there. */
    private static @Nullable String value(JsonNode left, Inspected packet) {
        String meta = left.path("meta").path("key").asText();
        JsonNode payload = left.path("payload");
        String field = payload.path("protocol").asText() + " " + payload.path("field").asText();
        boolean hasPorts = packet.protocol().equals("udp");
        if (left.path("ct").path("key").asText().equals("state")) {
            return packet.state();
        }
        return switch (meta.isEmpty() ? field : meta) {
            case "iifname", "iif" -> packet.in();
            case "oifname", "oif" -> packet.out();
            case "l4proto", "ip protocol" -> packet.protocol();
            case "nfproto" -> "ipv4";
            case "udp dport", "th dport" -> hasPorts && packet.dport() > 0 ? Integer.toString(packet.dport()) : null;
            case "udp sport", "th sport" -> hasPorts && packet.sport() > 0 ? Integer.toString(packet.sport()) : null;
            default -> null;
        };
    }

    private static boolean isIn(String value, JsonNode right) {
        if (right.isArray() || right.has("set")) {
            for (JsonNode element : right.isArray() ? right : right.path("set")) {
                if (isIn(value, element)) {
                    return true;
                }
            }
            return false;
        }
        JsonNode range = right.path("range");
        if (range.size() == 2) {
            return value.matches("\\d{1,9}") && Integer.parseInt(value) >= range.get(0).asInt()
                    && Integer.parseInt(value) <= range.get(1).asInt();
        }
        String text = right.asText();
        return text.endsWith("*") ? value.startsWith(text.substring(0, text.length() - 1)) : value.equals(text);
    }
}

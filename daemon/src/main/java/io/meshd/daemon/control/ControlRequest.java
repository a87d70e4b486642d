package io.meshd.daemon.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.meshd.daemon.config.Config;
import io.meshd.daemon.control.ControlException.Code;
import io.meshd.identity.HostPort;
import io.meshd.identity.Parsed;
import io.meshd.identity.Prefix;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One request as it was understood. */
sealed interface ControlRequest {
    /** Default of the first echoes. */
    int PING_COUNT = 4;
    int PING_INTERVAL_MS = 1000;
    int PING_WAIT_MS = 2000;
    /** Default of the lines of the log. */
    int LOG_LINES = 100;
    /** How long a look at the network may take. */
    Duration LOOK_MAX = Duration.ofSeconds(3);

    /** Asks for a report that takes no arguments. */
    record Report(Kind kind) implements ControlRequest {}

    /** Asks for a fresh look at the network. */
    record Netcheck() implements ControlRequest {}

    /** Asks why a peer is reached as it is. */
    record Why(String peer) implements ControlRequest {}

    /** Asks for echoes. */
    record Ping(PingRequest request) implements ControlRequest {}

    /** Asks for the last lines of the log. */
    record Log(LogRequest request) implements ControlRequest {}

    /** Asks for the last lines of the log and for all that come: the one request with more than one answer. */
    record Follow(LogRequest request) implements ControlRequest {}

    /** Asks to apply configuration and trust anew. */
    record Reload() implements ControlRequest {}

    /** Asks for an invitation. */
    record Invite(InviteRequest request) implements ControlRequest {}

    /** Asks who was invited. */
    record Invitations() implements ControlRequest {}

    /** Asks to take an invitation back. */
    record CancelInvitation(String target) implements ControlRequest {}

    /** Asks what a reload would change. */
    record Plan(PlanRequest request) implements ControlRequest {}

    /** Asks the daemon to end. */
    record Stop() implements ControlRequest {}

    /** Reports that take no arguments. */
    enum Kind {
        STATUS, PEERS, ROUTES, SESSIONS, COUNTERS, SNAPSHOT
    }

    /** How much longer than others the answer may take, because waiting is what was asked for. */
    default Duration ownTime() {
        return switch (this) {
            case Ping(PingRequest ping) -> Duration.ofMillis(ping.totalMs());
            // An invitation waits for the router's answer.
            case Netcheck _,Invite _ -> LOOK_MAX;
            case Report _,Why _,Log _,Follow _,Reload _,Plan _,Stop _,Invitations _,CancelInvitation _ -> Duration.ZERO;
        };
    }

    /**
     * Reads one request.
     *
     * @throws ControlException when it is none
     */
    static ControlRequest parse(byte[] line) throws ControlException {
        JsonNode document = document(line);
        JsonNode version = document.path("version");
        if (!version.isInt() || version.intValue() != ControlProtocol.VERSION) {
            throw new ControlException(Code.UNSUPPORTED_VERSION,
                    "this daemon speaks version " + ControlProtocol.VERSION + " of the control protocol");
        }
        JsonNode command = document.path("command");
        if (!command.isTextual()) {
            throw new ControlException(Code.MALFORMED, "\"command\" must be a text");
        }
        JsonNode arguments = document.path("arguments");
        if (!(arguments.isMissingNode() || arguments.isNull() || arguments.isObject())) {
            throw new ControlException(Code.MALFORMED, "\"arguments\" must be an object");
        }
        return command(command.textValue(), arguments);
    }

    private static JsonNode document(byte[] line) throws ControlException {
        JsonNode document;
        try {
            document = Json.parse(line);
        } catch (IOException _) {
            document = MissingNode.getInstance();
        }
        if (!document.isObject()) {
            throw new ControlException(Code.MALFORMED, "a request is one JSON object on one line");
        }
        return document;
    }

    private static ControlRequest command(String name, JsonNode arguments) throws ControlException {
        return switch (name) {
            case "status" -> new Report(Kind.STATUS);
            case "peers" -> new Report(Kind.PEERS);
            case "routes" -> new Report(Kind.ROUTES);
            case "sessions" -> new Report(Kind.SESSIONS);
            case "counters" -> new Report(Kind.COUNTERS);
            case "snapshot" -> new Report(Kind.SNAPSHOT);
            case "netcheck" -> new Netcheck();
            case "why" -> new Why(text(arguments, "target"));
            case "ping" -> ping(arguments);
            case "log" -> log(arguments);
            case "reload" -> new Reload();
            case "invite" -> invite(arguments);
            case "invitations" -> new Invitations();
            case "cancel_invitation" -> new CancelInvitation(text(arguments, "target"));
            case "plan" -> new Plan(new PlanRequest(optional(arguments, "config"), optional(arguments, "trust"),
                    optional(arguments, "from"), optional(arguments, "to")));
            case "stop" -> new Stop();
            default -> throw new ControlException(Code.UNKNOWN_COMMAND, "there is no such command");
        };
    }

    private static ControlRequest ping(JsonNode arguments) throws ControlException {
        String target = text(arguments, "target");
        try {
            return new Ping(new PingRequest(target, number(arguments, "count", PING_COUNT),
                    number(arguments, "interval_ms", PING_INTERVAL_MS), number(arguments, "wait_ms", PING_WAIT_MS),
                    number(arguments, "first_seq", 0)));
        } catch (IllegalArgumentException e) {
            throw new ControlException(Code.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
        }
    }

    private static ControlRequest log(JsonNode arguments) throws ControlException {
        String level = arguments.has("level") ? text(arguments, "level") : "info";
        JsonNode follow = arguments.path("follow");
        if (!(follow.isMissingNode() || follow.isBoolean())) {
            throw new ControlException(Code.INVALID_ARGUMENT, "\"follow\" must be true or false");
        }
        try {
            LogRequest request = new LogRequest(number(arguments, "lines", LOG_LINES), Config.Level.of(level));
            return follow.asBoolean() ? new Follow(request) : new Log(request);
        } catch (IllegalArgumentException e) {
            throw new ControlException(Code.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
        }
    }

    private static Invite invite(JsonNode arguments) throws ControlException {
        List<Prefix> prefixes = new ArrayList<>();
        for (String text : texts(arguments, "prefixes")) {
            prefixes.add(parsed("prefixes", Prefix.parse(text)));
        }
        List<HostPort> endpoints = new ArrayList<>();
        for (String text : texts(arguments, "endpoints")) {
            endpoints.add(parsed("endpoints", HostPort.parse(text)));
        }
        JsonNode relay = arguments.path("relay");
        if (!relay.isMissingNode() && !relay.isBoolean()) {
            throw new ControlException(Code.INVALID_ARGUMENT, "\"relay\" must be true or false");
        }
        try {
            return new Invite(new InviteRequest(arguments.has("name") ? text(arguments, "name") : null, prefixes,
                    relay.asBoolean(),
                    number(arguments, "expires_seconds", (int) InviteRequest.EXPIRES_SECONDS_DEFAULT), endpoints));
        } catch (IllegalArgumentException e) {
            throw new ControlException(Code.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
        }
    }

    private static <T> T parsed(String name, Parsed<T> parsed) throws ControlException {
        return switch (parsed) {
            case Parsed.Valid<T>(var value) -> value;
            case Parsed.Invalid<T> invalid ->
                throw new ControlException(Code.INVALID_ARGUMENT, "\"" + name + "\": " + invalid.message());
        };
    }

    private static List<String> texts(JsonNode arguments, String name) throws ControlException {
        List<String> texts = new ArrayList<>();
        JsonNode values = arguments.path(name);
        boolean right = values.isMissingNode() || values.isArray();
        for (JsonNode value : values) {
            right &= value.isTextual();
            texts.add(value.asText());
        }
        if (!right) {
            throw new ControlException(Code.INVALID_ARGUMENT, "\"" + name + "\" must be an array of texts");
        }
        return texts;
    }

    private static String text(JsonNode arguments, String name) throws ControlException {
        JsonNode value = arguments.path(name);
        if (!value.isTextual()) {
            throw new ControlException(Code.INVALID_ARGUMENT, "\"" + name + "\" must be a text");
        }
        return value.textValue();
    }

    private static @Nullable String optional(JsonNode arguments, String name) throws ControlException {
        return arguments.path(name).isMissingNode() || arguments.path(name).isNull() ? null : text(arguments, name);
    }

    private static int number(JsonNode arguments, String name, int otherwise) throws ControlException {
        JsonNode value = arguments.path(name);
        if (value.isMissingNode()) {
            return otherwise;
        }
        if (!value.isInt()) {
            throw new ControlException(Code.INVALID_ARGUMENT, "\"" + name + "\" must be a whole number");
        }
        return value.intValue();
    }
}

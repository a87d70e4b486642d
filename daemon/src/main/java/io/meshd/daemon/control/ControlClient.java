package io.meshd.daemon.control;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.files.FileException;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Asks a running daemon. Uses the JDK's Unix sockets: a client's life is too short to start an event loop for. */
public final class ControlClient {
    // A report of a mesh of 4096 peers, the most that a node believes in, is some 4 MiB.
    private static final int ANSWER_MAX_BYTES = 64 * 1024 * 1024;
    // The server bounds its own time; this is for one that hangs.
    private static final Duration GRACE = Duration.ofSeconds(3);

    private final Path socket;

    /** Asks the daemon that listens here. */
    public ControlClient(Path socket) {
        this.socket = socket;
    }

    /** Asks for a report that takes no arguments. */
    public JsonNode report(String command) throws IOException, ControlException {
        return call(command, Map.of(), ControlProtocol.TIME_MAX);
    }

    /** Asks for a report that takes no arguments, and gives the document as the daemon wrote it. */
    public byte[] document(String command) throws IOException, ControlException {
        return answer(command, Map.of(), ControlProtocol.TIME_MAX);
    }

    /** Asks for a fresh look at the network. */
    public JsonNode netcheck() throws IOException, ControlException {
        return call("netcheck", Map.of(), ControlProtocol.TIME_MAX.plus(ControlRequest.LOOK_MAX));
    }

    /** Asks why a peer is reached as it is. */
    public JsonNode why(String peer) throws IOException, ControlException {
        return call("why", Map.of("target", peer), ControlProtocol.TIME_MAX);
    }

    /** Asks for echoes. */
    public PingReport ping(PingRequest request) throws IOException, ControlException {
        Map<String, Object> arguments = new LinkedHashMap<>();
        arguments.put("target", request.target());
        arguments.put("count", request.count());
        arguments.put("interval_ms", request.intervalMs());
        arguments.put("wait_ms", request.waitMs());
        arguments.put("first_seq", request.firstSeq());
        return read(call("ping", arguments, ControlProtocol.TIME_MAX.plusMillis(request.totalMs())), PingReport.class);
    }

    /** Asks for the last lines of the log. */
    public JsonNode log(LogRequest request) throws IOException, ControlException {
        return call("log", logArguments(request, false), ControlProtocol.TIME_MAX);
    }

    /** Reads the log as it is written, until the daemon ends or {@code reader} wants no more. */
    public void follow(LogRequest request, Predicate<JsonNode> reader) throws IOException, ControlException {
        try (SocketChannel channel = connect()) {
            ByteBuffer line = ByteBuffer.wrap(JsonStream.request("log", logArguments(request, true)));
            while (line.hasRemaining()) {
                channel.write(line);
            }
            BufferedReader answers = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
            for (String text = answers.readLine(); text != null; text = answers.readLine()) {
                if (!reader.test(Json.parse(report(text.getBytes(StandardCharsets.UTF_8))))) {
                    return;
                }
            }
        } catch (SocketException e) {
            throw new IOException("the daemon ended: " + e.getMessage(), e);
        }
    }

    private static Map<String, Object> logArguments(LogRequest request, boolean follow) {
        Map<String, Object> arguments = new LinkedHashMap<>();
        arguments.put("lines", request.lines());
        arguments.put("level", request.level().name().toLowerCase(Locale.ROOT));
        arguments.put("follow", follow);
        return arguments;
    }

    /** Asks the daemon to apply configuration and trust anew. */
    public ReloadReport reload() throws IOException, ControlException {
        return read(report("reload"), ReloadReport.class);
    }

    /** Asks for an invitation. */
    public InviteReport invite(InviteRequest request) throws IOException, ControlException {
        Map<String, Object> arguments = new LinkedHashMap<>();
        if (request.name() != null) {
            arguments.put("name", request.name());
        }
        arguments.put("prefixes", request.prefixes().stream().map(Object::toString).toList());
        arguments.put("relay", request.relay());
        arguments.put("expires_seconds", request.expiresSeconds());
        arguments.put("endpoints", request.endpoints().stream().map(Object::toString).toList());
        return read(call("invite", arguments, ControlProtocol.TIME_MAX.plus(ControlRequest.LOOK_MAX)),
                InviteReport.class);
    }

    /** Takes an invitation back. */
    public InvitationsReport cancelInvitation(String target) throws IOException, ControlException {
        return read(call("cancel_invitation", Map.of("target", target), ControlProtocol.TIME_MAX),
                InvitationsReport.class);
    }

    /** Asks what a reload would change. */
    public JsonNode plan(PlanRequest request) throws IOException, ControlException {
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        arguments.put("config", request.config());
        arguments.put("trust", request.trust());
        arguments.put("from", request.from());
        arguments.put("to", request.to());
        return call("plan", arguments, ControlProtocol.TIME_MAX);
    }

    /** Asks the daemon to end. It has only begun to when this returns. */
    public void stop() throws IOException, ControlException {
        report("stop");
    }

    /** A report in its typed form, of the bytes that the daemon wrote. */
    public static <T> T read(byte[] document, Class<T> type) throws IOException {
        try {
            return JsonStream.read(document, type);
        } catch (IOException e) {
            throw new IOException("the daemon answered something else: are client and daemon of one version?", e);
        }
    }

    /** A report in its typed form. */
    public static <T> T read(JsonNode document, Class<T> type) throws IOException {
        try {
            return Json.read(document, type);
        } catch (JsonProcessingException e) {
            throw new IOException("the daemon answered something else: are client and daemon of one version?", e);
        }
    }

    private JsonNode call(String command, Map<String, ? extends @Nullable Object> arguments, Duration time)
            throws IOException, ControlException {
        return Json.parse(answer(command, arguments, time));
    }

    private byte[] answer(String command, Map<String, ? extends @Nullable Object> arguments, Duration time)
            throws IOException, ControlException {
        return report(exchange(JsonStream.request(command, arguments), time.plus(GRACE)));
    }

    /** The document, which may be an error instead. */
    private static byte[] report(byte[] answer) throws IOException, ControlException {
        if (JsonStream.isErrorLike(answer)) {
            JsonNode document = Json.parse(answer);
            if (document.isObject() && document.size() == 1) {
                throw read(document, ControlError.class).toException();
            }
        }
        return answer;
    }

    private byte[] exchange(byte[] line, Duration time) throws IOException {
        long deadlineNanos = System.nanoTime() + time.toNanos();
        try (SocketChannel channel = connect(); Selector selector = Selector.open()) {
            ByteBuffer request = ByteBuffer.wrap(line);
            while (request.hasRemaining()) {
                channel.write(request);
            }
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
            while (channel.read(buffer.clear()) >= 0) {
                answer.write(buffer.array(), 0, buffer.position());
                long leftMs = Duration.ofNanos(deadlineNanos - System.nanoTime()).toMillis();
                if (leftMs <= 0 || answer.size() > ANSWER_MAX_BYTES) {
                    throw new IOException("the daemon does not answer: look at its log");
                }
                if (buffer.position() == 0) {
                    selector.select(leftMs);
                    selector.selectedKeys().clear();
                }
            }
            if (answer.size() == 0) {
                throw new IOException("the daemon closed the connection without an answer: it may be stopping");
            }
            return answer.toByteArray();
        }
    }

    private SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket.toString()));
            return channel;
        } catch (ConnectException e) {
            channel.close();
            throw (NotRunningException) new NotRunningException().initCause(e);
        } catch (SocketException e) {
            channel.close();
            throw refused(e);
        }
    }

    /** The JDK has one exception for all: which of them it is shows in the file system. */
    private IOException refused(SocketException e) {
        try {
            Files.readAttributes(socket, BasicFileAttributes.class);
        } catch (AccessDeniedException _) {
            return denied();
        } catch (IOException _) {
            return (IOException) new NotRunningException().initCause(e);
        }
        return Files.isWritable(socket) ? e : denied();
    }

    private IOException denied() {
        return new FileException(socket + ": permission denied: use sudo, or the daemon's own user");
    }
}

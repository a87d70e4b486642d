package io.meshd.daemon.runtime;

import io.meshd.identity.Bytes;
import io.meshd.identity.IpAddress;
import io.meshd.nat.mapping.Gateway;
import io.meshd.nat.mapping.HttpAnswer;
import io.meshd.nat.mapping.HttpCall;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * HTTP with routers, bounded in size and time: nothing is followed, no proxy is asked, a slow or endless answer is none.
 * Answers arrive on the given thread.
 */
final class RouterHttp {
    private static final System.Logger LOG = System.getLogger("io.meshd.nat");
    private static final Duration PATIENCE = Duration.ofNanos(HttpCall.PATIENCE_NANOS);

    private final Executor thread;
    /** By the address to speak from. A client has threads of its own, so none is made before a device was found. */
    private final Map<Gateway, HttpClient> clients = new HashMap<>();

    RouterHttp(Executor thread) {
        this.thread = thread;
    }

    private HttpClient client(Gateway gateway) {
        return clients.computeIfAbsent(gateway, one -> HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER).proxy(ProxySelector.of(null)).connectTimeout(PATIENCE)
                .localAddress(one.local()).executor(thread).build());
    }

    /** Makes the exchange and gives what came of it. */
    void call(Gateway gateway, HttpCall call, Consumer<HttpAnswer> taker) {
        HttpRequest.Builder request = HttpRequest.newBuilder(place(call)).timeout(PATIENCE)
                .header("User-Agent", "meshd UPnP/1.1");
        if (call.soapAction() != null) {
            request.header("SOAPAction", call.soapAction()).header("Content-Type", "text/xml; charset=\"utf-8\"")
                    .POST(HttpRequest.BodyPublishers.ofString(call.body()));
        }
        CompletableFuture<HttpResponse<byte[]>> response = client(gateway).sendAsync(request.build(),
                HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(),
                        HttpCall.ANSWER_BYTES_MAX));
        // The client's own timeout ends with the headers: a body that drips would hold the exchange open.
        CompletableFuture<HttpAnswer> answer = response
                .thenApply(whole -> new HttpAnswer(call.id(), whole.statusCode(), Bytes.copyOf(whole.body())))
                .orTimeout(HttpCall.PATIENCE_NANOS, TimeUnit.NANOSECONDS)
                .exceptionally(failure -> {
                    LOG.log(System.Logger.Level.DEBUG, "router {0}: {1}", call.server(), failure.toString());
                    boolean _ = response.cancel(true);
                    return HttpAnswer.failed(call.id());
                });
        var _ = answer.thenAcceptAsync(taker, thread);
    }

    private static URI place(HttpCall call) {
        InetSocketAddress server = call.server();
        IpAddress host = IpAddress.of(server.getAddress());
        return URI.create("http://" + (host.isV6() ? "[" + host + "]" : host) + ":" + server.getPort() + call.path());
    }

    void close() {
        clients.values().forEach(HttpClient::shutdownNow);
    }
}

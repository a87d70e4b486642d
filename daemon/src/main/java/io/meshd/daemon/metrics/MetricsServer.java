package io.meshd.daemon.metrics;

import io.meshd.daemon.control.ControlException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Serves the metrics to a monitor: {@code GET /metrics} and nothing else.
 *
 * <p>A connection carries one request and is cut after ten seconds, whoever is slow; more than sixteen at a time are
 * closed at once; readings are taken once a second at most. Lives on an event loop that others share; readings are taken
 * on virtual threads.
 */
public final class MetricsServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("io.meshd.metrics");
    private static final String PATH = "/metrics";
    private static final int CONNECTIONS_MAX = 16;
    private static final Duration CONNECTION_MAX = Duration.ofSeconds(10);
    private static final Duration READING_FRESH = Duration.ofSeconds(1);
    private static final int LINE_MAX_BYTES = 2048;
    private static final int HEADERS_MAX_BYTES = 8192;
    private static final int CHUNK_MAX_BYTES = 1024;
    private static final long CLOSE_MILLIS_MAX = 1000;

    private final Channel channel;
    private final ChannelGroup clients;

    private MetricsServer(Channel channel, ChannelGroup clients) {
        this.channel = channel;
        this.clients = clients;
    }

    /**
     * Listens.
     *
     * @throws IOException when the address cannot be bound; the message says which and why
     */
    public static MetricsServer start(InetSocketAddress listen, EventLoopGroup loop, Reading.Source source)
            throws IOException {
        return start(listen, loop, source, CONNECTION_MAX);
    }

    static MetricsServer start(InetSocketAddress listen, EventLoopGroup loop, Reading.Source source, Duration patience)
            throws IOException {
        ChannelGroup clients = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
        ChannelFuture bound = new ServerBootstrap().group(loop).channel(EpollServerSocketChannel.class)
                .childHandler(new Acceptor(new Readings(source), patience, clients)).bind(listen)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(String.valueOf(bound.cause().getMessage()), bound.cause());
        }
        return new MetricsServer(bound.channel(), clients);
    }

    /** Where it listens: the port is known even if any was asked for. */
    InetSocketAddress address() {
        return (InetSocketAddress) channel.localAddress();
    }

    /** Stops listening, drops clients: the event loop is not its own, and one that ends may leave them open. */
    @Override
    public void close() {
        channel.close().awaitUninterruptibly(CLOSE_MILLIS_MAX);
        clients.close().awaitUninterruptibly(CLOSE_MILLIS_MAX);
    }

    /** Takes readings, and gives the same one to those who ask within a second. */
    private static final class Readings {
        private final Reading.Source source;
        private @Nullable MetricSnapshots last;
        private long takenNanos;

        Readings(Reading.Source source) {
            this.source = source;
        }

        synchronized MetricSnapshots take() throws ControlException, InterruptedException {
            MetricSnapshots known = last;
            if (known == null || System.nanoTime() - takenNanos > READING_FRESH.toNanos()) {
                known = Exposition.of(source.read());
                last = known;
                takenNanos = System.nanoTime();
            }
            return known;
        }
    }

    /** Takes clients in. Event loop. */
    private static final class Acceptor extends ChannelInitializer<SocketChannel> {
        private final Readings readings;
        private final Duration patience;
        private final ChannelGroup clients;
        private final ExpositionFormats formats = ExpositionFormats.init();

        Acceptor(Readings readings, Duration patience, ChannelGroup clients) {
            this.readings = readings;
            this.patience = patience;
            this.clients = clients;
        }

        @Override
        protected void initChannel(SocketChannel client) {
            if (clients.size() >= CONNECTIONS_MAX) {
                var _ = client.close();
                return;
            }
            clients.add(client);
            Future<?> limit = client.eventLoop().schedule(() -> {
                var _ = client.close();
            }, patience.toMillis(), TimeUnit.MILLISECONDS);
            client.closeFuture().addListener(_ -> limit.cancel(false));
            client.pipeline()
                    .addLast(new HttpServerCodec(new HttpDecoderConfig().setMaxInitialLineLength(LINE_MAX_BYTES)
                            .setMaxHeaderSize(HEADERS_MAX_BYTES).setMaxChunkSize(CHUNK_MAX_BYTES)),
                            new Answer(readings, formats));
        }
    }

    /** Answers one request. */
    private static final class Answer extends SimpleChannelInboundHandler<HttpObject> {
        private final Readings readings;
        private final ExpositionFormats formats;
        private boolean asked;

        Answer(Readings readings, ExpositionFormats formats) {
            this.readings = readings;
            this.formats = formats;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
            // What follows the head of the first request is read and forgotten.
            if (asked || !(part instanceof HttpRequest request)) {
                return;
            }
            asked = true;
            if (request.decoderResult().isFailure()) {
                refuse(context, HttpResponseStatus.BAD_REQUEST);
            } else if (!request.uri().equals(PATH) && !request.uri().startsWith(PATH + "?")) {
                refuse(context, HttpResponseStatus.NOT_FOUND);
            } else if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
                refuse(context, HttpResponseStatus.METHOD_NOT_ALLOWED);
            } else {
                ExpositionFormatWriter writer = formats.findWriter(request.headers().get(HttpHeaderNames.ACCEPT));
                Thread.ofVirtual().name("metrics").start(() -> work(context, writer));
            }
        }

        private void work(ChannelHandlerContext context, ExpositionFormatWriter writer) {
            try {
                ByteArrayOutputStream text = new ByteArrayOutputStream();
                writer.write(text, readings.take());
                context.executor().execute(() -> answer(context, HttpResponseStatus.OK, writer.getContentType(),
                        Unpooled.wrappedBuffer(text.toByteArray())));
            } catch (ControlException e) {
                LOG.log(System.Logger.Level.WARNING, "no metrics: {0}", e.getMessage());
                context.executor().execute(() -> refuse(context, HttpResponseStatus.SERVICE_UNAVAILABLE));
            } catch (IOException | RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, "no metrics", e);
                context.executor().execute(() -> refuse(context, HttpResponseStatus.INTERNAL_SERVER_ERROR));
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }

        private static void refuse(ChannelHandlerContext context, HttpResponseStatus status) {
            answer(context, status, "text/plain; charset=utf-8",
                    Unpooled.copiedBuffer(status + "; metrics are at " + PATH + "\n", StandardCharsets.UTF_8));
        }

        private static void answer(ChannelHandlerContext context, HttpResponseStatus status, String type,
                ByteBuf body) {
            FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
            response.headers().set(HttpHeaderNames.CONTENT_TYPE, type)
                    .set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes())
                    .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            if (status.equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
                response.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
            }
            var _ = context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            var _ = context.close();
        }
    }
}

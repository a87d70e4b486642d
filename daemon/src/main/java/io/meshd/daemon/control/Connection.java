package io.meshd.daemon.control;

import io.meshd.daemon.control.ControlException.Code;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One client: reads one line, has it answered on a virtual thread, writes the answer and closes.
 *
 * <p>Lives on the server's event loop; only {@link #work} runs elsewhere, and hands its result back to the loop.
 */
final class Connection extends SimpleChannelInboundHandler<ByteBuf> {
    private static final System.Logger LOG = System.getLogger("io.meshd.control");
    // After its answer a client may still be writing; closing at once would reset it before it has read.
    private static final Duration FAREWELL_MAX = Duration.ofSeconds(1);

    private final NodeControl node;
    private final Duration patience;
    private final @Nullable ControlException refusal;
    private @Nullable Future<?> timeout;
    private @Nullable Thread worker;
    private boolean answered;

    /**
     * Such a client.
     *
     * @param patience how long each step may take
     * @param refusal  what it is told instead of being heard; null when it is heard
     */
    Connection(NodeControl node, Duration patience, @Nullable ControlException refusal) {
        this.node = node;
        this.patience = patience;
        this.refusal = refusal;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (refusal != null) {
            answer(context, ControlError.of(refusal), () -> {});
            return;
        }
        limit(context, patience, "no request within " + patience.toSeconds() + " s");
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf line) {
        if (answered || worker != null) {
            return;
        }
        ControlRequest request;
        try {
            request = ControlRequest.parse(ByteBufUtil.getBytes(line));
        } catch (ControlException e) {
            answer(context, ControlError.of(e), () -> {});
            return;
        }
        if (request instanceof ControlRequest.Follow(LogRequest wanted)) {
            cancelLimit();
            worker = Thread.ofVirtual().name("log-" + context.channel().id().asShortText())
                    .start(() -> follow(context, wanted));
            return;
        }
        Duration time = patience.plus(request.ownTime());
        limit(context, time, "no answer within " + time.toSeconds() + " s");
        worker = Thread.ofVirtual().name("control-" + context.channel().id().asShortText())
                .start(() -> work(context, request));
    }

    private void work(ChannelHandlerContext context, ControlRequest request) {
        Object document;
        try {
            document = report(request);
        } catch (ControlException e) {
            document = ControlError.of(e);
        } catch (InterruptedException _) {
            // The time limit or the client's end: nobody waits for this any more.
            return;
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "control request failed", e);
            document = ControlError.of(new ControlException(Code.FAILED, "internal error: see the daemon's log"));
        }
        Object result = document;
        Runnable afterwards = request instanceof ControlRequest.Stop ? node::stop : () -> {};
        context.executor().execute(() -> answer(context, result, afterwards));
    }

    /**
     * Sends lines of the log until the client or the daemon ends. The next line is fetched when the one before is on its
     * way, so a client that reads slowly holds up nobody but itself.
     */
    private void follow(ChannelHandlerContext context, LogRequest request) {
        try (LogFeed feed = node.follow(request)) {
            while (true) {
                byte[] line = (Json.line(feed.next()) + "\n").getBytes(StandardCharsets.UTF_8);
                var written = context.writeAndFlush(Unpooled.wrappedBuffer(line)).await();
                if (!written.isSuccess()) {
                    return;
                }
            }
        } catch (ControlException e) {
            context.executor().execute(() -> answer(context, ControlError.of(e), () -> {}));
        } catch (InterruptedException _) {
            // The client went, or the daemon stops.
        }
    }

    private Object report(ControlRequest request) throws ControlException, InterruptedException {
        return switch (request) {
            case ControlRequest.Report(ControlRequest.Kind kind) -> switch (kind) {
                case STATUS -> node.status();
                case PEERS -> node.peers();
                case ROUTES -> node.routes();
                case SESSIONS -> node.sessions();
                case COUNTERS -> node.counters();
                case SNAPSHOT -> node.snapshot();
            };
            case ControlRequest.Netcheck _ -> node.netcheck();
            case ControlRequest.Why(String peer) -> node.why(peer);
            case ControlRequest.Ping(PingRequest ping) -> node.ping(ping);
            case ControlRequest.Log(LogRequest log) -> node.log(log);
            case ControlRequest.Follow _ -> throw new IllegalStateException("is followed, not answered");
            case ControlRequest.Reload _ -> node.reload();
            case ControlRequest.Invite(InviteRequest invite) -> node.invite(invite);
            case ControlRequest.Invitations _ -> node.invitations();
            case ControlRequest.CancelInvitation(String target) -> node.cancelInvitation(target);
            case ControlRequest.Plan(PlanRequest plan) -> node.plan(plan);
            case ControlRequest.Stop _ -> new StopReport(true);
        };
    }

    /**
     * Writes a document and ends this side of the stream; the rest of what the client says is read and forgotten.
     * {@code afterwards} runs once the client has the document, or can no longer have it.
     */
    private void answer(ChannelHandlerContext context, Object document, Runnable afterwards) {
        if (answered) {
            return;
        }
        answered = true;
        byte[] text = (Json.line(document) + "\n").getBytes(StandardCharsets.UTF_8);
        limit(context, patience, "");
        var _ = context.writeAndFlush(Unpooled.wrappedBuffer(text)).addListener(_ -> {
            limit(context, FAREWELL_MAX, "");
            var _ = ((DuplexChannel) context.channel()).shutdownOutput();
            afterwards.run();
        });
    }

    /** Replaces the time limit: when it passes, an error is sent, or when something was sent already, it all ends. */
    private void limit(ChannelHandlerContext context, Duration time, String message) {
        cancelLimit();
        timeout = context.executor().schedule(() -> {
            stopWork();
            if (answered) {
                var _ = context.close();
            } else {
                answer(context, ControlError.of(new ControlException(Code.TIMEOUT, message)), () -> {});
            }
        }, time.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        cancelLimit();
        stopWork();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof TooLongFrameException) {
            answer(context, ControlError.of(new ControlException(Code.MALFORMED,
                    "a request has at most " + ControlProtocol.REQUEST_MAX_BYTES + " bytes")), () -> {});
        } else if (!answered) {
            var _ = context.close();
        }
    }

    private void cancelLimit() {
        Future<?> pending = timeout;
        if (pending != null) {
            pending.cancel(false);
        }
    }

    private void stopWork() {
        Thread running = worker;
        if (running != null) {
            running.interrupt();
        }
    }

    /**
     * What {@code stop} answers.
     *
     * @param stopping always true
     */
    record StopReport(boolean stopping) {}
}

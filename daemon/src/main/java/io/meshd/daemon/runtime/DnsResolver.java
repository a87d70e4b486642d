package io.meshd.daemon.runtime;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks the host's name servers, without ever blocking the thread that asks.
 *
 * <p>Answers arrive on the resolver's own thread; callers hand them to theirs.
 */
final class DnsResolver implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    /** A hostile answer must not fill the memory: more seeds than this under one name help nobody. */
    private static final int ANSWERS_MAX = 64;

    private final MultiThreadIoEventLoopGroup thread = new MultiThreadIoEventLoopGroup(1,
            new DefaultThreadFactory("meshd-dns", true), EpollIoHandler.newFactory());
    private final DnsNameResolver resolver = new DnsNameResolverBuilder(thread.next())
            .datagramChannelType(EpollDatagramChannel.class)
            .socketChannelType(EpollSocketChannel.class)
            .queryTimeoutMillis(PATIENCE.toMillis())
            .build();

    /** Looks up the IPv4 and IPv6 addresses of a name; gives them, or an empty list and the reason. */
    void addresses(String name, BiConsumer<List<InetAddress>, @Nullable String> answer) {
        resolver.resolveAll(name).addListener(future -> {
            if (future.isSuccess()) {
                @SuppressWarnings("unchecked")
                List<InetAddress> found = (List<InetAddress>) future.getNow();
                answer.accept(List.copyOf(found.subList(0, Math.min(found.size(), ANSWERS_MAX))), null);
            } else {
                answer.accept(List.of(), reason(name, future.cause()));
            }
        });
    }

    /** Looks up the TXT records of a name; gives their texts, or an empty list and the reason. */
    void texts(String name, BiConsumer<List<String>, @Nullable String> answer) {
        resolver.resolveAll(new DefaultDnsQuestion(name, DnsRecordType.TXT)).addListener(future -> {
            if (!future.isSuccess()) {
                answer.accept(List.of(), reason(name, future.cause()));
                return;
            }
            @SuppressWarnings("unchecked")
            List<DnsRecord> records = (List<DnsRecord>) future.getNow();
            List<String> texts = new ArrayList<>();
            for (DnsRecord record : records) {
                if (record instanceof DnsRawRecord raw) {
                    if (texts.size() < ANSWERS_MAX) {
                        texts.add(text(raw));
                    }
                    raw.release();
                }
            }
            answer.accept(List.copyOf(texts), null);
        });
    }

    /** RFC 1035 section 3.3.14: character strings, each with its length in front, one after the other. */
    private static String text(DnsRawRecord record) {
        StringBuilder text = new StringBuilder();
        while (record.content().isReadable()) {
            int length = Math.min(record.content().readUnsignedByte(), record.content().readableBytes());
            text.append(record.content().readCharSequence(length, StandardCharsets.UTF_8));
        }
        return text.toString();
    }

    private static String reason(String name, @Nullable Throwable cause) {
        String message = cause == null ? null : cause.getMessage();
        return "cannot resolve " + name + (message == null ? "" : ": " + message.lines().findFirst().orElse(""));
    }

    @Override
    public void close() {
        resolver.close();
        var _ = thread.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}

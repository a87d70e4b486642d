package io.meshd.daemon.log;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Plays systemd's journal: reads entries by the description of its native protocol. */
final class FakeJournal implements AutoCloseable {
    private final BlockingQueue<byte[]> entries = new LinkedBlockingQueue<>();
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

    FakeJournal(Path socket) {
        var _ = new Bootstrap().group(loop).channel(EpollDomainDatagramChannel.class)
                .handler(new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext context, DomainDatagramPacket packet) {
                        entries.add(ByteBufUtil.getBytes(packet.content()));
                    }
                }).bind(new DomainSocketAddress(socket.toFile())).syncUninterruptibly();
    }

    /** The fields of the next entry. */
    Map<String, String> next() throws InterruptedException {
        ByteBuffer entry = ByteBuffer.wrap(Objects.requireNonNull(entries.poll(5, TimeUnit.SECONDS), "no entry"))
                .order(ByteOrder.LITTLE_ENDIAN);
        Map<String, String> fields = new LinkedHashMap<>();
        while (entry.hasRemaining()) {
            StringBuilder name = new StringBuilder();
            char next = (char) entry.get();
            while (next != '=' && next != '\n') {
                name.append(next);
                next = (char) entry.get();
            }
            int length = 0;
            if (next == '\n') {
                length = (int) entry.getLong();
            } else {
                while (entry.get(entry.position() + length) != '\n') {
                    length++;
                }
            }
            byte[] value = new byte[length];
            entry.get(value).get();
            fields.put(name.toString(), new String(value, StandardCharsets.UTF_8));
        }
        return fields;
    }

    @Override
    public void close() {
        var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2000);
    }
}

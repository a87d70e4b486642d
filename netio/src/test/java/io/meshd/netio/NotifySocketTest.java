package io.meshd.netio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A datagram socket plays the service manager. */
@Timeout(20)
class NotifySocketTest {
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    @AfterEach
    void end() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(1_000);
    }

    private Channel listen(String name) {
        return new Bootstrap().group(group).channel(EpollDomainDatagramChannel.class)
                .handler(new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext context, DomainDatagramPacket packet) {
                        heard.add(packet.content().toString(StandardCharsets.UTF_8));
                    }
                }).bind(new DomainSocketAddress(name)).syncUninterruptibly().channel();
    }

    @Test
    void tellsAManagerInTheFileSystem(@TempDir Path folder) throws Exception {
        listen(folder.resolve("notify").toString());
        try (NotifySocket socket = NotifySocket.to(folder.resolve("notify").toString())) {
            socket.send("READY=1\nSTATUS=läuft");
            socket.send("STOPPING=1");
        }
        assertThat(heard.poll(5, TimeUnit.SECONDS)).isEqualTo("READY=1\nSTATUS=läuft");
        assertThat(heard.poll(5, TimeUnit.SECONDS)).isEqualTo("STOPPING=1");
    }

    @Test
    void tellsAManagerWithAnAbstractName() throws Exception {
        String name = "meshd-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
        listen("\0" + name);
        try (NotifySocket socket = NotifySocket.to("@" + name)) {
            socket.send("WATCHDOG=1");
        }
        assertThat(heard.poll(5, TimeUnit.SECONDS)).isEqualTo("WATCHDOG=1");
    }

    @Test
    void saysThatNobodyListens(@TempDir Path folder) throws IOException {
        try (NotifySocket socket = NotifySocket.to(folder.resolve("nobody").toString())) {
            assertThatThrownBy(() -> socket.send("READY=1")).isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("No such file");
        }
    }

    @Test
    void waitsForNobodyWhoDoesNotRead(@TempDir Path folder) throws Exception {
        Channel deaf = listen(folder.resolve("deaf").toString());
        deaf.config().setAutoRead(false);
        try (NotifySocket socket = NotifySocket.to(folder.resolve("deaf").toString())) {
            assertThatThrownBy(() -> {
                for (int i = 0; i < 100_000; i++) {
                    socket.send("WATCHDOG=1");
                }
            }).isInstanceOf(SystemCallException.class).hasMessageContaining("errno 11");
        }
    }

    @Test
    void refusesWhatIsNoAddress() {
        for (String address : new String[]{"", "/", "relative", "vsock:2:1234", "/" + "x".repeat(108)}) {
            assertThatThrownBy(() -> NotifySocket.to(address)).isInstanceOf(IOException.class)
                    .hasMessageContaining("no address");
        }
    }
}

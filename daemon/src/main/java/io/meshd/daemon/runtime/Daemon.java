package io.meshd.daemon.runtime;

import io.meshd.daemon.cli.CommandException;
import io.meshd.daemon.cli.Version;
import io.meshd.daemon.config.Config;
import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.ConfigLoader;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.ControlServer;
import io.meshd.daemon.control.ReloadReport;
import io.meshd.daemon.control.StatusReport;
import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.daemon.files.Home;
import io.meshd.daemon.files.PidFile;
import io.meshd.daemon.node.MeshNode;
import io.meshd.daemon.node.NodeOrigin;
import io.meshd.identity.Identity;
import io.meshd.identity.Prefix;
import io.meshd.netio.BootClock;
import io.meshd.netio.Capabilities;
import io.meshd.netio.Netlink;
import io.meshd.netio.TunDevice;
import io.meshd.netio.TunSettings;
import io.meshd.netio.UdpPort;
import io.meshd.netio.UdpSettings;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One running daemon: makes every part in order, keeps them until it is told to stop, and undoes them in reverse.
 *
 * <p>Threads: one for the node, one for each socket, one for the TUN, two for the host's network, one for name lookups,
 * one for the control socket. Only the node thread touches the node.
 */
final class Daemon implements Readers.FailureListener, NetworkWatch.Listener {
    private static final System.Logger LOG = System.getLogger("io.meshd.daemon");
    private static final long LEAVE_MILLIS_MAX = 3_500;
    private static final long HOUSEKEEPING_MILLIS = 1_000;
    private static final long REMEMBER_EVERY_MILLIS = 30_000;

    private final Home home;
    private final ConfigLoader loader;
    private final InstantSource clock;
    private final BootClock bootClock = new BootClock();
    private final Instant started;
    private final Undo undo = new Undo();
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final EventLog log = new EventLog();
    private final Pings pings = new Pings();
    private final Inbox inbox = new Inbox();
    private final Targets targets = new Targets();
    private volatile StatusReport.Phase phase = StatusReport.Phase.STARTING;
    private volatile @Nullable String failure;
    private Startup startup;
    private @Nullable MeshInterface tun;

    Daemon(Home home, ConfigLoader loader, InstantSource clock) {
        this.home = home;
        this.loader = loader;
        this.clock = clock;
        this.started = clock.instant();
    }
}

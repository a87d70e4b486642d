package io.meshd.daemon.runtime;

import io.meshd.daemon.config.Config;
import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.Difference;
import io.meshd.daemon.config.OperatorPath;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.PlanRequest;
import io.meshd.daemon.control.ReloadReport;
import io.meshd.daemon.node.MeshNode;
import io.meshd.daemon.node.NeighbourView;
import io.meshd.daemon.node.PeerGrant;
import io.meshd.daemon.files.FileException;
import io.meshd.daemon.log.Logging;
import io.meshd.identity.IpAddress;
import io.meshd.identity.PresharedKey;
import io.meshd.nat.PathClass;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.InvalidPathException;
import java.time.InstantSource;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads everything anew and applies it to a running daemon, or nothing of it; or tells what that would do.
 *
 * <p>What may fail is done first, so that a refusal finds nothing changed. Under the daemon's admission lock.
 */
final class Reload {
    private static final System.Logger LOG = System.getLogger("io.meshd.daemon");
    private static final long PATIENCE_MILLIS = 3_500;

    private final Sources sources;
    private final EventLog log;
    private final OpenDoor door;
    private final Logging logging;
    private final InstantSource clock;

    Reload(Sources sources, EventLog log, OpenDoor door, Logging logging, InstantSource clock) {
        this.sources = sources;
        this.log = log;
        this.door = door;
        this.logging = logging;
        this.clock = clock;
    }

    /** What a reload would change, of these parts. */
    ReloadReport plan(Parts made, PlanRequest request) throws ControlException, InterruptedException {
        Sources.Reread next = read(made, request);
        try {
            return report(made, next, operator(made, next, request));
        } finally {
            discard(next.loaded());
        }
    }

    /**
     * Applies what is new.
     *
     * @param adopt takes the parts with the new set-up, before the node hears of it
     */
    ReloadReport apply(Parts made, Consumer<Parts> adopt) throws ControlException, InterruptedException {
        Sources.Reread next = read(made, null);
        ReloadReport report = report(made, next, null);
        if (!report.accepted()) {
            discard(next.loaded());
            return report;
        }
        boolean moved = movePort(made, next.loaded().config());
        sources.adopt(next.loaded());
        adopt.accept(made.with(next.loaded()));
        apply(made, next.loaded(), moved);
        LOG.log(System.Logger.Level.INFO, "reloaded: {0} changes", report.changes().size());
        // Each is a message of its own kind: many changes are no repetition, of which the log keeps back some.
        report.changes().forEach(change -> LOG.log(System.Logger.Level.INFO,
                change.key() + ": " + text(change.from()) + " -> " + text(change.to())));
        return report.nowApplied();
    }

    /** Nobody will have what was read: the identity is the running node's, the preshared keys are not. */
    private static void discard(Sources.Loaded unused) {
        for (PeerGrant grant : unused.plan().grants()) {
            PresharedKey secret = grant.presharedKey();
            if (secret != null) {
                secret.destroy();
            }
        }
    }

    private static String text(@Nullable String value) {
        return value == null ? "none" : value;
    }

    private Sources.Reread read(Parts made, @Nullable PlanRequest request) throws ControlException {
        try {
            return request == null
                    ? sources.reread(made.loaded())
                    : sources.reread(made.loaded(), request.config(), request.trust());
        } catch (ConfigException e) {
            throw new ControlException(ControlException.Code.INVALID_CONFIG, request == null
                    ? "the new configuration is refused, the old one stays"
                    : "a reload would refuse this configuration",
                    e.problems().stream().map(Object::toString).toList());
        } catch (InvalidPathException e) {
            throw new ControlException(ControlException.Code.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new ControlException(ControlException.Code.FAILED, FileException.line(e));
        }
    }

    private ReloadReport report(Parts made, Sources.Reread next, ReloadReport.@Nullable Operator operator) {
        Sources.Loaded after = next.loaded();
        Difference difference = Difference.between(made.loaded().side(), after.side(next.key()), clock.instant());
        int port = after.config().node().listenPort();
        boolean moves = port != made.loaded().config().node().listenPort() && port != made.port().number();
        return Changes.report(difference, moves ? new ReloadReport.Port(made.port().number(), port) : null, operator,
                after.plan().warnings());
    }

    private static ReloadReport.@Nullable Operator operator(Parts made, Sources.Reread next, PlanRequest request)
            throws ControlException, InterruptedException {
        IpAddress from = request.from() == null ? null : IpAddress.parse(request.from()).orNull();
        if (from == null) {
            return null;
        }
        OperatorPath path = new OperatorPath(from,
                request.to() == null ? null : IpAddress.parse(request.to()).orNull());
        String peer = path.peer(made.loaded().side());
        boolean relayed = peer != null && ask(made, (node, now) -> node.neighbours(now).stream()
                .filter(view -> view.grant().name().equals(peer)).map(NeighbourView::pathClass)
                .anyMatch(PathClass.RELAY::equals));
        return new ReloadReport.Operator(from.toString(), peer,
                path.danger(made.loaded().side(), next.loaded().side(next.key()), relayed));
    }

    /** The port first: it is what may fail, and then nothing has changed. True when it moved. */
    private static boolean movePort(Parts made, Config config) throws ControlException {
        int number = config.node().listenPort();
        if (number == made.loaded().config().node().listenPort() || number == made.port().number()) {
            return false;
        }
        try {
            made.port().moveTo(number);
            return true;
        } catch (BindException _) {
            throw new ControlException(ControlException.Code.FAILED, "UDP port " + number
                    + " is in use by another process: nothing was applied; stop it, or set another node.listen_port");
        } catch (IOException e) {
            throw new ControlException(ControlException.Code.FAILED,
                    "cannot open UDP port " + number + ": " + e.getMessage() + ": nothing was applied");
        }
    }

    private void apply(Parts made, Sources.Loaded after, boolean moved)
            throws ControlException, InterruptedException {
        NodePlan plan = after.plan();
        logging.configure(after.config().log());
        log.names(after.names(), after.tunnelNames());
        log.standing(plan.warnings());
        door.review(after.trust());
        if (moved) {
            made.mapper().port(made.port().number());
            made.lan().port(made.port().number());
        }
        boolean _ = ask(made, (node, now) -> {
            node.open(now, after.isOpen());
            node.trust(now, plan.grants());
            node.settings(now, plan.settings());
            plan.seeds().forEach((source, seeds) -> node.seeds(now, source, seeds));
            node.seedDomains(now, plan.txtDomains());
            node.stunServers(now, plan.stunServers());
            node.allowSignalling(now, plan.mayUpgrade());
            return true;
        });
        made.reception().trustChanged();
        made.metrics().want(after.config().metrics().listen());
        made.mapper().want(after.config().nat().portMapping());
        made.lan().want(after.config().nat().lanDiscovery());
        made.watch().follow(made.port().number(), after.overlayRanges());
        made.watch().later(() -> change(made, after));
    }

    /** Waits for what {@link #apply} left to the host's network: whoever asks then finds it done. Without any lock. */
    static void settle(Parts made) throws InterruptedException {
        if (!made.watch().settle(PATIENCE_MILLIS)) {
            LOG.log(System.Logger.Level.WARNING, "the interface has not taken its new addresses yet");
        }
    }

    /** The interface itself. On the thread that acts on the host's network. */
    private void change(Parts made, Sources.Loaded after) {
        MeshInterface device = made.device();
        if (device == null) {
            return;
        }
        try {
            int mtu = after.config().tun().mtu();
            if (mtu != made.loaded().config().tun().mtu()) {
                device.mtu(mtu);
            }
            made.keeper().readdress(after.plan().overlays());
        } catch (IOException e) {
            log.warning("cannot change the interface: " + e.getMessage() + ": `meshd reload` tries again");
        }
    }

    private static <T> T ask(Parts made, BiFunction<MeshNode, Long, T> question)
            throws ControlException, InterruptedException {
        try {
            return made.thread().ask(question, PATIENCE_MILLIS);
        } catch (TimeoutException _) {
            throw new ControlException(ControlException.Code.TIMEOUT, "the node did not take it in time: try again");
        }
    }
}

package io.meshd.nat.mapping;

import io.meshd.identity.IpAddress;
import io.meshd.protocol.Deadlines;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a mapping by UPnP: looks for the device, reads its description, asks for the external address, maps.
 *
 * <p>Only the gateway itself is believed: answers from elsewhere, and places elsewhere, are as if absent. A device is
 * looked for at once; it is asked to map when {@link #allow} was called, since another protocol may have done it by
 * then.
 */
final class IgdKeeper implements MappingKeeper {
    private static final String DESCRIPTION = "meshd";
    private static final int CONFLICT = 718;
    private static final int SAME_PORT_REQUIRED = 724;
    private static final int ONLY_PERMANENT = 725;
    private static final int INVALID_ACTION = 401;
    private static final int INVALID_ARGUMENTS = 402;
    /** IANA's dynamic ports: nothing else is forwarded there by hand. */
    private static final int DYNAMIC_PORT_MIN = 49_152;
    private static final int PORT_END = 65_536;

    private enum Stage {
        IDLE, SEARCHING, DESCRIBING, FOUND, ADDRESS, MAPPING, HOLDING, REMOVING, FAILED, RESTING, RELEASING, RELEASED
    }

    private final Gateway gateway;
    private final int port;
    private final RandomGenerator random;
    private final Deque<IgdConnection> services = new ArrayDeque<>();
    private Stage stage = Stage.IDLE;
    private boolean allowed;
    private int searches;
    private int portsTried;
    private int wantedPort;
    private boolean permanent;
    private boolean asksForAnyPort;
    private Ssdp.@Nullable HttpPlace base;
    private @Nullable InetAddress external;
    private @Nullable Lease lease;
    private int generation;
    private boolean anew;
    private int callId;
    private long nextNanos = Deadlines.NEVER;
    private String state = "not asked";

    IgdKeeper(Gateway gateway, int port, RandomGenerator random) {
        this.gateway = gateway;
        this.port = port;
        this.random = random;
        this.wantedPort = port;
    }

    @Override
    public void begin(long nowNanos, MappingOutbox out) {
        services.clear();
        lease = null;
        external = null;
        allowed = false;
        searches = 0;
        portsTried = 0;
        wantedPort = port;
        permanent = false;
        state = "no answer yet";
        search(nowNanos, out);
    }

    private void search(long nowNanos, MappingOutbox out) {
        stage = Stage.SEARCHING;
        searches++;
        nextNanos = nowNanos + MappingTimings.SEARCH_NANOS;
        Ssdp.search(gateway, out);
    }

    /** It may map now. */
    void allow(long nowNanos, MappingOutbox out) {
        allowed = true;
        if (stage == Stage.FOUND) {
            askAddress(nowNanos, out);
        }
    }

    /** An answer to a search; the caller has seen that it is from the gateway. */
    void found(long nowNanos, byte[] datagram, MappingOutbox out) {
        Ssdp.HttpPlace place = stage == Stage.SEARCHING ? Ssdp.location(datagram, gateway.router()) : null;
        if (place != null) {
            stage = Stage.DESCRIBING;
            base = place;
            call(nowNanos, new HttpCall(++callId, place.server(), place.path(), null, ""), out);
        }
    }

    private void call(long nowNanos, HttpCall call, MappingOutbox out) {
        // Longer than the caller's own patience, so that its word counts.
        nextNanos = nowNanos + 2 * HttpCall.PATIENCE_NANOS;
        out.call(gateway, call);
    }

    private void act(long nowNanos, Stage next, MappingOutbox out, String action, String... arguments) {
        IgdConnection service = services.getFirst();
        stage = next;
        call(nowNanos, new HttpCall(++callId, service.control().server(), service.control().path(),
                Soap.action(service, action), Soap.body(service, action, arguments)), out);
    }

    private void askAddress(long nowNanos, MappingOutbox out) {
        act(nowNanos, Stage.ADDRESS, out, "GetExternalIPAddress");
    }

    private void map(long nowNanos, MappingOutbox out) {
        portsTried++;
        asksForAnyPort = services.getFirst().picksPort() && lease == null && !permanent;
        act(nowNanos, Stage.MAPPING, out, asksForAnyPort ? "AddAnyPortMapping" : "AddPortMapping",
                "NewRemoteHost", "", "NewExternalPort", Integer.toString(wantedPort), "NewProtocol", "UDP",
                "NewInternalPort", Integer.toString(port), "NewInternalClient",
                IpAddress.of(gateway.local()).toString(),
                "NewEnabled", "1", "NewPortMappingDescription", DESCRIPTION, "NewLeaseDuration",
                Integer.toString(permanent ? 0 : MappingTimings.UPNP_LEASE_SECONDS));
    }

    private void remove(long nowNanos, Stage next, MappingOutbox out) {
        int mapped = lease == null ? wantedPort : lease.external().getPort();
        act(nowNanos, next, out, "DeletePortMapping", "NewRemoteHost", "", "NewExternalPort",
                Integer.toString(mapped), "NewProtocol", "UDP");
    }

    /** The answer to a call; those to earlier calls are ignored. */
    void handle(long nowNanos, HttpAnswer answer, MappingOutbox out) {
        if (answer.id() != callId) {
            return;
        }
        switch (stage) {
            case DESCRIBING -> described(nowNanos, answer, out);
            case ADDRESS -> addressed(nowNanos, answer, out);
            case MAPPING -> mappedOrRefused(nowNanos, answer, out);
            // Whether it was there or not, it is to be there now.
            case REMOVING -> map(nowNanos, out);
            case RELEASING -> released();
            case IDLE, SEARCHING, FOUND, HOLDING, FAILED, RESTING, RELEASED -> {}
        }
    }

    private void described(long nowNanos, HttpAnswer answer, MappingOutbox out) {
        services.clear();
        if (base != null && answer.isOk()) {
            services.addAll(IgdConnection.read(answer.body().toArray(), base));
        }
        if (services.isEmpty()) {
            fail("no usable description");
            return;
        }
        stage = Stage.FOUND;
        state = "found";
        nextNanos = Deadlines.NEVER;
        if (allowed) {
            askAddress(nowNanos, out);
        }
    }

    private void addressed(long nowNanos, HttpAnswer answer, MappingOutbox out) {
        String text = answer.isOk() ? Soap.values(answer).getOrDefault("NewExternalIPAddress", "") : "";
        IpAddress address = IpAddress.parse(text).orNull();
        InetAddress told = address == null || address.isV6() ? null : address.toInetAddress();
        if (told == null || told.isAnyLocalAddress() || told.isMulticastAddress()) {
            nextService(nowNanos, "no external address", out);
            return;
        }
        external = told;
        map(nowNanos, out);
    }

    private void nextService(long nowNanos, String why, MappingOutbox out) {
        if (services.size() > 1 && lease == null) {
            services.removeFirst();
            askAddress(nowNanos, out);
        } else {
            renewLater(nowNanos, why);
        }
    }

    /** A renewal that was refused is tried again while the lease lasts. */
    private void renewLater(long nowNanos, String why) {
        if (lease == null || lease.isOver(nowNanos)) {
            fail(why);
        } else {
            lease.planRenewal(nowNanos, random);
            stage = Stage.HOLDING;
            nextNanos = lease.renewalNanos();
        }
    }

    private void mappedOrRefused(long nowNanos, HttpAnswer answer, MappingOutbox out) {
        Map<String, String> values = Soap.values(answer);
        InetAddress address = external;
        if (answer.isOk() && address != null && !values.isEmpty()) {
            int reserved = asksForAnyPort ? Soap.port(values, "NewReservedPort") : wantedPort;
            hold(nowNanos, new InetSocketAddress(address, reserved == 0 ? wantedPort : reserved));
            return;
        }
        int code = Soap.errorCode(values);
        boolean mayTryAgain = code != 0 && portsTried < MappingTimings.PORTS_MAX;
        if (mayTryAgain && (code == ONLY_PERMANENT || code == INVALID_ARGUMENTS) && !permanent) {
            permanent = true;
            map(nowNanos, out);
        } else if (mayTryAgain && code == INVALID_ACTION && asksForAnyPort) {
            // A version 2 that lacks the action: as version 1.
            permanent = true;
            map(nowNanos, out);
        } else if (mayTryAgain && code == CONFLICT && lease != null) {
            // Some routers call a host's own mapping a conflict.
            remove(nowNanos, Stage.REMOVING, out);
        } else if (mayTryAgain && code == CONFLICT) {
            wantedPort = random.nextInt(DYNAMIC_PORT_MIN, PORT_END);
            map(nowNanos, out);
        } else if (code == SAME_PORT_REQUIRED) {
            renewLater(nowNanos, "the port is taken");
        } else {
            renewLater(nowNanos, code == 0 ? "no answer to the mapping" : "refused, code " + code);
        }
    }

    private void hold(long nowNanos, InetSocketAddress at) {
        boolean isNew = lease == null || anew || !lease.external().equals(at);
        generation += isNew ? 1 : 0;
        anew = false;
        portsTried = 0;
        wantedPort = at.getPort();
        lease = Lease.granted(nowNanos, at, MappingTimings.UPNP_LEASE_SECONDS, random);
        stage = Stage.HOLDING;
        state = "mapped";
        nextNanos = lease.renewalNanos();
    }

    private void fail(String why) {
        stage = Stage.FAILED;
        lease = null;
        anew = false;
        state = why;
        nextNanos = Deadlines.NEVER;
    }

    @Override
    public void makeAnew(long nowNanos, MappingOutbox out) {
        if (stage == Stage.HOLDING) {
            anew = true;
            portsTried = 0;
            remove(nowNanos, Stage.REMOVING, out);
        }
    }

    @Override
    public void rest() {
        stage = lease == null ? Stage.IDLE : Stage.RESTING;
        nextNanos = Deadlines.NEVER;
    }

    @Override
    public void release(long nowNanos, MappingOutbox out) {
        boolean perhapsMapped = lease != null || stage == Stage.MAPPING;
        if (perhapsMapped && !services.isEmpty()) {
            remove(nowNanos, Stage.RELEASING, out);
        } else {
            released();
        }
    }

    private void released() {
        stage = Stage.RELEASED;
        lease = null;
        nextNanos = Deadlines.NEVER;
    }

    @Override
    public boolean isReleased() {
        return stage == Stage.RELEASED;
    }

    @Override
    public void handleTimeout(long nowNanos, MappingOutbox out) {
        if (!Deadlines.isDue(nextNanos, nowNanos)) {
            return;
        }
        switch (stage) {
            case SEARCHING -> {
                if (searches < MappingTimings.SEARCHES_MAX) {
                    search(nowNanos, out);
                } else {
                    fail("no answer");
                }
            }
            case DESCRIBING -> fail("no usable description");
            case ADDRESS, MAPPING, REMOVING -> renewLater(nowNanos, "no answer to the mapping");
            case HOLDING -> {
                portsTried = 0;
                askAddress(nowNanos, out);
            }
            case RELEASING -> released();
            case IDLE, FOUND, FAILED, RESTING, RELEASED -> nextNanos = Deadlines.NEVER;
        }
    }

    @Override
    public long nextDeadlineNanos() {
        return nextNanos;
    }

    @Override
    public @Nullable MappedPort mapped() {
        boolean holds = switch (stage) {
            case HOLDING, ADDRESS, MAPPING, REMOVING -> true;
            case IDLE, SEARCHING, DESCRIBING, FOUND, FAILED, RESTING, RELEASING, RELEASED -> false;
        };
        return holds && lease != null
                ? new MappedPort(gateway, MappingProtocol.UPNP, lease.external(), generation)
                : null;
    }

    @Override
    public long untilNanos() {
        return mapped() == null || lease == null || permanent ? Deadlines.NEVER : lease.endNanos();
    }

    @Override
    public boolean hasFailed() {
        return stage == Stage.FAILED;
    }

    @Override
    public long waitNanos() {
        return 0;
    }

    @Override
    public String state() {
        return state;
    }
}

package io.meshd.daemon.lab;

import org.jspecify.annotations.Nullable;

/** A switch with an address range of each family and somebody who leads out of it: the outside, or a router's inside. */
final class Switch {
    private static final String PREFIX_LENGTH_V4 = "/24";
    private static final String PREFIX_LENGTH_V6 = "/64";

    private final String namespace;
    private final String bridge;
    private final String prefix4;
    private final String prefix6;
    private final int gateway;
    private final @Nullable Router router;
    private int plugs;

    /**
     * Makes the switch in a namespace that is there.
     *
     * @param prefix4 the first three numbers of its addresses, with the point behind them
     * @param prefix6 what its IPv6 addresses begin with, up to the two colons
     * @param gateway the number of the namespace itself in both families
     * @param router  whose inside it is; null for the outside
     */
    Switch(String namespace, String bridge, String prefix4, String prefix6, int gateway, @Nullable Router router) {
        this.namespace = namespace;
        this.bridge = bridge;
        this.prefix4 = prefix4;
        this.prefix6 = prefix6;
        this.gateway = gateway;
        this.router = router;
        // One that is not given an address takes the lowest of its ports', and others look for it at the one before.
        int id = namespace.hashCode();
        Lab.ip("-n", namespace, "link", "add", bridge, "address",
                "02:18:%02x:%02x:%02x:%02x".formatted(id >>> 24, id >>> 16 & 0xff, id >>> 8 & 0xff, id & 0xff), "type",
                "bridge");
        Lab.ip("-n", namespace, "addr", "add", v4(gateway) + PREFIX_LENGTH_V4, "dev", bridge);
        Lab.ip("-n", namespace, "addr", "add", v6(gateway) + PREFIX_LENGTH_V6, "dev", bridge, "nodad");
        Lab.ip("-n", namespace, "link", "set", bridge, "up");
        Lab.allowForwarding(namespace);
    }

    String v4(int number) {
        return prefix4 + number;
    }

    String v6(int number) {
        return prefix6 + Integer.toHexString(number);
    }

    String gateway4() {
        return v4(gateway);
    }

    String gateway6() {
        return v6(gateway);
    }

    /** The range as routes name it. */
    String range4() {
        return prefix4 + "0" + PREFIX_LENGTH_V4;
    }

    String range6() {
        return prefix6 + PREFIX_LENGTH_V6;
    }

    boolean isOutside() {
        return router == null;
    }

    boolean hasV4() {
        return router == null || router.hasV4();
    }

    boolean hasV6() {
        return router == null || router.hasV6();
    }

    /** The next number that nobody has. */
    int nextNumber() {
        plugs++;
        return plugs == gateway ? ++plugs : plugs;
    }

    /** Plugs an interface of another namespace in, with the addresses of a number. */
    void plug(String other, String device, int number) {
        String port = "p" + number;
        Lab.ip("-n", other, "link", "add", device, "type", "veth", "peer", "name", port, "netns", namespace);
        Lab.ip("-n", namespace, "link", "set", port, "master", bridge, "up");
        if (hasV4()) {
            Lab.ip("-n", other, "addr", "add", v4(number) + PREFIX_LENGTH_V4, "dev", device);
        }
        if (hasV6()) {
            Lab.ip("-n", other, "addr", "add", v6(number) + PREFIX_LENGTH_V6, "dev", device, "nodad");
        }
        Lab.ip("-n", other, "link", "set", device, "up");
    }

    /** Tells everybody on the way to the outside that a range lies behind an address here. */
    void announce(String range, String via) {
        Lab.ip("-n", namespace, "route", "add", range, "via", via);
        if (router != null) {
            router.announce(range);
        }
    }
}

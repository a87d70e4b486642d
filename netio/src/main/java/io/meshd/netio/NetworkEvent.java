package io.meshd.netio;

/** A change of the host's network, as {@link NetworkMonitor} reports it. */
public sealed interface NetworkEvent {
    /** An interface is new or changed. */
    record LinkChanged(Link link) implements NetworkEvent {}

    /** An interface is gone. */
    record LinkRemoved(Link link) implements NetworkEvent {}

    /** An address is new or its flags changed. */
    record AddressChanged(LocalAddress address) implements NetworkEvent {}

    /** An address is gone. */
    record AddressRemoved(LocalAddress address) implements NetworkEvent {}

    /** A route is new or was replaced. */
    record RouteChanged(Route route) implements NetworkEvent {}

    /** A route is gone. IPv4 routes that vanish with their interface or address are not reported by the kernel. */
    record RouteRemoved(Route route) implements NetworkEvent {}

    /** A rule is new. */
    record RuleAdded(RoutingRule rule) implements NetworkEvent {}

    /** A rule is gone. */
    record RuleRemoved(RoutingRule rule) implements NetworkEvent {}

    /** Events were lost: everything must be read again. */
    record Resync() implements NetworkEvent {}
}

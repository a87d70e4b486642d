package io.meshd.daemon.node;

import java.util.Locale;

/** Why a peer is reached as it is: the one reason that matters most to who would change it. */
public enum Cause {
    /** It is reached directly, and nobody had to help. */
    DIRECT,
    /** It is reached directly, after a punch that a third peer helped with. */
    PUNCHED,
    /** It is a stock WireGuard device, which has one address at a time. */
    STOCK_DEVICE,
    /** It is of another network or speaks another version. */
    OTHER_NETWORK,
    /** No session, since nothing is sent. */
    IDLE,
    /** It has only just begun. */
    TRYING,
    /** Nobody said where it is. */
    UNKNOWN_PLACE,
    /** It has said goodbye. */
    LEFT,
    /** The mesh takes it for dead. */
    GONE,
    /** Nothing answers at its addresses. */
    NO_ANSWER,
    /** No other peer answers either. */
    UDP_BLOCKED,
    /** It answers nobody with this node's key. */
    UNTRUSTED_THERE,
    /** Its addresses are of a family that this host does not have. */
    NO_COMMON_FAMILY,
    /** Both NATs give each destination its own port. */
    HARD_NATS,
    /** One of the NATs does, and the other lets in only whom it was sent to. */
    HARD_NAT,
    /** This node's policy forbids signals. */
    SIGNALS_OFF_HERE,
    /** The peer's policy does. */
    SIGNALS_OFF_THERE,
    /** Nobody can pass signals on. */
    NO_MESSENGER,
    /** A direct path served, and no longer does. */
    PATH_DIED,
    /** The direct path loses packets. */
    PATH_LOSSY,
    /** The direct path failed, works again, and has to show that it goes on. */
    PATH_ON_TRIAL,
    /** There is no relay that could help. */
    NO_RELAY,
    /** This node's policy forbids relays. */
    RELAYS_OFF_HERE,
    /** The peer's policy does. */
    RELAYS_OFF_THERE,
    /** All relays that there are refuse. */
    RELAY_REFUSES;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** As it stands in JSON. */
    public String label() {
        return label;
    }
}

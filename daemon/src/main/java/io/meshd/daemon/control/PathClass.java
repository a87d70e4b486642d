package io.meshd.daemon.control;

/** How packets to a peer travel; a label for reports. */
public enum PathClass {
    /** No peer helped the exchange. */
    DIRECT,
    /** Straight, after a punch that a third peer coordinated. */
    SIGNALING_THEN_DIRECT,
    /** Through a third peer. */
    RELAY,
    /** Not at all. */
    NONE
}

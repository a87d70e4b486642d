package io.meshd.daemon.sim;

/** The least that two hosts have to do for a direct path, by what the network between them is. */
enum Effort {
    /** One sends to an address of the other's own interfaces. */
    PLAIN,
    /** They tell each other, through a third, what others see of them, and both send at once. */
    PUNCH,
    /** They guess or search for a port, which mostly works: the direct path may be found. */
    SEARCH,
    /** Nothing helps. */
    IMPOSSIBLE;

    /** Whether this is no more than that. */
    boolean within(Effort most) {
        return compareTo(most) <= 0;
    }
}

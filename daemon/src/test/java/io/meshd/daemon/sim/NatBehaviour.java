package io.meshd.daemon.sim;

/**
 * What a NAT box does with datagrams, in the words of RFC 4787.
 *
 * @param mapping        what decides which outer port an inner endpoint has (section 4.1)
 * @param filtering      from whom a mapped port takes datagrams (section 5)
 * @param ports          how outer ports are chosen (section 4.2)
 * @param hairpin        whether a datagram from inside to an outer endpoint of the box comes back in (section 6)
 * @param v6             what it does with IPv6, which is not translated
 * @param newFlowNanos   for how long a flow is remembered that was never answered
 * @param timeoutNanos   for how long one that was answered
 * @param flowsMax       how many flows are remembered at most; further ones do not pass
 */
record NatBehaviour(Dependence mapping, Dependence filtering, Ports ports, boolean hairpin, V6 v6, long newFlowNanos,
        long timeoutNanos, int flowsMax) {
    /** What matters of the other end. */
    enum Dependence {
        ENDPOINT_INDEPENDENT, ADDRESS_DEPENDENT, ADDRESS_AND_PORT_DEPENDENT
    }

    /** How an outer port is chosen. */
    enum Ports {
        /** The inner port where it is free, else the next ones. */
        PRESERVED,
        /** Each one above the last. */
        SEQUENTIAL,
        /** Any that is free. */
        RANDOM
    }

    /** What becomes of IPv6. */
    enum V6 {
        /** There is none inside. */
        NONE,
        /** In comes what was asked for. */
        FIREWALL,
        /** All passes. */
        OPEN
    }

    private static final long NEW_FLOW_NANOS = 30 * SimulatedNetwork.SECOND;
    private static final long TIMEOUT_NANOS = 120 * SimulatedNetwork.SECOND;
    private static final int FLOWS_MAX = 4_096;

    static final NatBehaviour FULL_CONE = cone(Dependence.ENDPOINT_INDEPENDENT);
    static final NatBehaviour ADDRESS_RESTRICTED = cone(Dependence.ADDRESS_DEPENDENT);
    static final NatBehaviour PORT_RESTRICTED = cone(Dependence.ADDRESS_AND_PORT_DEPENDENT);
    /** The ports of a symmetric NAT that can be guessed. */
    static final NatBehaviour SYMMETRIC_SEQUENTIAL = PORT_RESTRICTED
            .with(Dependence.ADDRESS_AND_PORT_DEPENDENT, Ports.SEQUENTIAL);
    static final NatBehaviour SYMMETRIC_RANDOM = SYMMETRIC_SEQUENTIAL
            .with(Dependence.ADDRESS_AND_PORT_DEPENDENT, Ports.RANDOM);

    private static NatBehaviour cone(Dependence filtering) {
        return new NatBehaviour(Dependence.ENDPOINT_INDEPENDENT, filtering, Ports.SEQUENTIAL, false, V6.NONE,
                NEW_FLOW_NANOS, TIMEOUT_NANOS, FLOWS_MAX);
    }

    NatBehaviour with(Dependence newMapping, Ports newPorts) {
        return new NatBehaviour(newMapping, filtering, newPorts, hairpin, v6, newFlowNanos, timeoutNanos, flowsMax);
    }

    NatBehaviour withHairpin() {
        return new NatBehaviour(mapping, filtering, ports, true, v6, newFlowNanos, timeoutNanos, flowsMax);
    }

    NatBehaviour withV6(V6 newV6) {
        return new NatBehaviour(mapping, filtering, ports, hairpin, newV6, newFlowNanos, timeoutNanos, flowsMax);
    }

    NatBehaviour withTimeouts(long newNewFlowNanos, long newTimeoutNanos) {
        return new NatBehaviour(mapping, filtering, ports, hairpin, v6, newNewFlowNanos, newTimeoutNanos, flowsMax);
    }

    NatBehaviour withFlowsMax(int newFlowsMax) {
        return new NatBehaviour(mapping, filtering, ports, hairpin, v6, newFlowNanos, timeoutNanos, newFlowsMax);
    }
}

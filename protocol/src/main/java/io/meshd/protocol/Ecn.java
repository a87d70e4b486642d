package io.meshd.protocol;

/**
 * Explicit congestion notification through the tunnel (RFC 6040).
 *
 * <p>The outer header shows the ECN field of the inner packet and no DSCP, which would tell an observer what is inside.
 */
public final class Ecn {
    /** The transport does not know ECN. */
    public static final int NOT_ECT = 0;
    /** ECN-capable, second code point: L4S (RFC 9331). */
    public static final int ECT_1 = 1;
    /** ECN-capable, first code point. */
    public static final int ECT_0 = 2;
    /** Congestion was experienced. */
    public static final int CE = 3;
    /** What {@link #combine} returns for a packet that must be dropped. */
    public static final int DROP = -1;

    private static final int MASK = 3;

    private Ecn() {}

    /**
     * The outer TOS or traffic class for an inner one (RFC 6040 section 4.1, normal mode): its ECN field, DSCP 0.
     */
    public static int outer(int innerTrafficClass) {
        return innerTrafficClass & MASK;
    }

    /**
     * The ECN field for the inner packet after the tunnel (RFC 6040 section 4.2, figure 4), or {@link #DROP} when the
     * network signals congestion to a transport that can only hear of it by loss.
     *
     * @param outerTrafficClass as it arrived; its DSCP plays no part
     * @param innerTrafficClass as it was sealed; its DSCP plays no part
     */
    public static int combine(int outerTrafficClass, int innerTrafficClass) {
        int outer = outerTrafficClass & MASK;
        int inner = innerTrafficClass & MASK;
        return switch (inner) {
            case NOT_ECT -> outer == CE ? DROP : NOT_ECT;
            case ECT_0 -> outer == CE || outer == ECT_1 ? outer : ECT_0;
            case ECT_1 -> outer == CE ? CE : ECT_1;
            default -> CE;
        };
    }

    /**
     * Puts what {@link #combine} says into an inner packet that {@link IpPacket#check} accepted.
     *
     * @return false when the packet must be dropped
     */
    public static boolean decapsulate(int outerTrafficClass, byte[] buffer, int offset) {
        int inner = IpPacket.ecn(buffer, offset);
        int combined = combine(outerTrafficClass, inner);
        if (combined != DROP && combined != inner) {
            IpPacket.setEcn(buffer, offset, combined);
        }
        return combined != DROP;
    }
}

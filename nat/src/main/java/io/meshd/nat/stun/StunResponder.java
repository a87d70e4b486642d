package io.meshd.nat.stun;

import io.meshd.nat.Allowance;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Outbox;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells peers where they are seen.
 *
 * <p>For addresses with a live session only, as its caller sees to. An answer is never larger than its request, so that
 * nobody makes this node throw more at a victim than he throws himself; a request without room for the answer gets
 * none. Owned by the node's thread.
 */
public final class StunResponder {
    private static final int BURST = 10;
    private static final int PER_SECOND = 2;
    /** Addresses whose rate is remembered: more than there are peers at once. */
    static final int SOURCES_MAX = 1_024;

    private final Map<InetSocketAddress, Allowance> allowances = new LinkedHashMap<>();
    private long answered;
    private long refused;

    /**
     * Answers a request.
     *
     * @param requestBytes its size, which the answer does not exceed
     * @param hasSession   whether a peer is there, by a session that is alive
     */
    public void handle(long nowNanos, StunMessage request, int requestBytes, InetSocketAddress from, boolean hasSession,
            Outbox out) {
        byte[] answer = hasSession && isAllowed(nowNanos, from) ? answer(request, from, requestBytes) : new byte[0];
        if (answer.length == 0) {
            refused++;
            return;
        }
        answered++;
        out.transmit(new Endpoint.Direct(from), answer, 0);
    }

    private boolean isAllowed(long nowNanos, InetSocketAddress from) {
        Allowance allowance = allowances.get(from);
        if (allowance == null) {
            if (allowances.size() >= SOURCES_MAX) {
                allowances.remove(allowances.keySet().iterator().next());
            }
            allowance = new Allowance(BURST, PER_SECOND);
            allowances.put(from, allowance);
        }
        return allowance.take(nowNanos);
    }

    /** The answer that has room, or nothing. */
    private static byte[] answer(StunMessage request, InetSocketAddress from, int room) {
        List<Integer> unknown = new ArrayList<>(request.notUnderstood());
        request.attributes().stream().filter(StunResponder::isBeyondThisNode).map(StunAttribute::type)
                .filter(type -> !unknown.contains(type)).forEach(unknown::add);
        StunMessage.Kind kind = unknown.isEmpty() ? StunMessage.Kind.SUCCESS : StunMessage.Kind.ERROR;
        List<StunAttribute> attributes = unknown.isEmpty()
                ? List.of(new StunAttribute.XorMappedAddress(from))
                : List.of(new StunAttribute.ErrorCode(StunAttribute.ErrorCode.UNKNOWN_ATTRIBUTE, ""),
                        new StunAttribute.UnknownAttributes(unknown));
        byte[] answer = StunCodec.encode(new StunMessage(kind, request.transaction(), attributes, request.checked()));
        if (answer.length > room && request.checked()) {
            answer = StunCodec.encode(new StunMessage(kind, request.transaction(), attributes, false));
        }
        return answer.length > room ? new byte[0] : answer;
    }

    /** A node has one address and one port, and answers where it was asked from: to the rest of RFC 5780 it says no. */
    private static boolean isBeyondThisNode(StunAttribute attribute) {
        return attribute instanceof StunAttribute.ChangeRequest || attribute instanceof StunAttribute.Padding
                || attribute instanceof StunAttribute.ResponsePort;
    }

    int sources() {
        return allowances.size();
    }

    /** Requests answered. */
    public long answered() {
        return answered;
    }

    /** Requests without answer: of strangers, too small, too many. */
    public long refused() {
        return refused;
    }
}

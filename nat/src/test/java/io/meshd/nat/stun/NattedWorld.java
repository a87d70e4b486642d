package io.meshd.nat.stun;

import io.meshd.nat.FilteringBehaviour;
import io.meshd.protocol.MappingBehaviour;
import io.meshd.nat.OwnEndpoints;
import io.meshd.protocol.Decoded;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.testing.RecordingOutbox;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/** A client behind a NAT of any kind, and servers of RFC 5780 beyond it, in virtual time; nothing takes any time. */
final class NattedWorld {
    static final long SECOND = 1_000_000_000L;
    static final InetSocketAddress LOCAL = StunCodecTest.address("192.168.1.2", 51_821);
    static final InetSocketAddress SERVER = StunCodecTest.address("203.0.113.5", 3_478);
    static final InetSocketAddress OTHER = StunCodecTest.address("203.0.113.9", 3_479);
    static final InetSocketAddress SECOND_SERVER = StunCodecTest.address("198.51.100.7", 3_478);

    final OwnEndpoints own = new OwnEndpoints();
    final StunClient client = new StunClient(new SplittableRandom(1), own);
    /** Everything that the node sent: when, and where to. */
    final List<Sent> sent = new ArrayList<>();
    MappingBehaviour mapping = MappingBehaviour.ENDPOINT_INDEPENDENT;
    FilteringBehaviour filtering = FilteringBehaviour.ADDRESS_AND_PORT_DEPENDENT;
    /** The outside address; the next port follows from the last one. */
    String outside = "192.0.2.1";
    IntUnaryOperator nextPort = last -> last + 1;
    /** Servers that answer; those of the first have each other for OTHER-ADDRESS. */
    final Set<InetSocketAddress> answering = new HashSet<>(Set.of(SERVER, SECOND_SERVER));
    boolean offersOtherAddress = true;
    long now;
    private final RecordingOutbox out = new RecordingOutbox();
    private final Map<String, Integer> mappings = new HashMap<>();
    private final Map<Integer, Set<InetSocketAddress>> contacted = new HashMap<>();
    private int lastPort = 40_000;

    record Sent(long atNanos, InetSocketAddress to, StunMessage message, int bytes) {}

    /** The NAT forgets all mappings. */
    void rebind() {
        mappings.clear();
        contacted.clear();
    }

    /** Runs until nothing is due before this moment. */
    void runUntil(long endNanos) {
        carry();
        while (Deadlines.isDue(client.nextDeadlineNanos(), endNanos)) {
            now = Math.max(now, client.nextDeadlineNanos());
            client.handleTimeout(now, out);
            carry();
        }
        now = endNanos;
    }

    private void carry() {
        while (!out.transmissions().isEmpty()) {
            List<RecordingOutbox.Transmission> transmissions = out.transmissions();
            out.clear();
            for (RecordingOutbox.Transmission transmission : transmissions) {
                InetSocketAddress to = ((Endpoint.Direct) transmission.to()).address();
                byte[] bytes = transmission.datagram().toArray();
                StunMessage message = StunCodecTest.read(bytes);
                sent.add(new Sent(now, to, message, bytes.length));
                InetSocketAddress from = outward(to);
                Answer answer = serve(message, from, to);
                if (answer != null && letsIn(from, answer.from)) {
                    client.handle(now, answer.message, answer.from, out);
                }
            }
        }
    }

    private InetSocketAddress outward(InetSocketAddress to) {
        if (mapping == MappingBehaviour.NONE) {
            contacted.computeIfAbsent(LOCAL.getPort(), _ -> new HashSet<>()).add(to);
            return LOCAL;
        }
        String key = switch (mapping) {
            case ADDRESS_DEPENDENT -> to.getAddress().toString();
            case ADDRESS_AND_PORT_DEPENDENT -> to.toString();
            case ENDPOINT_INDEPENDENT, NONE, UNKNOWN -> "";
        };
        int port = mappings.computeIfAbsent(key, _ -> {
            lastPort = nextPort.applyAsInt(lastPort);
            return lastPort;
        });
        contacted.computeIfAbsent(port, _ -> new HashSet<>()).add(to);
        return StunCodecTest.address(outside, port);
    }

    private boolean letsIn(InetSocketAddress to, InetSocketAddress from) {
        Set<InetSocketAddress> known = contacted.getOrDefault(to.getPort(), Set.of());
        return switch (filtering) {
            case ENDPOINT_INDEPENDENT, UNKNOWN -> true;
            case ADDRESS_DEPENDENT -> known.stream().anyMatch(at -> at.getAddress().equals(from.getAddress()));
            case ADDRESS_AND_PORT_DEPENDENT -> known.contains(from);
        };
    }

    private record Answer(InetSocketAddress from, StunMessage message) {}

    private @Nullable Answer serve(StunMessage request, InetSocketAddress from, InetSocketAddress at) {
        boolean isFirst = at.getAddress().equals(SERVER.getAddress()) || at.getAddress().equals(OTHER.getAddress());
        if (!answering.contains(isFirst ? SERVER : at)) {
            return null;
        }
        List<StunAttribute> attributes = new ArrayList<>(List.of(new StunAttribute.XorMappedAddress(from)));
        InetSocketAddress answerFrom = at;
        if (isFirst && offersOtherAddress) {
            InetSocketAddress opposite = new InetSocketAddress(
                    at.getAddress().equals(SERVER.getAddress()) ? OTHER.getAddress() : SERVER.getAddress(),
                    at.getPort() == SERVER.getPort() ? OTHER.getPort() : SERVER.getPort());
            attributes.add(new StunAttribute.OtherAddress(opposite));
            StunAttribute.ChangeRequest change = request.first(StunAttribute.ChangeRequest.class);
            if (change != null) {
                answerFrom = new InetSocketAddress(change.ip() ? opposite.getAddress() : at.getAddress(),
                        change.port() ? opposite.getPort() : at.getPort());
            }
        }
        StunMessage answer = new StunMessage(StunMessage.Kind.SUCCESS, request.transaction(), attributes, true);
        byte[] bytes = StunCodec.encode(answer);
        return StunCodec.decode(bytes, 0, bytes.length) instanceof Decoded.Message(StunMessage read)
                ? new Answer(answerFrom, read)
                : null;
    }

    /** Gives the client a message from somebody. */
    void deliver(StunMessage message, InetSocketAddress from) {
        client.handle(now, message, from, out);
        carry();
    }
}

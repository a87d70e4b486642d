package io.meshd.protocol;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.IpAddress;
import io.meshd.identity.PublicKey;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The body of a {@link Frame.Signal}: from 32, to 32, epoch u64, sequence u64, answer u8, mapping u8, port step i32,
 * search step u8, search port u16, candidate count u8, candidates (kind u8, family u8, address, port u16), signature 64.
 */
final class SignalCodec {
    private static final MappingBehaviour[] MAPPINGS = MappingBehaviour.values();
    private static final SearchWord.Step[] STEPS = SearchWord.Step.values();
    private static final SignalCandidate.Kind[] KINDS = SignalCandidate.Kind.values();

    private SignalCodec() {}

    static void write(Frame.Signal signal, WireWriter writer) {
        writeSigned(signal, writer);
        writer.bytes(signal.signature());
    }

    static void writeSigned(Frame.Signal signal, WireWriter writer) {
        writer.array(signal.from().bytes()).array(signal.to().bytes()).i64(signal.epoch()).i64(signal.sequence());
        writer.u8(signal.isAnswer() ? 1 : 0).u8(signal.mapping().ordinal()).i32(signal.portStep());
        writer.u8(signal.search().step().ordinal()).u16(signal.search().port());
        writer.u8(signal.candidates().size());
        for (SignalCandidate candidate : signal.candidates()) {
            writer.u8(candidate.kind().ordinal()).endpoint(candidate.address());
        }
    }

    /** Whether a signal has a wire form. */
    static boolean isWritable(Frame.Signal signal) {
        return signal.epoch() >= 0 && signal.sequence() >= 0
                && signal.candidates().size() <= Frame.Signal.CANDIDATES_MAX
                && signal.candidates().stream().allMatch(candidate -> Wire.isSendable(candidate.address()))
                && signal.signature().length() == Identity.SIGNATURE_BYTES;
    }

    /** The signal in this body, its signature unchecked; null when a field breaks its rule. */
    static Frame.@Nullable Signal read(WireReader body) {
        byte[] from = body.array(PublicKey.BYTES);
        byte[] to = body.array(PublicKey.BYTES);
        long epoch = body.i64();
        long sequence = body.i64();
        int answer = body.u8();
        int mapping = body.u8();
        int portStep = body.i32();
        SearchWord search = readSearch(body);
        List<SignalCandidate> candidates = readCandidates(body);
        Bytes signature = body.bytes(Identity.SIGNATURE_BYTES);
        if (body.isFaulty() || search == null || epoch < 0 || sequence < 0 || answer > 1
                || mapping >= MAPPINGS.length) {
            return null;
        }
        return new Frame.Signal(PublicKey.of(from), PublicKey.of(to), epoch, sequence, answer == 1, MAPPINGS[mapping],
                portStep, search, candidates, signature);
    }

    private static @Nullable SearchWord readSearch(WireReader body) {
        int step = body.u8();
        int port = body.u16();
        boolean isKnown = step < STEPS.length && (port != 0) == (STEPS[step] == SearchWord.Step.AIM);
        return isKnown ? new SearchWord(STEPS[step], port) : null;
    }

    private static List<SignalCandidate> readCandidates(WireReader body) {
        int count = body.u8();
        if (count > Frame.Signal.CANDIDATES_MAX) {
            body.fail();
        }
        List<SignalCandidate> candidates = new ArrayList<>();
        for (int i = 0; i < count && !body.isFaulty(); i++) {
            int kind = body.u8();
            IpAddress address = body.address();
            int port = body.u16();
            InetSocketAddress place = address == null ? null : new InetSocketAddress(address.toInetAddress(), port);
            if (place == null || kind >= KINDS.length || !Wire.isSendable(place)) {
                body.fail();
            } else {
                candidates.add(new SignalCandidate(KINDS[kind], place));
            }
        }
        return candidates;
    }
}

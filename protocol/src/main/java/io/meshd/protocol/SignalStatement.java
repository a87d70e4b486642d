package io.meshd.protocol;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Signs and checks {@link Frame.Signal}, so that who passes it on can neither make nor change one. */
public final class SignalStatement {
    private static final byte[] DOMAIN = "meshd signal v1".getBytes(StandardCharsets.US_ASCII);
    private static final int TYPICAL_BYTES = 256;

    private SignalStatement() {}

    /** The signal of the node that holds {@code identity}. */
    public static Frame.Signal sign(Identity identity, PublicKey to, long epoch, long sequence, boolean isAnswer,
            MappingBehaviour mapping, int portStep, SearchWord search, List<SignalCandidate> candidates) {
        Frame.Signal unsigned = new Frame.Signal(identity.publicKey(), to, epoch, sequence, isAnswer, mapping,
                portStep, search, candidates, Bytes.EMPTY);
        return new Frame.Signal(unsigned.from(), to, epoch, sequence, isAnswer, mapping, portStep, search, candidates,
                identity.sign(message(unsigned)));
    }

    /** The same, saying nothing of a search. */
    public static Frame.Signal sign(Identity identity, PublicKey to, long epoch, long sequence, boolean isAnswer,
            MappingBehaviour mapping, int portStep, List<SignalCandidate> candidates) {
        return sign(identity, to, epoch, sequence, isAnswer, mapping, portStep, SearchWord.NONE, candidates);
    }

    /** Whether {@code signal.from()} itself said this. Whether it is new is for the receiver to judge. */
    public static boolean verify(Frame.Signal signal) {
        return signal.from().verifies(message(signal), signal.signature());
    }

    private static byte[] message(Frame.Signal signal) {
        WireWriter writer = new WireWriter(TYPICAL_BYTES).array(DOMAIN);
        SignalCodec.writeSigned(signal, writer);
        return writer.toArray();
    }
}

package io.meshd.protocol;

import io.meshd.identity.Bytes;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What meshd nodes say to each other inside a session, besides IP packets.
 *
 * <p>An inner packet whose first nibble is neither 4 nor 6 is a sequence of frames; see {@code docs/protocol.md}.
 * Never sent to stock WireGuard peers. {@code FrameCodec} reads and writes them.
 */
public sealed interface Frame {
    /** The sender's signed record: the first frame of every session, and again whenever it changes. */
    record Hello(NodeRecord record) implements Frame {}

    /** One message of the membership protocol, in discovery's own encoding. */
    record Membership(Bytes body) implements Frame {}

    /**
     * Asks for an {@link EchoReply} with the same content ({@code meshd ping}).
     *
     * @param id       which run of {@code ping} this belongs to
     * @param sequence counts within the run
     */
    record EchoRequest(int id, int sequence, Bytes payload) implements Frame {}

    /** Answers an {@link EchoRequest}. */
    record EchoReply(int id, int sequence, Bytes payload) implements Frame {}

    /**
     * The owner says goodbye.
     *
     * @param node      who leaves
     * @param epoch     the run of the daemon that ends
     * @param signature by {@code node}, over "meshd leave v1", key and epoch
     */
    record Leave(PublicKey node, long epoch, Bytes signature) implements Frame {}

    /** Asks, on one path, whether that path carries packets. The token is random. */
    record PathProbe(long token) implements Frame {}

    /**
     * Answers a {@link PathProbe} on the path that it came by.
     *
     * @param observed the sender of the probe as the answering side saw it; null when it came through a relay
     */
    record PathProbeReply(long token, @Nullable InetSocketAddress observed) implements Frame {}

    /**
     * A piece of an inner packet or frame sequence that is larger than the path carries.
     *
     * @param messageId which packet this is a piece of
     * @param index     0 to count − 1
     */
    record Fragment(int messageId, int index, int count, Bytes piece) implements Frame {}

    /**
     * "Meet me halfway": where a peer may be reached at this moment, so that both sides send at once and their NATs let
     * both through. Said in the session itself, or to a third peer, who passes it on unchanged and once.
     *
     * @param from       who calls
     * @param to         who is called
     * @param epoch      the run of the caller's daemon; not negative
     * @param sequence   counts the caller's signals in that run; an older one is not heard again; not negative
     * @param isAnswer   whether it answers a call, and so wants no answer itself
     * @param mapping    what the caller's NAT does with ports
     * @param portStep   from one port of that NAT to the next; 0 when no such order is known
     * @param search     the next step of a search for ports, when both are at one
     * @param candidates where the caller may be, best first; at most {@link #CANDIDATES_MAX}
     * @param signature  by {@code from}: see {@link SignalStatement}
     */
    record Signal(PublicKey from, PublicKey to, long epoch, long sequence, boolean isAnswer, MappingBehaviour mapping,
            int portStep, SearchWord search, List<SignalCandidate> candidates, Bytes signature) implements Frame {
        /** Most candidates of a signal: eight local ones, and as many that others saw. */
        public static final int CANDIDATES_MAX = 16;

        public Signal {
            candidates = List.copyOf(candidates);
        }

        /** One that says nothing of a search. */
        public Signal(PublicKey from, PublicKey to, long epoch, long sequence, boolean isAnswer,
                MappingBehaviour mapping, int portStep, List<SignalCandidate> candidates, Bytes signature) {
            this(from, to, epoch, sequence, isAnswer, mapping, portStep, SearchWord.NONE, candidates, signature);
        }
    }

    /**
     * Asks, on one path, whether that path carries packets of a size: the inner packet that holds this frame alone is
     * filled up to it with zeros. The answer is small and comes back on the same path.
     *
     * @param isAnswer whether the packet of that size has arrived
     * @param token    random
     * @param bytes    the size of the inner packet
     */
    record MtuProbe(boolean isAnswer, long token, int bytes) implements Frame {}

    /**
     * Asks a peer to carry datagrams between the sender and a third peer; also keeps a channel from falling idle.
     *
     * @param peer the far end
     */
    record RelayOpen(PublicKey peer) implements Frame {}

    /**
     * The relay says to an end of a channel which peer is at the other: the answer to {@link RelayOpen}, and news for
     * the far end.
     *
     * @param channel the relay's number for the two, 1 to {@link RelayHeader#CHANNEL_MAX}
     */
    record RelayChannel(int channel, PublicKey peer) implements Frame {}

    /**
     * One WireGuard message on its way through a relay. Alone in its packet, and only on a direct path: that is the
     * one-hop rule.
     *
     * @param fromRelay whether it comes from the relay, rather than going to it: either peer may relay for the other
     * @param message   exactly one message of type 1 to 4
     */
    record RelayedMessage(boolean fromRelay, int channel, Bytes message) implements Frame {}

    /**
     * A channel is over, refused, or not known.
     *
     * @param fromRelay whether the relay says it, rather than an end
     * @param channel   its number; 0 when an {@link RelayOpen} is refused, which has none
     * @param peer      the far end that was asked for when the number is 0, else null
     */
    record RelayClose(boolean fromRelay, int channel, RelayReason reason, @Nullable PublicKey peer) implements Frame {}

    /**
     * Asks the peer to send one STUN indication with this id, from a port that it has not used before, to an address that
     * the asker's record names: to find out whether a router's port mapping works.
     *
     * @param id 12 random bytes
     */
    record Knock(Bytes id, InetSocketAddress at) implements Frame {}

    /**
     * Asks the peer to be silent on this path for a time and to probe it then: what arrives shows that the NATs between
     * still let it in after such a silence.
     *
     * @param seconds from {@link #SECONDS_MIN} to {@link #SECONDS_MAX}
     */
    record CallBack(int seconds) implements Frame {
        /** No NAT is worth the question whether it forgets sooner. */
        public static final int SECONDS_MIN = 15;
        /** Longer than any session is idle. */
        public static final int SECONDS_MAX = 300;

        static boolean isValid(int seconds) {
            return seconds >= SECONDS_MIN && seconds <= SECONDS_MAX;
        }
    }

    /**
     * "Here I am": what the holder of an invitation says in the guest's session, and the only thing that is heard there.
     *
     * @param newcomer  the key that is to be admitted
     * @param networkId the mesh that the invitation is for
     * @param name      what the newcomer calls itself
     * @param signature by {@code newcomer}: see {@link JoinStatement}
     */
    record Join(PublicKey newcomer, String networkId, String name, Bytes signature) implements Frame {}

    /**
     * The inviter has admitted the newcomer.
     *
     * @param name     as this
     * @param prefixes with these; empty when with its derived addresses
     * @param relay    whether packets may go through it
     */
    record Welcome(String name, List<Prefix> prefixes, boolean relay) implements Frame {
        public Welcome {
            prefixes = List.copyOf(prefixes);
        }
    }

    /**
     * The inviter has not.
     *
     * @param detail for the newcomer's operator: printable ASCII, may be empty
     */
    record JoinRefused(JoinRefusal reason, String detail) implements Frame {
        /** Longest detail in characters: one line, and its length is a byte. */
        public static final int DETAIL_LENGTH_MAX = 200;
    }

    /**
     * Asks an introducer whom it admitted.
     *
     * @param known the digest of the {@link IntroductionSet} that the asker has whole
     * @param page  which page of the present set is wanted
     */
    record IntroductionsAsked(Bytes known, int page) implements Frame {}

    /**
     * A page of an introducer's {@link IntroductionSet}; without pages the news that this is its digest now.
     *
     * @param page  from 0 to pages - 1
     * @param pages 0 when no page comes with it
     */
    record Introductions(Bytes digest, int page, int pages, List<Introduction> introductions) implements Frame {
        /** Most statements of a page: each costs the check of a signature. */
        public static final int PAGE_INTRODUCTIONS_MAX = 8;

        public Introductions {
            introductions = List.copyOf(introductions);
        }
    }

    /** A type that this version does not know, or that is reserved: ignored and counted. */
    record Unknown(int type) implements Frame {}
}

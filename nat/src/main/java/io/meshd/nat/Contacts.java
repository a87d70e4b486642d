package io.meshd.nat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.MappingBehaviour;
import io.meshd.protocol.SignalCandidate;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;

/** What {@link Signalling} must know of the node's other parts. Asked on the owner thread; answers are of now. */
public interface Contacts {
    /** Whether packets wait for a session with a peer, or flow to it. */
    boolean isWanted(PublicKey peer);

    /** Whether there is a session with a peer. */
    boolean hasSession(PublicKey peer);

    /** Whom a signal for a peer may be given to: others with a straight session, best first. */
    List<PublicKey> messengers(PublicKey to);

    /** Where this node may be reached, best first: at most 16. */
    List<SignalCandidate> whereabouts();

    /** What the NAT of this node does with ports. */
    MappingBehaviour mapping();

    /** What tells one network that this node is in from another: its own addresses, and those at which it is seen. */
    Set<InetAddress> network();

    /** From one port of that NAT to the next; 0 when no such order is known. */
    int portStep();
}

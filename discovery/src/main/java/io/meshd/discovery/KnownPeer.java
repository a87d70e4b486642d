package io.meshd.discovery;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.NodeRecord;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is worth keeping of a peer over a restart: the daemon writes it to disk and hands it back.
 *
 * @param node     who the peer is
 * @param lastGood addresses at which a session with it was alive, the latest first
 * @param record   its newest signed record, null when none was ever seen
 */
public record KnownPeer(PublicKey node, List<InetSocketAddress> lastGood, @Nullable NodeRecord record) {
    /** Most addresses that are remembered of one peer besides those of its record: a home, an office, a phone, a café. */
    public static final int LAST_GOOD_MAX = 4;

    public KnownPeer {
        lastGood = List.copyOf(lastGood.subList(0, Math.min(lastGood.size(), LAST_GOOD_MAX)));
    }
}

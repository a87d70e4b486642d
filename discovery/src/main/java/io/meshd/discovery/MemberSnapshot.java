package io.meshd.discovery;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.MemberState;
import io.meshd.protocol.NodeRecord;
import org.jspecify.annotations.Nullable;

/**
 * What membership knows of one trusted peer at one moment.
 *
 * @param node          whose snapshot this is
 * @param state         the current opinion
 * @param epoch         the run of the peer's daemon that the opinion is about; 0 when none is known
 * @param record        the newest signed record, null when none is known; kept after the peer is gone
 * @param lastSeenNanos when the peer itself was last heard, on the clock of the caller; null when never
 */
public record MemberSnapshot(PublicKey node, MemberState state, long epoch, @Nullable NodeRecord record,
        @Nullable Long lastSeenNanos) {}

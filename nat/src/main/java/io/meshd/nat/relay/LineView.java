package io.meshd.nat.relay;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.RelayReason;
import org.jspecify.annotations.Nullable;

/**
 * What came of a relay that was asked, by this node or by the far end, to carry between the two.
 *
 * @param relay  who was asked
 * @param isOpen whether there is a channel
 * @param reason why not, by the relay's word; null when there is one, or the relay has not answered
 */
public record LineView(PublicKey relay, boolean isOpen, @Nullable RelayReason reason) {}

package io.meshd.nat.relay;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Endpoint;

/**
 * An open channel through a relay.
 *
 * @param channel  the relay's number for it
 * @param endpoint the candidate that it makes: of one line always the same object
 */
public record RelayLine(PublicKey relay, PublicKey peer, int channel, Endpoint.Relayed endpoint) {}

package io.meshd.daemon.node;

import io.meshd.protocol.Endpoint;

/** How to reach a neighbour through a relay: the candidate, who relays, and the relay's number for the two. */
record RelayHop(Endpoint.Relayed endpoint, Neighbour relay, int channel) {}

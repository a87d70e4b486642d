/**
 * Finds trusted peers in the networks that this host is plugged into, without anybody's help.
 *
 * <p>Who misses somebody calls into the network, anonymously. Who hears that and misses somebody too answers into the
 * network with one {@code Slot} for each of those, which only the one that it is for can tell from noise. Whoever finds
 * itself named begins a handshake with the sender. {@code LanDiscovery} decides; {@code LanCodec} reads and writes the
 * {@code LanBeacon}s; {@code PairSecret} is what makes a slot mean something to two nodes only.
 */
@NullMarked
package io.meshd.nat.lan;

import org.jspecify.annotations.NullMarked;

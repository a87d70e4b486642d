/**
 * STUN (RFC 8489) with what RFC 5780 adds to it: how this node asks servers where it is seen and how the NAT in front of
 * it behaves, and how it answers peers that ask.
 *
 * <p>{@code StunCodec} reads and writes {@code StunMessage}s; {@code StunClient} asks, and tells
 * {@link io.meshd.nat.OwnEndpoints} what it hears; {@code StunResponder} answers.
 */
@NullMarked
package io.meshd.nat.stun;

import org.jspecify.annotations.NullMarked;

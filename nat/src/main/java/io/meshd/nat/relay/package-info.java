/**
 * Relays: peers that carry ciphertext between two others.
 *
 * <p>{@code Relays} is the side of those who need one: which relays to ask, and what they answered. {@code Switchboard}
 * is the relay itself: between whom it carries, and how much. Both belong to the owner thread; {@code ByteLimit} and
 * the marks of a {@code Circuit} are for the threads that move packets.
 */
@NullMarked
package io.meshd.nat.relay;

import org.jspecify.annotations.NullMarked;

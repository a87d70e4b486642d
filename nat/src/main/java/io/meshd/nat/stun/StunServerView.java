package io.meshd.nat.stun;

import io.meshd.identity.HostPort;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a configured server in one family.
 *
 * @param place     as configured
 * @param at        where that is; null while its name is not looked up
 * @param answers   whether it answered the last question
 * @param atNanos   when that was found out; {@link io.meshd.protocol.Deadlines#NEVER} while it was not
 * @param tookNanos how long the last answer took
 */
public record StunServerView(HostPort place, @Nullable InetSocketAddress at, boolean answers, long atNanos,
        long tookNanos) {}

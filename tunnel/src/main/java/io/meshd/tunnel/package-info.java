/** WireGuard: handshake, sessions, timers, ownership of prefixes. */
@NullMarked
package io.meshd.tunnel;

import org.jspecify.annotations.NullMarked;

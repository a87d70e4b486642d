/** The operating system: TUN, UDP, netlink, clock. */
@NullMarked
package io.meshd.netio;

import org.jspecify.annotations.NullMarked;

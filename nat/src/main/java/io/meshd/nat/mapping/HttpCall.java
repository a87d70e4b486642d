package io.meshd.nat.mapping;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP request to a gateway; no redirect is ever followed.
 *
 * @param id         repeated in the answer
 * @param server     the gateway's own address and the port that it named
 * @param path       path and query
 * @param soapAction the action for a POST; null for a GET
 * @param body       what is posted; empty for a GET
 */
public record HttpCall(int id, InetSocketAddress server, String path, @Nullable String soapAction, String body) {
    /** Longest body of an answer that is of use, in bytes: real descriptions have 2 to 10 kB. */
    public static final int ANSWER_BYTES_MAX = 64 * 1024;
    /** A router that needs longer than this is not to be waited for. */
    public static final long PATIENCE_NANOS = 5_000_000_000L;
}

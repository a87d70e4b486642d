package io.meshd.daemon.control;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A new invitation.
 *
 * @param token        the line for the newcomer; whoever reads it can join
 * @param id           by which it can be cancelled
 * @param name         for the newcomer; null when it may say
 * @param prefixes     for the newcomer; empty when its derived addresses
 * @param relayCapable whether packets may go through it
 * @param expires      until when it holds
 * @param endpoints    where the newcomer will look for this node
 */
public record InviteReport(String token, String id, @Nullable String name, List<String> prefixes,
        boolean relayCapable, Instant expires, List<String> endpoints) {
    public InviteReport {
        prefixes = List.copyOf(prefixes);
        endpoints = List.copyOf(endpoints);
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "InviteReport " + id;
    }
}

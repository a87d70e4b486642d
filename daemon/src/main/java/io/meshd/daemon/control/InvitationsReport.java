package io.meshd.daemon.control;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The invitations that a node remembers, oldest first. None of it lets anybody in. */
public record InvitationsReport(List<Entry> invitations) {
    public InvitationsReport {
        invitations = List.copyOf(invitations);
    }

    /** What an invitation is good for. */
    public enum State {
        /** Somebody may come with it. */
        OPEN,
        /** Somebody did. */
        USED,
        /** Nobody came in time. */
        EXPIRED,
        /** It was taken back. */
        CANCELLED;

        /** As it stands in reports. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One invitation.
     *
     * @param id           by which it can be cancelled
     * @param name         for the newcomer; null when it may say
     * @param prefixes     for the newcomer; empty when its derived addresses
     * @param relayCapable whether packets may go through it
     * @param peer         as whom somebody came, or null
     * @param peerId       who that was
     * @param usedAt       when
     * @param trustLine    what to run on members that do not trust this node as introducer; null before somebody came
     */
    public record Entry(String id, State state, @Nullable String name, List<String> prefixes, boolean relayCapable,
            Instant created, Instant expires, @Nullable String peer, @Nullable String peerId, @Nullable Instant usedAt,
            @Nullable String trustLine) {
        public Entry {
            prefixes = List.copyOf(prefixes);
        }
    }
}

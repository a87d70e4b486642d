package io.meshd.daemon.cli;

import io.meshd.identity.HostPort;
import io.meshd.protocol.Frame;

/** What came of calling an inviter. */
public sealed interface GuestAnswer {
    /**
     * The newcomer is admitted.
     *
     * @param at where the inviter answered
     */
    record Welcome(Frame.Welcome welcome, HostPort at) implements GuestAnswer {}

    /** It is not. */
    record Refused(Frame.JoinRefused refusal) implements GuestAnswer {}

    /**
     * No answer came in time.
     *
     * @param shookHands whether the inviter was there and knew the invitation
     */
    record Silence(boolean shookHands) implements GuestAnswer {}
}

package io.meshd.protocol;

/** What membership thinks of a peer. */
public enum MemberState {
    /** Trusted but never seen. */
    UNKNOWN,
    /** Answers probes. */
    ALIVE,
    /** A probe went unanswered; it may yet refute. */
    SUSPECT,
    /** Gone without a word. */
    DEAD,
    /** Said goodbye. */
    LEFT
}

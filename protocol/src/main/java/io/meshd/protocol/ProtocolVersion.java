package io.meshd.protocol;

/** The version of everything that nodes say to each other inside sessions. */
public final class ProtocolVersion {
    /** Nodes of another major version are refused. */
    public static final int MAJOR = 1;
    /** Grows with additions that older nodes may ignore. */
    public static final int MINOR = 0;

    private ProtocolVersion() {}
}

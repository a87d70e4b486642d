package io.meshd.daemon.control;

/**
 * What the control socket asks of a running node.
 *
 * <p>Calls come from virtual threads, several at a time, each bounded by {@link ControlServer}: an implementation that
 * is interrupted gives up. Reports are values of one moment.
 */
public interface NodeControl {
    /** The node as a whole. */
    StatusReport status() throws ControlException, InterruptedException;

    /** Every trusted peer. */
    PeersReport peers() throws ControlException, InterruptedException;

    /** What the peers own. */
    RoutesReport routes() throws ControlException, InterruptedException;

    /** The sessions that are alive. */
    SessionsReport sessions() throws ControlException, InterruptedException;

    /** Counts since the start. */
    CountersReport counters() throws ControlException, InterruptedException;

    /** All of these, from one moment. */
    SnapshotReport snapshot() throws ControlException, InterruptedException;

    /** Looks at the network anew, for some seconds at most, and tells how it is. */
    NetcheckReport netcheck() throws ControlException, InterruptedException;

    /**
     * Why a peer is reached as it is.
     *
     * @throws ControlException NOT_FOUND when no peer is meant
     */
    WhyReport why(String peer) throws ControlException, InterruptedException;

    /**
     * Sends echoes and waits for what comes back.
     *
     * @throws ControlException NOT_FOUND when no peer is meant by the target
     */
    PingReport ping(PingRequest request) throws ControlException, InterruptedException;

    /** The last lines of the log. */
    LogReport log(LogRequest request) throws ControlException, InterruptedException;

    /**
     * The last lines of the log, and all that come until the feed is closed.
     *
     * @throws ControlException BUSY when too many follow already
     */
    LogFeed follow(LogRequest request) throws ControlException, InterruptedException;

    /**
     * Applies configuration and trust anew.
     *
     * @throws ControlException INVALID_CONFIG with each problem when the new configuration is refused
     */
    ReloadReport reload() throws ControlException, InterruptedException;

    /**
     * Invites somebody.
     *
     * @throws ControlException INVALID_ARGUMENT when a prefix is taken, FAILED when too many are invited
     */
    InviteReport invite(InviteRequest request) throws ControlException, InterruptedException;

    /** Who was invited, and what became of it. */
    InvitationsReport invitations() throws ControlException, InterruptedException;

    /**
     * Takes an invitation back; the answer tells what is left of it.
     *
     * @param target its id, the beginning of one, or the name that it grants
     * @throws ControlException NOT_FOUND when none is meant, FAILED when it is over already
     */
    InvitationsReport cancelInvitation(String target) throws ControlException, InterruptedException;

    /**
     * Tells what a reload would change, and changes nothing.
     *
     * @throws ControlException INVALID_CONFIG with each problem when a reload would refuse it
     */
    ReloadReport plan(PlanRequest request) throws ControlException, InterruptedException;

    /** Begins to stop the daemon and returns at once. */
    void stop();
}

package io.meshd.daemon.node;

/**
 * What a node does with relays.
 *
 * @param allowed           false: it sends and accepts nothing through relays
 * @param serves            whether it carries datagrams between others
 * @param peersMax          for how many peers at a time
 * @param bytesPerSecondMax how much in all; 0 for no limit
 */
public record RelaySettings(boolean allowed, boolean serves, int peersMax, long bytesPerSecondMax) {
    /** May use relays and is none. */
    public static final RelaySettings GUEST = new RelaySettings(true, false, 0, 0);
}

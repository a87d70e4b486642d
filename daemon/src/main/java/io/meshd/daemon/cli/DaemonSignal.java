package io.meshd.daemon.cli;

/** The signals that a running daemon hears, each with the command that does or tells the same. */
public enum DaemonSignal {
    TERM("down", "Says goodbye, takes interface and routes away, and ends with status 0."),
    INT("down", "The same."),
    HUP("reload", "Applies configuration and trust; what changed is in the log."),
    USR1("snapshot", "Writes all reports to the log, once a second at most.");

    private final String command;
    private final String meaning;

    DaemonSignal(String command, String meaning) {
        this.command = command;
        this.meaning = meaning;
    }

    /** The name of the command, without {@code meshd}. */
    String command() {
        return command;
    }

    String meaning() {
        return meaning;
    }
}

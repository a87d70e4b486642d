package io.meshd.daemon.cli;

/** Ends a command with one line for the operator: what is wrong, and after a colon what to do next. */
public final class CommandException extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;

    private CommandException(int status, String message) {
        super(message);
        this.status = status;
    }

    /** The operation failed. */
    public static CommandException failed(String message) {
        return new CommandException(ExitStatus.FAILED, message);
    }

    /** Wrong usage, or a malformed value. */
    public static CommandException usage(String message) {
        return new CommandException(ExitStatus.USAGE, message);
    }

    /** See {@link ExitStatus}. */
    public int status() {
        return status;
    }
}

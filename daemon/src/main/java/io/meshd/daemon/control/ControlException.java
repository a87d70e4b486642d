package io.meshd.daemon.control;

import java.util.List;
import java.util.Locale;

/** A control request that is not answered with a report. The message is one line: what is wrong, what to do next. */
public final class ControlException extends Exception {
    private static final long serialVersionUID = 1;

    private final Code code;
    private final transient List<String> problems;

    /** A failure with nothing more to say. */
    public ControlException(Code code, String message) {
        this(code, message, List.of());
    }

    /** A failure with several causes, such as each error of a configuration. */
    public ControlException(Code code, String message, List<String> problems) {
        super(message);
        this.code = code;
        this.problems = List.copyOf(problems);
    }

    /** What kind of failure it is. */
    public Code code() {
        return code;
    }

    /** The causes, one line each; often none. */
    public List<String> problems() {
        return problems;
    }

    /** Kinds of failure, as they stand in the protocol in lower case. */
    public enum Code {
        /** The request is no JSON object on one line, or is too long. */
        MALFORMED,
        /** The request is for another version of the protocol. */
        UNSUPPORTED_VERSION,
        /** There is no such command. */
        UNKNOWN_COMMAND,
        /** An argument is missing or out of range. */
        INVALID_ARGUMENT,
        /** A well-formed name that nobody has. */
        NOT_FOUND,
        /** The new configuration is invalid and was refused whole. */
        INVALID_CONFIG,
        /** The caller is neither root nor the daemon's user. */
        FORBIDDEN,
        /** Too many connections. */
        BUSY,
        /** It took too long. */
        TIMEOUT,
        /** It could not be done. */
        FAILED;

        /** The code as it stands in the protocol. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}

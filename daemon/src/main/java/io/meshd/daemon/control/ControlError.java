package io.meshd.daemon.control;

import io.meshd.daemon.control.ControlException.Code;
import java.util.List;

/**
 * The document that is sent instead of a report.
 *
 * @param error what went wrong
 */
record ControlError(Failure error) {
    /**
     * What went wrong.
     *
     * @param code     its kind
     * @param message  one line
     * @param problems causes, one line each
     */
    record Failure(Code code, String message, List<String> problems) {}

    static ControlError of(ControlException e) {
        return new ControlError(new Failure(e.code(), String.valueOf(e.getMessage()), e.problems()));
    }

    ControlException toException() {
        return new ControlException(error.code, error.message, error.problems);
    }
}

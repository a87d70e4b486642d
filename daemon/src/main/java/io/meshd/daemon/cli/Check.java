package io.meshd.daemon.cli;

/**
 * One check of {@code doctor}.
 *
 * @param name    what was looked at
 * @param result  how it is
 * @param message what was found, and what to do about it
 */
record Check(String name, Result result, String message) {
    /** How it is. */
    enum Result {
        PASS, WARN, FAIL
    }

    static Check pass(String name, String message) {
        return new Check(name, Result.PASS, message);
    }

    static Check warn(String name, String message) {
        return new Check(name, Result.WARN, message);
    }

    static Check fail(String name, String message) {
        return new Check(name, Result.FAIL, message);
    }
}

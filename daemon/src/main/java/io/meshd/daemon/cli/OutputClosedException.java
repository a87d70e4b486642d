package io.meshd.daemon.cli;

/** Nobody takes the results any more: who reads them had enough, or their disk is full. Ends a command at once. */
final class OutputClosedException extends RuntimeException {
    private static final long serialVersionUID = 1;
}

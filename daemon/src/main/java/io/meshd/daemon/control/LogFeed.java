package io.meshd.daemon.control;

/** The log as it is written, for one reader. One thread reads. */
public interface LogFeed extends AutoCloseable {
    /** Waits for the next line. A reader that is too slow loses lines; one that says how many stands in their place. */
    LogLine next() throws InterruptedException;

    @Override
    void close();
}

package io.meshd.daemon.cli;

import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.ConfigLoader;
import io.meshd.daemon.files.Home;
import java.io.IOException;
import java.util.function.Consumer;

/** Runs a node in this process: what {@code up} calls. */
public interface NodeRunner {
    /**
     * Runs a node until it is told to stop, by a signal or by {@code meshd down}, and undoes all it did to the host.
     *
     * @param home   where its files are
     * @param config reads the configuration, now and at each reload
     * @param ready  gets one line, naming interface, addresses and port, once the node is ready
     * @throws CommandException when it cannot start; every step done by then is undone
     * @throws ConfigException  when the configuration or the trust is invalid
     * @throws IOException      as {@link CommandException}, with the message of the file system
     */
    void run(Home home, ConfigLoader config, Consumer<String> ready)
            throws CommandException, ConfigException, IOException, InterruptedException;
}

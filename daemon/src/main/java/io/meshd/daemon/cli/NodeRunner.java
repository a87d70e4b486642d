package io.meshd.daemon.cli;

import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.ConfigLoader;
import io.meshd.daemon.files.Home;
import io.meshd.identity.Identity;
import io.meshd.protocol.InvitationToken;
import java.io.IOException;
import java.time.Duration;
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

    /**
     * Calls an inviter as the guest of its invitation, and brings a newcomer: what {@code join} calls. A runner without a
     * network reaches nobody.
     *
     * @param newcomer who is to be admitted
     * @param name     what it calls itself
     * @param patience how long to try
     */
    default GuestAnswer call(InvitationToken token, Identity newcomer, String name, Duration patience)
            throws IOException, InterruptedException {
        return new GuestAnswer.Silence(false);
    }
}

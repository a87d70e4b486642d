package io.meshd.daemon.runtime;

import io.meshd.netio.PacketBatch;
import java.io.IOException;

/** Gives packets to the host. One thread's own. */
@FunctionalInterface
interface InterfaceWriter {
    /** For a daemon without interface: relays and discovery only. */
    InterfaceWriter NOWHERE = packets -> {};

    void write(PacketBatch packets) throws IOException;
}

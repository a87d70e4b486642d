package io.meshd.daemon.runtime;

import io.meshd.netio.Netlink;
import io.meshd.netio.PacketBatch;
import io.meshd.netio.PacketRoom;
import io.meshd.netio.TunDevice;
import io.meshd.netio.TunException;
import io.meshd.netio.TunSettings;
import io.meshd.netio.TunWriter;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;

/**
 * The TUN, which may be removed by others and made anew while threads read and write it.
 *
 * <p>Any thread. When the device is gone, {@link #reopen} replaces it, and readers and writers go on with the new one.
 */
final class MeshInterface implements AutoCloseable {
    private volatile TunSettings settings;
    private volatile TunDevice device;
    private volatile boolean closed;

    private MeshInterface(TunSettings settings, TunDevice device) {
        this.settings = settings;
        this.device = device;
    }

    static MeshInterface open(TunSettings settings) throws IOException {
        return new MeshInterface(settings, TunDevice.open(settings));
    }

    /** What an operator can do about it when it could not be opened. */
    static String whatToDo(TunException.Reason reason) {
        return switch (reason) {
            case NOT_PERMITTED -> ": run as root, or `chmod 666 /dev/net/tun`, as distributions have it";
            case BUSY -> ": stop it, or set tun.name";
            case NAME_TAKEN, BAD_NAME -> ": set tun.name";
            case NO_DEVICE_NODE, GONE, OTHER -> "";
        };
    }

    String name() {
        return settings.name();
    }

    /** As the host calls it now: somebody may have renamed it. */
    String nameNow() {
        try {
            NetworkInterface device = isClosed() ? null : NetworkInterface.getByIndex(index());
            return device == null ? name() : device.getName();
        } catch (SocketException _) {
            return name();
        }
    }

    int index() {
        return device.interfaceIndex();
    }

    boolean isClosed() {
        return closed;
    }

    TunDevice device() {
        return device;
    }

    /** Gives the interface another MTU, which a successor of the device gets as well. */
    synchronized void mtu(int bytes) throws IOException {
        settings = new TunSettings(settings.name(), bytes, settings.offload());
        if (!closed) {
            try (Netlink netlink = Netlink.open()) {
                netlink.setMtu(index(), bytes);
            }
        }
    }

    /** Replaces a device that was removed from outside. False when this interface is closed. */
    synchronized boolean reopen(TunDevice gone) throws IOException {
        if (closed) {
            return false;
        }
        if (device == gone) {
            gone.close();
            device = TunDevice.open(settings);
        }
        return true;
    }

    /** A batch for the thread that reads. */
    static PacketBatch newBatch() {
        return PacketBatch.forReading(PacketRoom.NONE);
    }

    /** What one thread needs to write. */
    InterfaceWriter newWriter() {
        return new Writer();
    }

    @Override
    public synchronized void close() {
        closed = true;
        device.close();
    }

    private final class Writer implements InterfaceWriter {
        private TunDevice mine = device;
        private TunWriter writer = mine.newWriter();

        @Override
        public void write(PacketBatch packets) throws IOException {
            TunDevice current = device;
            if (current != mine) {
                mine = current;
                writer = current.newWriter();
            }
            try {
                writer.write(packets);
            } catch (ClosedChannelException e) {
                // Between a device and its successor packets are lost, as on any interface that goes down.
                if (closed) {
                    throw e;
                }
            } catch (TunException _) {
                // The reader sees the same and makes a new device.
                return;
            }
        }
    }
}

package io.meshd.tunnel;

import io.meshd.identity.IpAddress;
import io.meshd.identity.Prefix;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who owns an address: the owner of the longest prefix that contains it, over all peers.
 *
 * <p>Immutable, so any thread may ask. Since prefixes nest, they cut the address space into ranges of one owner each;
 * a lookup is a binary search among where those begin, and allocates nothing.
 *
 * @param <T> what owns prefixes
 */
public final class Routes<T> {
    private static final int V4_SOURCE_OFFSET = 12;
    private static final int V4_DESTINATION_OFFSET = 16;
    private static final int V6_SOURCE_OFFSET = 8;
    private static final int V6_DESTINATION_OFFSET = 24;
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final AddressRanges<T> v4;
    private final AddressRanges<T> v6;
    private final int size;

    /**
     * A prefix and its owner.
     *
     * @param <T> what owns prefixes
     */
    public record Route<T>(Prefix prefix, T owner) {}

    private Routes(Map<Prefix, T> owners) {
        this.v4 = AddressRanges.of(ordered(owners, false));
        this.v6 = AddressRanges.of(ordered(owners, true));
        this.size = owners.size();
    }

    private static <T> List<Route<T>> ordered(Map<Prefix, T> owners, boolean isV6) {
        return owners.entrySet().stream().filter(entry -> entry.getKey().address().isV6() == isV6)
                .map(entry -> new Route<>(entry.getKey(), entry.getValue())).toList();
    }

    /** The table of these routes; of two with the same prefix the later one counts. */
    public static <T> Routes<T> of(List<Route<T>> routes) {
        Map<Prefix, T> owners = new TreeMap<>();
        for (Route<T> route : routes) {
            owners.put(route.prefix(), route.owner());
        }
        return new Routes<>(owners);
    }

    /** How many prefixes have an owner. */
    public int size() {
        return size;
    }

    /** The owner of an address, or null. */
    public @Nullable T owner(IpAddress address) {
        return owner(address.isV6(), address.high(), address.low());
    }

    /** The owner of an address in the form of {@link IpAddress}, or null. */
    public @Nullable T owner(boolean isV6, long high, long low) {
        return (isV6 ? v6 : v4).owner(high, low);
    }

    /** The owner of the source of an IP packet that {@link InnerPacket#trimmedLength} accepts, or null. */
    public @Nullable T sourceOwner(byte[] packet, int offset) {
        return at(packet, offset, V4_SOURCE_OFFSET, V6_SOURCE_OFFSET);
    }

    /** The owner of the destination of an IP packet that {@link InnerPacket#trimmedLength} accepts, or null. */
    public @Nullable T destinationOwner(byte[] packet, int offset) {
        return at(packet, offset, V4_DESTINATION_OFFSET, V6_DESTINATION_OFFSET);
    }

    private @Nullable T at(byte[] packet, int offset, int v4Offset, int v6Offset) {
        return switch (InnerPacket.version(packet, offset)) {
            case 4 -> v4.owner(0, Integer.toUnsignedLong((int) INT.get(packet, offset + v4Offset)));
            case 6 -> v6.owner((long) LONG.get(packet, offset + v6Offset),
                    (long) LONG.get(packet, offset + v6Offset + Long.BYTES));
            default -> null;
        };
    }
}

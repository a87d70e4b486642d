package io.meshd.tunnel;

import io.meshd.identity.IpAddress;
import io.meshd.identity.Prefix;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The address space of one family, cut into ranges of one owner each. Immutable. */
final class AddressRanges<T> {
    private final long[] high;
    private final long[] low;
    private final List<@Nullable T> owners;

    private AddressRanges(Builder<T> builder) {
        this.high = Arrays.copyOf(builder.high, builder.size);
        this.low = Arrays.copyOf(builder.low, builder.size);
        this.owners = builder.owners;
    }

    /** The ranges that these prefixes of one family make; they come ordered by address, then length. */
    static <T> AddressRanges<T> of(List<Routes.Route<T>> ordered) {
        Builder<T> builder = new Builder<>();
        for (Routes.Route<T> route : ordered) {
            builder.open(route);
        }
        builder.closeAll();
        return new AddressRanges<>(builder);
    }

    /** The owner of the range that this address lies in, or null. */
    @Nullable
    T owner(long addressHigh, long addressLow) {
        int from = 0;
        int to = high.length - 1;
        while (from < to) {
            int middle = (from + to + 1) >>> 1;
            int order = Long.compareUnsigned(high[middle], addressHigh);
            if (order < 0 || (order == 0 && Long.compareUnsigned(low[middle], addressLow) <= 0)) {
                from = middle;
            } else {
                to = middle - 1;
            }
        }
        return owners.get(from);
    }

    /** Walks over the prefixes in order, with those that contain the place where it is on a stack. */
    private static final class Builder<T> {
        private static final int CAPACITY_MIN = 16;

        private final Deque<Routes.Route<T>> enclosing = new ArrayDeque<>();
        private final List<@Nullable T> owners = new ArrayList<>();
        private long[] high = new long[CAPACITY_MIN];
        private long[] low = new long[CAPACITY_MIN];
        private int size;

        Builder() {
            begin(0, 0, null);
        }

        void open(Routes.Route<T> route) {
            Prefix prefix = route.prefix();
            while (!enclosing.isEmpty() && !enclosing.getFirst().prefix().contains(prefix.address())) {
                close();
            }
            begin(prefix.address().high(), prefix.address().low(), route.owner());
            enclosing.addFirst(route);
        }

        void closeAll() {
            while (!enclosing.isEmpty()) {
                close();
            }
        }

        // Behind the end of a prefix begins what is left of the one around it, unless the address space ends there.
        private void close() {
            IpAddress last = last(enclosing.removeFirst().prefix());
            T outer = enclosing.isEmpty() ? null : enclosing.getFirst().owner();
            long nextLow = last.low() + 1;
            if (!last.isV6()) {
                if (nextLow >>> Integer.SIZE == 0) {
                    begin(0, nextLow, outer);
                }
            } else if (nextLow != 0 || last.high() != -1L) {
                begin(nextLow == 0 ? last.high() + 1 : last.high(), nextLow, outer);
            }
        }

        private static IpAddress last(Prefix prefix) {
            IpAddress first = prefix.address();
            if (!first.isV6()) {
                return new IpAddress(false, 0, first.low() | trailing(Integer.SIZE - prefix.length()));
            }
            int hostBits = 2 * Long.SIZE - prefix.length();
            return new IpAddress(true, first.high() | trailing(Math.max(0, hostBits - Long.SIZE)),
                    first.low() | trailing(Math.min(hostBits, Long.SIZE)));
        }

        private static long trailing(int ones) {
            return ones == Long.SIZE ? -1L : (1L << ones) - 1;
        }

        // A more special prefix that begins where the range does takes its place.
        private void begin(long startHigh, long startLow, @Nullable T owner) {
            if (size > 0 && high[size - 1] == startHigh && low[size - 1] == startLow) {
                owners.set(size - 1, owner);
                return;
            }
            if (size == high.length) {
                high = Arrays.copyOf(high, 2 * size);
                low = Arrays.copyOf(low, 2 * size);
            }
            high[size] = startHigh;
            low[size] = startLow;
            owners.add(owner);
            size++;
        }
    }
}

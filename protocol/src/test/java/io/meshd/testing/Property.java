package io.meshd.testing;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Checks a property with many seeds, always the same ones, and says which seed broke it.
 *
 * <p>{@code -Dmeshd.seed=N} repeats with that seed alone; {@code -Dmeshd.runs=N} multiplies the number of seeds, for a
 * long night.
 */
public final class Property {
    /** One check with its own generator; throws when the property does not hold. */
    @FunctionalInterface
    public interface Check {
        /** Checks once. */
        void with(SplittableRandom random) throws Exception;
    }

    private static final String SEED = "meshd.seed";
    private static final String RUNS = "meshd.runs";

    private Property() {}

    /** Checks with the seeds 0 to {@code runs} − 1. */
    public static void forAll(int runs, Check check) {
        Long only = Long.getLong(SEED);
        if (only != null) {
            run(only, check);
            return;
        }
        long all = (long) runs * Integer.getInteger(RUNS, 1);
        for (long seed = 0; seed < all; seed++) {
            run(seed, check);
        }
    }

    private static void run(long seed, Check check) {
        @Nullable
        Throwable failure = null;
        try {
            check.with(new SplittableRandom(seed));
        } catch (Exception | AssertionError e) {
            failure = e;
        }
        if (failure != null) {
            throw new AssertionError("with seed " + seed + " (repeat with -D" + SEED + "=" + seed + "): "
                    + failure.getMessage(), failure);
        }
    }

    /** Bytes of a length below {@code bound}. */
    public static byte[] bytes(SplittableRandom random, int bound) {
        byte[] bytes = new byte[random.nextInt(bound)];
        random.nextBytes(bytes);
        return bytes;
    }

    /** A copy with one to four bytes overwritten, cut off, or put in: what a fuzzer without coverage does. */
    public static byte[] mutated(SplittableRandom random, byte[] original) {
        byte[] bytes = original.clone();
        for (int change = random.nextInt(4); change >= 0; change--) {
            int at = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes = Arrays.copyOf(bytes, at);
                case 1 -> {
                    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
                    System.arraycopy(bytes, at, longer, at + 1, bytes.length - at);
                    longer[at] = (byte) random.nextInt();
                    bytes = longer;
                }
                default -> {
                    if (bytes.length > 0) {
                        bytes[at] = random.nextBoolean()
                                ? (byte) random.nextInt()
                                : (byte) (bytes[at] ^ (1 << random.nextInt(8)));
                    }
                }
            }
        }
        return bytes;
    }
}

package io.meshd.testing.discovery;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Collections;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Seeds the generators that the scalecube library draws from: {@code ThreadLocalRandom} and the one inside
 * {@code Collections.shuffle}.
 *
 * <p>Call {@link #seed} before every turn of a node in a simulation. The JVM needs {@code --add-opens
 * java.base/java.util=ALL-UNNAMED --add-opens java.base/java.lang=ALL-UNNAMED}.
 */
public final class ScalecubeSeeding {
    private static final Random SHUFFLES = new Random();
    private static final VarHandle THREAD_SEED;

    static {
        try {
            MethodHandles.Lookup collections = MethodHandles.privateLookupIn(Collections.class,
                    MethodHandles.lookup());
            collections.findStaticVarHandle(Collections.class, "r", Random.class).set(SHUFFLES);
            THREAD_SEED = MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup())
                    .findVarHandle(Thread.class, "threadLocalRandomSeed", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private ScalecubeSeeding() {}

    /** From here on the calling thread's draws follow from {@code seed} alone. */
    @SuppressWarnings("ReturnValueIgnored")
    public static void seed(long seed) {
        SHUFFLES.setSeed(seed);
        // The first call of a thread would seed it anew.
        ThreadLocalRandom.current();
        THREAD_SEED.set(Thread.currentThread(), seed);
    }
}

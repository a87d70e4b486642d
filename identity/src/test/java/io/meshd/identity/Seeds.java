package io.meshd.identity;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Checks properties with many seeds and says which one broke it; {@code -Dmeshd.seed=N} repeats with that one. */
final class Seeds {
    interface Check {
        void with(SplittableRandom random) throws Exception;
    }

    private Seeds() {}

    static void forAll(int runs, Check check) {
        Long only = Long.getLong("meshd.seed");
        for (long seed = only == null ? 0 : only; seed < (only == null ? runs : only + 1); seed++) {
            try {
                check.with(new SplittableRandom(seed));
            } catch (Exception | AssertionError e) {
                throw new AssertionError("with -Dmeshd.seed=" + seed + ": " + e.getMessage(), e);
            }
        }
    }

    /** A text with some characters changed, lost or put in, mostly such as mean something to parsers. */
    static String mutated(SplittableRandom random, String original) {
        String spice = "\",=\\ \t\n\r#:./[]%-_0aAzZ9+\u0000\u0663é";
        StringBuilder text = new StringBuilder(original);
        for (int change = random.nextInt(4); change >= 0; change--) {
            int at = random.nextInt(text.length() + 1);
            char c = spice.charAt(random.nextInt(spice.length()));
            switch (random.nextInt(4)) {
                case 0 -> text.insert(at, c);
                case 1 -> text.setLength(at);
                default -> {
                    if (at < text.length()) {
                        if (random.nextBoolean()) {
                            text.setCharAt(at, c);
                        } else {
                            text.deleteCharAt(at);
                        }
                    }
                }
            }
        }
        return text.toString();
    }

    static byte[] bytes(SplittableRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    static PublicKey key(int seed) {
        byte[] bytes = new byte[Identity.SEED_BYTES];
        Arrays.fill(bytes, (byte) seed);
        bytes[0] = (byte) (seed >>> 8);
        return Identity.ofSeed(bytes).publicKey();
    }
}

package io.meshd.daemon.files;

import java.nio.file.Path;

/** A process that writes one file again and again until it is killed. */
final class EndlessWriter {
    private static final int CONTENT_BYTES = 256 * 1024;

    private EndlessWriter() {}

    /** Writes the file of the only argument; says when it has begun. */
    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(arguments[0]);
        for (int i = 0;; i++) {
            AtomicFile.write(file, content(i), Access.SECRET);
            if (i == 0) {
                System.out.println("begun");
            }
        }
    }

    /** The same letter throughout: another one for each of a few numbers. */
    static String content(int number) {
        return Character.toString('a' + number % 26).repeat(CONTENT_BYTES + number % 26);
    }
}

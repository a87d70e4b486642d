package io.meshd.daemon.config;

import java.nio.file.Path;

/** Where an effective value comes from. */
public sealed interface Origin {
    /** Nobody said otherwise. */
    record Default() implements Origin {
        @Override
        public String toString() {
            return "default";
        }
    }

    /**
     * The configuration says so.
     *
     * @param file which
     * @param line where in it, from 1
     */
    record File(Path file, int line) implements Origin {
        @Override
        public String toString() {
            return file + ":" + line;
        }
    }

    /**
     * The command line says so.
     *
     * @param name of the option, with its dashes
     */
    record Option(String name) implements Origin {
        @Override
        public String toString() {
            return "option " + name;
        }
    }
}

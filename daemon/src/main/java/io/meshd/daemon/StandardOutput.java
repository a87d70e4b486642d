package io.meshd.daemon;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Standard output, which remembers why it could not be written: a {@code PrintStream} forgets that. */
final class StandardOutput extends FilterOutputStream {
    private static final Path FILE = Path.of("/proc/self/fd/1");

    private @Nullable IOException failure;

    StandardOutput() {
        this(new FileOutputStream(FileDescriptor.out));
    }

    private StandardOutput(OutputStream out) {
        super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    /** Why not all was written; null when it was, or when who read it had enough, as {@code head} has. */
    @Nullable
    IOException failure() {
        String target = target();
        return target.startsWith("pipe:") || target.startsWith("socket:") ? null : failure;
    }

    /** Whether it is a terminal. {@code System.console()} would start a line editor to find out. */
    boolean isTerminal() {
        String target = target();
        return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    }

    private static String target() {
        try {
            return Files.readSymbolicLink(FILE).toString();
        } catch (IOException _) {
            return "";
        }
    }
}

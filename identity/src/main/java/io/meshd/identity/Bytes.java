package io.meshd.identity;

import java.util.Arrays;
import java.util.HexFormat;

/** Immutable public bytes with value equality, so that messages can be records. Never for secrets. */
public final class Bytes {
    /** No bytes at all. */
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] content;

    private Bytes(byte[] content) {
        this.content = content;
    }

    /** A copy of these bytes. */
    public static Bytes copyOf(byte[] content) {
        return new Bytes(content.clone());
    }

    /** A copy of {@code length} bytes from {@code offset} on. */
    public static Bytes copyOf(byte[] content, int offset, int length) {
        return new Bytes(Arrays.copyOfRange(content, offset, offset + length));
    }

    /** Number of bytes. */
    public int length() {
        return content.length;
    }

    /** One byte. */
    public byte at(int index) {
        return content[index];
    }

    /** A fresh copy. */
    public byte[] toArray() {
        return content.clone();
    }

    /** Copies all bytes into {@code target} from {@code offset} on. */
    public void copyInto(byte[] target, int offset) {
        System.arraycopy(content, 0, target, offset, content.length);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes bytes && Arrays.equals(content, bytes.content);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(content);
    }

    @Override
    public String toString() {
        return HexFormat.of().formatHex(content);
    }
}

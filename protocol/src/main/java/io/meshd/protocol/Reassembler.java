package io.meshd.protocol;

import io.meshd.identity.Bytes;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts {@link Frame.Fragment}s of one peer together again, in any order, within bounds.
 *
 * <p>Owned by the thread that owns the session. Only an authenticated peer gets here, and all that it can fill is its
 * own reassembler: at most {@link #HELD_BYTES_MAX} bytes and {@link #MESSAGES_MAX} messages, for
 * {@link #LIFETIME_NANOS}.
 * When a new message needs room the oldest gives way, for it is the likeliest to have lost a piece.
 */
public final class Reassembler {
    /** Most bytes held: one message of the largest size. */
    public static final int HELD_BYTES_MAX = 64 * 1024;
    /** Most messages in progress: pieces of more than that do not travel at once on one path. */
    public static final int MESSAGES_MAX = 8;
    /** How long a message may take: pieces leave together, so a missing one after this is lost. */
    public static final long LIFETIME_NANOS = 5_000_000_000L;

    private final Map<Integer, Partial> inProgress = new LinkedHashMap<>();
    private int heldBytes;
    private long incompleteDropped;

    /** One message in progress. Insertion order of the map is age, for every message lives equally long. */
    private static final class Partial {
        private final @Nullable Bytes[] pieces;
        private final long expiresAtNanos;
        private int missing;
        private int bytes;

        Partial(int count, long expiresAtNanos) {
            this.pieces = new @Nullable Bytes[count];
            this.missing = count;
            this.expiresAtNanos = expiresAtNanos;
        }

        void put(int index, Bytes piece) {
            pieces[index] = piece;
            missing--;
            bytes += piece.length();
        }

        Bytes message() {
            byte[] message = new byte[bytes];
            int at = 0;
            for (Bytes piece : pieces) {
                if (piece != null) {
                    piece.copyInto(message, at);
                    at += piece.length();
                }
            }
            return Bytes.copyOf(message);
        }
    }

    /** Takes one piece. */
    public Reassembly accept(long nowNanos, Frame.Fragment fragment) {
        handleTimeout(nowNanos);
        Bytes piece = fragment.piece();
        int index = fragment.index();
        int count = fragment.count();
        if (index < 0 || index >= count || count > FrameCodec.FRAGMENTS_MAX || piece.length() == 0) {
            return new Reassembly.Refused(DropReason.MALFORMED);
        }
        Partial partial = inProgress.get(fragment.messageId());
        if (partial == null) {
            partial = begin(nowNanos, fragment.messageId(), count);
        } else if (partial.pieces.length != count) {
            // Two claims about one message: neither can be believed.
            drop(fragment.messageId());
            return new Reassembly.Refused(DropReason.MALFORMED);
        } else if (partial.pieces[index] != null) {
            return new Reassembly.Refused(DropReason.DUPLICATE);
        }
        if (partial.bytes + piece.length() > Fragmenter.MESSAGE_BYTES_MAX) {
            drop(fragment.messageId());
            return new Reassembly.Refused(DropReason.MALFORMED);
        }
        partial.put(index, piece);
        heldBytes += piece.length();
        if (partial.missing == 0) {
            remove(fragment.messageId());
            return new Reassembly.Complete(partial.message());
        }
        makeRoom(fragment.messageId());
        return Reassembly.Incomplete.INSTANCE;
    }

    private Partial begin(long nowNanos, int messageId, int count) {
        if (inProgress.size() == MESSAGES_MAX) {
            drop(inProgress.keySet().iterator().next());
        }
        Partial partial = new Partial(count, nowNanos + LIFETIME_NANOS);
        inProgress.put(messageId, partial);
        return partial;
    }

    /** Gives up the oldest messages, but not {@code kept}, until the bytes held are within the bound. */
    private void makeRoom(int kept) {
        while (heldBytes > HELD_BYTES_MAX) {
            // One message alone is within the bound, so there is another.
            drop(inProgress.keySet().stream().filter(id -> id != kept).findFirst().orElseThrow());
        }
    }

    private void drop(int messageId) {
        remove(messageId);
        incompleteDropped++;
    }

    private void remove(int messageId) {
        Partial partial = inProgress.remove(messageId);
        if (partial != null) {
            heldBytes -= partial.bytes;
        }
    }

    /** Gives up messages that took too long. */
    public void handleTimeout(long nowNanos) {
        Iterator<Partial> oldestFirst = inProgress.values().iterator();
        while (oldestFirst.hasNext()) {
            Partial partial = oldestFirst.next();
            if (partial.expiresAtNanos - nowNanos > 0) {
                return;
            }
            oldestFirst.remove();
            heldBytes -= partial.bytes;
            incompleteDropped++;
        }
    }

    /** When {@link #handleTimeout} has something to do, or {@link Deadlines#NEVER}. */
    public long nextDeadlineNanos() {
        return inProgress.isEmpty() ? Deadlines.NEVER : inProgress.values().iterator().next().expiresAtNanos;
    }

    /** Bytes of pieces held now. */
    public int heldBytes() {
        return heldBytes;
    }

    /** Messages in progress now. */
    public int messagesInProgress() {
        return inProgress.size();
    }

    /** Messages given up so far: out of time, out of room or contradictory. */
    public long incompleteDropped() {
        return incompleteDropped;
    }
}

package io.meshd.nat.lan;

import io.meshd.identity.PublicKey;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A call of this node to which answers may come yet. */
final class OwnCall {
    /**
     * Answers that are looked at: as many as a crowded network may give. Each costs a hash for every peer that is looked
     * for, and whoever hears the call can answer it.
     */
    static final int ANSWERS_MAX = 64;

    final LanLink link;
    final LanNonce nonce;
    /** Whom this node looks for in the answers. */
    final List<PublicKey> sought;
    final long madeNanos;
    private final Set<LanNonce> answers = new HashSet<>();

    OwnCall(LanLink link, LanNonce nonce, List<PublicKey> sought, long madeNanos) {
        this.link = link;
        this.nonce = nonce;
        this.sought = List.copyOf(sought);
        this.madeNanos = madeNanos;
    }

    /** Counts an answer in; false when it was heard before, or there were too many. */
    boolean takes(LanBeacon.Answer answer) {
        return answers.size() < ANSWERS_MAX && answers.add(answer.nonce());
    }
}

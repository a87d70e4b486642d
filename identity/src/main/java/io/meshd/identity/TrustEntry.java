package io.meshd.identity;

import java.time.Instant;

/**
 * One trusted key and where that trust was written.
 *
 * @param source for messages: a file's path, or a place in the configuration
 */
public record TrustEntry(AuthorizedKey key, String source) {
    /** Whether the entry is as if removed. */
    public boolean isExpired(Instant now) {
        return key instanceof AuthorizedKey.Member member && member.expires() != null && member.expires().isPast(now);
    }
}

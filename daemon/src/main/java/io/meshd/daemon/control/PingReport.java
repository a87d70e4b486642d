package io.meshd.daemon.control;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came back.
 *
 * @param target   as it was asked for
 * @param peer     the name of the peer that was asked
 * @param replies  by sequence number
 * @param sent     echo requests
 * @param received replies
 */
public record PingReport(String target, String peer, List<Reply> replies, int sent, int received) {
    public PingReport {
        replies = List.copyOf(replies);
    }

    /**
     * One echo that came back.
     *
     * @param seq       its number
     * @param rttMs     round trip time in milliseconds
     * @param pathClass of the path that it used
     * @param endpoint  address and port; null when relayed
     * @param relay     the name of the relay; null when direct
     */
    public record Reply(int seq, double rttMs, @JsonProperty("class") PathClass pathClass, @Nullable String endpoint,
            @Nullable String relay) {}
}

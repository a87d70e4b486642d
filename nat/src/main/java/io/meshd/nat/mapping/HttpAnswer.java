package io.meshd.nat.mapping;

import io.meshd.identity.Bytes;

/**
 * What came of an {@link HttpCall}.
 *
 * @param id     of the call
 * @param status of the response; {@link #FAILED} when there was none
 * @param body   of the response, at most {@link HttpCall#ANSWER_BYTES_MAX}
 */
public record HttpAnswer(int id, int status, Bytes body) {
    /** No response: refused, too slow, too long. */
    public static final int FAILED = 0;
    private static final int OK = 200;

    boolean isOk() {
        return status == OK;
    }

    /** There was no response to this call. */
    public static HttpAnswer failed(int id) {
        return new HttpAnswer(id, FAILED, Bytes.EMPTY);
    }
}

package io.meshd.protocol;

/**
 * What a {@link Frame.Signal} says of a search for ports, when a NAT gives one end another port for each destination.
 *
 * @param step what is to happen
 * @param port for {@link Step#AIM}, the outside port that the sender's NAT gave last; else 0
 */
public record SearchWord(Step step, int port) {
    /** Nothing: an ordinary signal. */
    public static final SearchWord NONE = new SearchWord(Step.NONE, 0);

    /** The steps of a search; in this order on the wire, from 0. */
    public enum Step {
        /** No search. */
        NONE,
        /** "Shall we search?" Either side may ask. */
        ASK,
        /** "I am ready", to who asked. */
        READY,
        /** The sender's NAT counts: its next ports follow that port in the signal's port step, and it sends from them. */
        AIM,
        /** The sender sends from many ports that nobody can know. */
        OPEN,
        /** "No", or "no more". */
        STOP,
        /** "Not now: I search with another". */
        BUSY
    }

    public SearchWord {
        if (port < 0 || port > Wire.U16_MAX || (port != 0) != (step == Step.AIM)) {
            throw new IllegalArgumentException(step + " with port " + port);
        }
    }

    /** A step that names no port. */
    public static SearchWord of(Step step) {
        return new SearchWord(step, 0);
    }
}

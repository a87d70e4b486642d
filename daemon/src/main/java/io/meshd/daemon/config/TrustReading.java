package io.meshd.daemon.config;

import io.meshd.identity.Trust;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the directories of trusted keys say at one moment.
 *
 * @param trust    whom to trust: where files are broken or contradict each other, what was trusted before
 * @param problems broken files and contradictions
 * @param notes    derived addresses that somebody else has
 */
public record TrustReading(Trust trust, List<Problem> problems, List<Trust.Note> notes) {
    public TrustReading {
        problems = List.copyOf(problems);
        notes = List.copyOf(notes);
    }

    /** Problems and notes, one line each: what {@code status} shows. */
    public List<String> warnings() {
        return Stream.concat(problems.stream().map(Problem::toString), notes.stream().map(Trust.Note::toString))
                .toList();
    }
}

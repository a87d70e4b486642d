package io.meshd.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.Identity;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SignalStatementTest {
    private static final SplittableRandom RANDOM = new SplittableRandom(3);
    private static final Identity CALLER = Identity.generate(RANDOM);
    private static final Identity CALLED = Identity.generate(RANDOM);

    private static Frame.Signal signal() {
        return SignalStatement.sign(CALLER, CALLED.publicKey(), 7, 9, false, MappingBehaviour.ADDRESS_DEPENDENT, -2,
                List.of(new SignalCandidate(SignalCandidate.Kind.REFLEXIVE, Samples.endpoint(RANDOM))));
    }

    @Test
    void verifiesWhatTheCallerSigned() {
        assertThat(SignalStatement.verify(signal())).isTrue();
    }

    @Test
    void noFieldCanBeChanged() {
        Frame.Signal true1 = signal();
        List<Frame.Signal> changed = new ArrayList<>();
        changed.add(new Frame.Signal(CALLED.publicKey(), true1.to(), 7, 9, false, true1.mapping(), -2,
                true1.candidates(), true1.signature()));
        changed.add(new Frame.Signal(true1.from(), CALLER.publicKey(), 7, 9, false, true1.mapping(), -2,
                true1.candidates(), true1.signature()));
        changed.add(new Frame.Signal(true1.from(), true1.to(), 8, 9, false, true1.mapping(), -2, true1.candidates(),
                true1.signature()));
        changed.add(new Frame.Signal(true1.from(), true1.to(), 7, 10, false, true1.mapping(), -2, true1.candidates(),
                true1.signature()));
        changed.add(new Frame.Signal(true1.from(), true1.to(), 7, 9, true, true1.mapping(), -2, true1.candidates(),
                true1.signature()));
        changed.add(
                new Frame.Signal(true1.from(), true1.to(), 7, 9, false, MappingBehaviour.NONE, -2, true1.candidates(),
                        true1.signature()));
        changed.add(new Frame.Signal(true1.from(), true1.to(), 7, 9, false, true1.mapping(), 2, true1.candidates(),
                true1.signature()));
        changed.add(new Frame.Signal(true1.from(), true1.to(), 7, 9, false, true1.mapping(), -2, List.of(),
                true1.signature()));
        changed.add(new Frame.Signal(true1.from(), true1.to(), 7, 9, false, true1.mapping(), -2,
                SearchWord.of(SearchWord.Step.OPEN), true1.candidates(), true1.signature()));

        assertThat(changed).noneMatch(SignalStatement::verify);
    }
}

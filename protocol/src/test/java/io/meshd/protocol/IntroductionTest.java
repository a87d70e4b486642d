package io.meshd.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.testing.Property;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What introducers say, and how it is told in pages. */
class IntroductionTest {
    @Test
    void isOfItsIntroducerOnlyAndOfOneForm() {
        Property.forAll(100, random -> {
            Identity introducer = Identity.generate(random);
            Introduction said = Samples.introduction(random, introducer);
            assertThat(said.verify()).isTrue();
            assertThat(Introduction.decode(said.encode())).isEqualTo(said);
            Introduction other = new Introduction(Identity.generate(random).publicKey(), said.node(), said.networkId(),
                    said.name(), said.prefixes(), said.relay(), said.millis(), said.signature());
            assertThat(other.verify()).isFalse();
            Introduction relayed = new Introduction(said.introducer(), said.node(), said.networkId(), said.name(),
                    said.prefixes(), !said.relay(), said.millis(), said.signature());
            assertThat(relayed.verify()).isFalse();
        });
    }

    @Test
    void pagesFitAPacketAndMakeTheSetAgain() {
        SplittableRandom random = new SplittableRandom(3);
        Identity introducer = Identity.generate(random);
        List<Introduction> all = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            all.add(Samples.introduction(random, introducer));
        }
        IntroductionSet set = IntroductionSet.of(all);
        List<Introduction> told = new ArrayList<>();
        List<List<Introduction>> pages = set.pages();
        for (int page = 0; page < pages.size(); page++) {
            Frame frame = new Frame.Introductions(set.digest(), page, pages.size(), pages.get(page));
            byte[] packet = FrameCodec.encode(frame);
            assertThat(packet.length).isLessThan(1_100);
            assertThat(FrameCodec.decode(packet, 0, packet.length)).isEqualTo(new Decoded.Message<>(List.of(frame)));
            told.addAll(pages.get(page));
        }
        assertThat(IntroductionSet.of(told).digest()).isEqualTo(set.digest());
        Collections.shuffle(all, new Random(1));
        assertThat(IntroductionSet.of(all).digest()).isEqualTo(set.digest());
        all.removeFirst();
        assertThat(IntroductionSet.of(all).digest()).isNotEqualTo(set.digest());
        assertThat(IntroductionSet.EMPTY.pages()).containsExactly(List.of());
        assertThat(IntroductionSet.EMPTY.digest()).isNotEqualTo(IntroductionSet.UNHEARD);
    }

    @Test
    void digestIsOfWhatIsSaidNotOfWhen() {
        SplittableRandom random = new SplittableRandom(4);
        Identity introducer = Identity.generate(random);
        Introduction first = Samples.introduction(random, introducer);
        Introduction later = Introduction.sign(introducer, first.node(), first.networkId(), first.name(),
                first.prefixes(), first.relay(), first.millis() + 1);
        assertThat(IntroductionSet.of(List.of(later)).digest()).isEqualTo(IntroductionSet.of(List.of(first)).digest());
        assertThat(first.says(first.networkId(), first.name(), first.prefixes(), first.relay())).isTrue();
        assertThat(first.says(first.networkId(), first.name(), first.prefixes(), !first.relay())).isFalse();
    }

    @Test
    void setIsBounded() {
        SplittableRandom random = new SplittableRandom(5);
        List<Introduction> many = new ArrayList<>();
        for (int i = 0; i < IntroductionSet.INTRODUCTIONS_MAX + 5; i++) {
            many.add(new Introduction(Samples.key(random), Samples.key(random), "net", "name", List.of(), false, 1,
                    Bytes.copyOf(new byte[64])));
        }
        assertThat(IntroductionSet.of(many).introductions()).hasSize(IntroductionSet.INTRODUCTIONS_MAX);
    }
}

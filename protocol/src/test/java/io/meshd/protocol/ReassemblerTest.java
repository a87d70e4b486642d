package io.meshd.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.meshd.identity.Bytes;
import io.meshd.testing.Property;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ReassemblerTest {
    /** Starts beside the overflow, since clocks may. */
    private static final long START = Long.sum(Long.MAX_VALUE, -1_000_000_000L);
    private static final Reassembly REFUSED_MALFORMED = new Reassembly.Refused(DropReason.MALFORMED);
    private static final Reassembly REFUSED_DUPLICATE = new Reassembly.Refused(DropReason.DUPLICATE);

    private final Reassembler reassembler = new Reassembler();

    @Test
    void piecesMakeTheMessageAgainInAnyOrder() {
        Property.forAll(300, random -> {
            byte[] message = Samples.bytes(random, 1, random.nextBoolean() ? 65_536 : 3000).toArray();
            int packetBytesMax = 300 + random.nextInt(1200);
            List<Frame.Fragment> pieces = new ArrayList<>(new Fragmenter(random.nextInt())
                    .split(message, packetBytesMax));
            for (Frame.Fragment piece : pieces) {
                assertThat(FrameCodec.encode(piece)).hasSizeLessThanOrEqualTo(packetBytesMax);
            }
            Collections.shuffle(pieces, new Random(random.nextLong()));
            Reassembler fresh = new Reassembler();
            for (Frame.Fragment piece : pieces.subList(0, pieces.size() - 1)) {
                assertThat(fresh.accept(START, piece)).isInstanceOf(Reassembly.Incomplete.class);
            }
            assertThat(fresh.accept(START, pieces.getLast()))
                    .isEqualTo(new Reassembly.Complete(Bytes.copyOf(message)));
            assertThat(fresh.heldBytes()).isZero();
            assertThat(fresh.nextDeadlineNanos()).isEqualTo(Deadlines.NEVER);
            assertThat(fresh.incompleteDropped()).isZero();
        });
    }

    @Test
    void fewestPiecesAreMadeAndEachMessageHasItsId() {
        Fragmenter fragmenter = new Fragmenter(-1);
        assertThat(fragmenter.split(new byte[100], 100 + 12)).hasSize(1);
        assertThat(fragmenter.split(new byte[101], 100 + 12)).hasSize(2)
                .allSatisfy(piece -> assertThat(piece.messageId()).isZero());
        assertThatIllegalArgumentException().isThrownBy(() -> fragmenter.split(new byte[0], 100));
        assertThatIllegalArgumentException().isThrownBy(() -> fragmenter.split(new byte[65_536], 1400));
        assertThatIllegalArgumentException().isThrownBy(() -> fragmenter.split(new byte[1], 12));
        assertThatIllegalArgumentException().isThrownBy(() -> fragmenter.split(new byte[256], 13));
        assertThat(fragmenter.split(new byte[255], 13)).hasSize(255);
    }

    @Test
    void duplicatesAreRefusedAndDoNoHarm() {
        List<Frame.Fragment> pieces = new Fragmenter(1).split(new byte[2000], 1012);
        reassembler.accept(START, pieces.get(0));
        assertThat(reassembler.accept(START, pieces.get(0))).isEqualTo(REFUSED_DUPLICATE);
        assertThat(reassembler.accept(START, piece(1, 0, 2, 5))).isEqualTo(REFUSED_DUPLICATE);
        assertThat(reassembler.accept(START, pieces.get(1)))
                .isEqualTo(new Reassembly.Complete(Bytes.copyOf(new byte[2000])));
    }

    @Test
    void contradictoryCountsSpoilTheMessage() {
        reassembler.accept(START, piece(1, 0, 2, 10));
        assertThat(reassembler.accept(START, piece(1, 1, 3, 10))).isEqualTo(REFUSED_MALFORMED);
        assertThat(reassembler.heldBytes()).isZero();
        assertThat(reassembler.incompleteDropped()).isEqualTo(1);
    }

    @Test
    void piecesThatAreNoneAreRefused() {
        for (Frame.Fragment nonsense : List.of(piece(1, 1, 1, 10), piece(1, -1, 1, 10), piece(1, 0, 0, 10),
                piece(1, 0, 256, 10), piece(1, 0, 2, 0))) {
            assertThat(reassembler.accept(START, nonsense)).isEqualTo(REFUSED_MALFORMED);
        }
        assertThat(reassembler.messagesInProgress()).isZero();
    }

    @Test
    void messagesLongerThanAnIpPacketAreGivenUp() {
        reassembler.accept(START, piece(1, 0, 3, 40_000));
        assertThat(reassembler.accept(START, piece(1, 1, 3, 25_536))).isEqualTo(REFUSED_MALFORMED);
        assertThat(reassembler.heldBytes()).isZero();
        assertThat(reassembler.accept(START, piece(2, 0, 2, 40_000))).isInstanceOf(Reassembly.Incomplete.class);
        assertThat(reassembler.accept(START, piece(2, 1, 2, 25_535))).isInstanceOf(Reassembly.Complete.class);
    }

    @Test
    void incompleteMessagesLiveFiveSeconds() {
        List<Frame.Fragment> pieces = new Fragmenter(1).split(new byte[2000], 1012);
        reassembler.accept(START, pieces.get(0));
        long deadline = START + 5_000_000_000L;
        assertThat(reassembler.nextDeadlineNanos()).isEqualTo(deadline);
        reassembler.handleTimeout(deadline - 1);
        assertThat(reassembler.messagesInProgress()).isEqualTo(1);
        reassembler.handleTimeout(deadline);
        assertThat(reassembler.messagesInProgress()).isZero();
        assertThat(reassembler.heldBytes()).isZero();
        assertThat(reassembler.incompleteDropped()).isEqualTo(1);
        assertThat(reassembler.accept(deadline, pieces.get(1))).isInstanceOf(Reassembly.Incomplete.class);
    }

    @Test
    void aLatePieceDoesNotProlongItsMessage() {
        reassembler.accept(START, piece(1, 0, 3, 10));
        reassembler.accept(START + 4_999_999_999L, piece(1, 1, 3, 10));
        assertThat(reassembler.accept(START + 5_000_000_000L, piece(1, 2, 3, 10)))
                .isInstanceOf(Reassembly.Incomplete.class);
        assertThat(reassembler.heldBytes()).isEqualTo(10);
    }

    @Test
    void theOldestGivesWay() {
        for (int id = 0; id < 9; id++) {
            reassembler.accept(START, piece(id, 0, 2, 100));
        }
        assertThat(reassembler.messagesInProgress()).isEqualTo(8);
        assertThat(reassembler.accept(START, piece(8, 1, 2, 1))).isInstanceOf(Reassembly.Complete.class);
        assertThat(reassembler.accept(START, piece(1, 1, 2, 1))).isInstanceOf(Reassembly.Complete.class);
        assertThat(reassembler.accept(START, piece(0, 1, 2, 1))).isInstanceOf(Reassembly.Incomplete.class);
    }

    @Test
    void bytesHeldAreBounded() {
        reassembler.accept(START, piece(1, 0, 2, 30_000));
        reassembler.accept(START, piece(2, 0, 2, 30_000));
        reassembler.accept(START, piece(3, 0, 2, 30_000));
        assertThat(reassembler.heldBytes()).isEqualTo(60_000);
        assertThat(reassembler.accept(START, piece(3, 1, 2, 1))).isInstanceOf(Reassembly.Complete.class);
        assertThat(reassembler.accept(START, piece(1, 1, 2, 1))).isInstanceOf(Reassembly.Incomplete.class);
    }

    /** Random pieces of few messages, among them nonsense: what comes out was put in, and the bounds hold. */
    @Test
    void neverHoldsTooMuchNorMakesUpMessages() {
        Property.forAll(100, random -> {
            Reassembler fresh = new Reassembler();
            Map<Integer, List<Frame.Fragment>> seen = new LinkedHashMap<>();
            long now = START;
            for (int i = 0; i < 300; i++) {
                now += random.nextLong(200_000_000L);
                Frame.Fragment fragment = randomPiece(random);
                seen.computeIfAbsent(fragment.messageId(), _ -> new ArrayList<>()).add(fragment);
                if (fresh.accept(now, fragment) instanceof Reassembly.Complete(var message)) {
                    assertThat(isMadeOf(message, seen.getOrDefault(fragment.messageId(), List.of()),
                            fragment.count())).isTrue();
                }
                assertThat(fresh.heldBytes()).isBetween(0, Reassembler.HELD_BYTES_MAX);
                assertThat(fresh.messagesInProgress()).isBetween(0, Reassembler.MESSAGES_MAX);
            }
            fresh.handleTimeout(now + Reassembler.LIFETIME_NANOS);
            assertThat(fresh.heldBytes()).isZero();
            assertThat(fresh.messagesInProgress()).isZero();
        });
    }

    private static Frame.Fragment randomPiece(SplittableRandom random) {
        int count = random.nextInt(20) == 0 ? random.nextInt(300) : 3;
        return new Frame.Fragment(random.nextInt(12), random.nextInt(-1, 4), count,
                Samples.bytes(random, 0, random.nextInt(10) == 0 ? 65_536 : 2000));
    }

    /** Whether some choice of one seen piece for each index, in order of index, gives the message. */
    private static boolean isMadeOf(Bytes message, List<Frame.Fragment> seen, int count) {
        Set<Integer> ends = Set.of(0);
        for (int index = 0; index < count; index++) {
            Set<Integer> next = new TreeSet<>();
            for (Frame.Fragment fragment : seen) {
                for (int at : ends) {
                    if (fragment.index() == index && at + fragment.piece().length() <= message.length() && Bytes
                            .copyOf(message.toArray(), at, fragment.piece().length()).equals(fragment.piece())) {
                        next.add(at + fragment.piece().length());
                    }
                }
            }
            ends = next;
        }
        return ends.contains(message.length());
    }

    private static Frame.Fragment piece(int messageId, int index, int count, int length) {
        return new Frame.Fragment(messageId, index, count, Bytes.copyOf(new byte[length]));
    }
}

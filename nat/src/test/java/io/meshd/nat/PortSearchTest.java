package io.meshd.nat;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.MappingBehaviour;
import io.meshd.protocol.SearchWord;
import io.meshd.protocol.SearchWord.Step;
import io.meshd.protocol.SignalCandidate;
import io.meshd.protocol.SignalStatement;
import io.meshd.testing.RecordingOutbox;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** One node that is asked to search, by peers good and bad. The whole of both sides is tested in simulated networks. */
class PortSearchTest {
    private static final long SECONDS = 1_000_000_000L;
    private static final long HOUR = 3_600 * SECONDS;
    private static final Endpoint.Direct RELAY_PLACE = TwoNodes.direct("198.51.100.99");
    private static final String VICTIM = "203.0.113.50";

    private final SplittableRandom random = new SplittableRandom(7);
    private final Identity self = Identity.generate(random);
    private final PublicKey relay = Identity.generate(random).publicKey();
    private final Paths paths = new Paths(self.publicKey(), random);
    private final RecordingOutbox out = new RecordingOutbox();
    private final List<Word> said = new ArrayList<>();
    private final Set<Integer> sockets = new HashSet<>();
    private final World world = new World();
    private final PortSearch search = new PortSearch(self.publicKey(), paths, world, world, random,
            (to, word, _, _) -> said.add(new Word(to, word.step())));
    /** Where datagrams of searches went, and when. */
    private final List<Sent> searched = new ArrayList<>();
    private MappingBehaviour mapping = MappingBehaviour.ENDPOINT_INDEPENDENT;
    private boolean isRelayHeard = true;
    private long now = -5 * SECONDS;
    private long sequence;

    private record Word(PublicKey to, Step step) {}

    private record Sent(long atNanos, Endpoint.Direct to) {}

    /** All peers are wanted, reached through the relay, and never straight. */
    private final class World implements Contacts, LocalSockets {
        @Override
        public boolean isWanted(PublicKey peer) {
            return true;
        }

        @Override
        public boolean hasSession(PublicKey peer) {
            return true;
        }

        @Override
        public List<PublicKey> messengers(PublicKey to) {
            return List.of(relay);
        }

        @Override
        public List<SignalCandidate> whereabouts() {
            return List.of(reflexive("203.0.113.7"));
        }

        @Override
        public MappingBehaviour mapping() {
            return mapping;
        }

        @Override
        public Set<InetAddress> network() {
            return Set.of(TwoNodes.direct("203.0.113.7").address().getAddress());
        }

        @Override
        public int portStep() {
            return 0;
        }

        @Override
        public void open(int number) {
            assertThat(sockets.add(number)).isTrue();
        }

        @Override
        public void close(int number) {
            assertThat(sockets.remove(number)).isTrue();
        }
    }

    private static SignalCandidate reflexive(String address) {
        return new SignalCandidate(SignalCandidate.Kind.REFLEXIVE, TwoNodes.direct(address).address());
    }

    /** The relay is there, on a path that has been measured. */
    private void begin() {
        PeerPaths ways = paths.of(relay);
        ways.sessionEstablished(now, RELAY_PLACE, false, out);
        for (int i = 0; i < 20; i++) {
            run(SECONDS / 10);
        }
    }

    private Identity peer() {
        Identity peer = Identity.generate(random);
        paths.of(peer.publicKey()).sessionEstablished(now, new Endpoint.Relayed(relay, peer.publicKey()), false, out);
        return peer;
    }

    private List<Word> says(Identity peer, MappingBehaviour ofPeer, SearchWord word, int portStep, String... seenAt) {
        said.clear();
        List<SignalCandidate> candidates = Stream.of(seenAt).map(PortSearchTest::reflexive).toList();
        search.handle(now, SignalStatement.sign(peer, self.publicKey(), 1, sequence++, true, ofPeer, portStep, word,
                candidates), out);
        deliver();
        return List.copyOf(said);
    }

    private List<Word> hardPeerSays(Identity peer, Step step, String... seenAt) {
        return says(peer, MappingBehaviour.ADDRESS_AND_PORT_DEPENDENT, SearchWord.of(step), 0, seenAt);
    }

    private static Word word(Identity to, Step step) {
        return new Word(to.publicKey(), step);
    }

    /** Lets time go by; the relay answers what it is asked. */
    private void run(long nanos) {
        long end = now + nanos;
        for (long next = next(); Deadlines.isDue(next, end); next = next()) {
            now = next - now > 0 ? next : now;
            paths.handleTimeout(now, out);
            search.handleTimeout(now, out);
            deliver();
        }
        now = end;
    }

    private long next() {
        return Deadlines.earlier(search.nextDeadlineNanos(), paths.nextDeadlineNanos());
    }

    private void deliver() {
        List<RecordingOutbox.SentFrame> frames = List.copyOf(out.frames());
        out.clear();
        for (RecordingOutbox.SentFrame sent : frames) {
            if (!(sent.frame() instanceof Frame.PathProbe(long token))
                    || !(sent.via() instanceof Endpoint.Direct via)) {
                continue;
            }
            if (!sent.peer().equals(relay)) {
                searched.add(new Sent(now, via));
            } else if (isRelayHeard) {
                Frame.PathProbeReply reply = new Frame.PathProbeReply(token, null);
                if (!search.answered(now, reply)) {
                    paths.of(relay).handle(now, reply, via, out);
                }
            }
        }
    }

    private void requireBudget() {
        assertThat(searched.size()).isLessThanOrEqualTo(PortTries.RANDOM + PortTries.PREDICTED);
        assertThat(new HashSet<>(searched.stream().map(Sent::to).toList())).as("never the same port twice")
                .hasSameSizeAs(searched);
        requirePace();
    }

    private void requirePace() {
        for (Sent first : searched) {
            assertThat(searched.stream().filter(sent -> sent.atNanos >= first.atNanos
                    && sent.atNanos - first.atNanos < SECONDS)).hasSizeLessThanOrEqualTo(Search.FLOWS_A_SECOND);
        }
    }

    @Test
    void easySideTriesTheHardSidesPortsWithinTheBudget() {
        begin();
        Identity hard = peer();

        assertThat(hardPeerSays(hard, Step.ASK, VICTIM)).containsExactly(word(hard, Step.READY));
        run(SECONDS);
        assertThat(searched).as("nothing before the other side begins").isEmpty();
        hardPeerSays(hard, Step.OPEN, VICTIM);
        hardPeerSays(hard, Step.OPEN, VICTIM);
        run(60 * SECONDS);

        assertThat(searched).hasSize(PortTries.RANDOM);
        requireBudget();
        assertThat(paths.counters().searchFlows()).isBetween((long) PortTries.RANDOM, PortTries.RANDOM + 20L);
        assertThat(paths.of(hard.publicKey()).decisions().getLast().reason())
                .isEqualTo("port search: nothing found");
    }

    @Test
    void victimGetsThreeSearchesAnHourHoweverManyPeersNameIt() {
        begin();
        List<Identity> peers = List.of(peer(), peer(), peer(), peer(), peer());
        for (int second = 0; second < 3_500; second++) {
            Identity bad = peers.get(second % peers.size());
            hardPeerSays(bad, Step.ASK, VICTIM);
            says(bad, MappingBehaviour.ADDRESS_DEPENDENT, new SearchWord(Step.AIM, 1 + random.nextInt(65_535)),
                    random.nextInt(), VICTIM);
            hardPeerSays(bad, Step.OPEN, VICTIM);
            run(SECONDS);
        }

        requirePace();
        assertThat(searched.size()).isBetween(SearchBudget.PER_TARGET_MAX * PortTries.RANDOM,
                SearchBudget.PER_TARGET_MAX * (PortTries.RANDOM + PortTries.PREDICTED));
    }

    @Test
    void nothingIsSearchedThatCannotBeThePeers() {
        begin();
        Identity bad = peer();

        assertThat(hardPeerSays(bad, Step.ASK)).as("no place").containsExactly(word(bad, Step.STOP));
        assertThat(hardPeerSays(bad, Step.ASK, "192.168.1.9")).as("private").containsExactly(word(bad, Step.STOP));
        assertThat(hardPeerSays(bad, Step.ASK, "127.0.0.1")).as("this host").containsExactly(word(bad, Step.STOP));
        assertThat(hardPeerSays(bad, Step.ASK, "203.0.113.7")).as("this node's own outside")
                .containsExactly(word(bad, Step.STOP));
        assertThat(hardPeerSays(bad, Step.ASK, VICTIM, "203.0.113.51")).as("several")
                .containsExactly(word(bad, Step.STOP));
        assertThat(says(bad, MappingBehaviour.ENDPOINT_INDEPENDENT, SearchWord.of(Step.ASK), 0, VICTIM))
                .as("not needed").containsExactly(word(bad, Step.STOP));
        run(60 * SECONDS);

        assertThat(searched).isEmpty();
        assertThat(paths.counters().searchesRefused()).isEqualTo(6);
    }

    @Test
    void wordsThatNobodyWaitsForDoNothing() {
        begin();
        Identity bad = peer();
        for (Step step : List.of(Step.READY, Step.OPEN, Step.STOP, Step.BUSY)) {
            assertThat(hardPeerSays(bad, step, VICTIM)).isEmpty();
        }
        says(bad, MappingBehaviour.ADDRESS_DEPENDENT, new SearchWord(Step.AIM, 5_000), 1, VICTIM);
        run(60 * SECONDS);

        assertThat(searched).isEmpty();
        assertThat(sockets).isEmpty();
    }

    @Test
    void whoAsksWithoutBeginningHoldsOthersUpForSecondsOnly() {
        begin();
        Identity bad = peer();
        Identity good = peer();
        int refused = 0;
        for (int second = 0; second < 600; second++) {
            refused += hardPeerSays(bad, Step.ASK, VICTIM).contains(word(bad, Step.STOP)) ? 1 : 0;
            run(SECONDS);
        }
        // Three times ready, for five seconds each.
        assertThat(refused).isGreaterThan(570);

        assertThat(hardPeerSays(good, Step.ASK, "203.0.113.60")).containsExactly(word(good, Step.READY));
        assertThat(hardPeerSays(bad, Step.ASK, "203.0.113.61")).as("one at a time")
                .containsExactly(word(bad, Step.BUSY));
    }

    @Test
    void hardSideOpensItsSocketsSlowlyAndClosesThem() {
        begin();
        mapping = MappingBehaviour.ADDRESS_AND_PORT_DEPENDENT;
        Identity easy = peer();

        assertThat(says(easy, MappingBehaviour.ENDPOINT_INDEPENDENT, SearchWord.of(Step.ASK), 0, VICTIM))
                .containsExactly(word(easy, Step.READY));
        run(3 * SECONDS);
        // And perhaps the one that asks whether new flows pass.
        assertThat(sockets.size()).isBetween(Search.HOLES, Search.HOLES + 1);
        assertThat(said).contains(word(easy, Step.OPEN));
        assertThat(searched).allMatch(sent -> sent.to.address().equals(TwoNodes.direct(VICTIM).address()));
        run(60 * SECONDS);

        assertThat(sockets).isEmpty();
        // Each once, and once more after five seconds.
        assertThat(searched).hasSize(2 * Search.HOLES);
    }

    @Test
    void searchEndsAtOnceWhenNobodyIsHeardThroughTheRouter() {
        begin();
        Identity hard = peer();
        hardPeerSays(hard, Step.ASK, VICTIM);
        hardPeerSays(hard, Step.OPEN, VICTIM);
        run(SECONDS);
        isRelayHeard = false;
        int before = searched.size();
        said.clear();
        run(10 * SECONDS);

        assertThat(searched.size() - before).isLessThan(2 * Search.FLOWS_A_SECOND);
        assertThat(said).containsExactly(word(hard, Step.STOP));
        assertThat(paths.counters().searchesStopped()).isEqualTo(1);
    }

    @Test
    void peerThatIsTrustedNoMoreIsSearchedNoMore() {
        begin();
        mapping = MappingBehaviour.ADDRESS_DEPENDENT;
        Identity easy = peer();
        says(easy, MappingBehaviour.NONE, SearchWord.of(Step.ASK), 0, VICTIM);
        run(3 * SECONDS);
        paths.remove(now, easy.publicKey(), out);
        search.remove(now, easy.publicKey(), out);

        assertThat(sockets).isEmpty();
        int before = searched.size();
        run(HOUR);
        assertThat(searched).hasSize(before);
    }
}

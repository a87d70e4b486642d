package io.meshd.nat.stun;

import io.meshd.identity.HostPort;
import io.meshd.nat.AddressScope;
import io.meshd.nat.FilteringBehaviour;
import io.meshd.nat.Observer;
import io.meshd.nat.OwnEndpoints;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Outbox;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Asks STUN servers where they see this node, and how the NAT in front of it behaves; {@link OwnEndpoints} hears what
 * they say.
 *
 * <p>A survey asks every server, and with the first of them that has two addresses makes the tests of RFC 5780. It is
 * made at the start, when this host's addresses or its outside change, and every ten minutes. Between surveys one
 * server is asked every 25 s, unless peers say the same anyway. Pure; owned by the node's thread. Sends from the one
 * port, since the question is how that one is mapped.
 */
public final class StunClient {
    /** More servers than this tell nothing new. */
    public static final int SERVERS_MAX = 8;
    /** Questions under way: two families of each server, and a test of three in each family. */
    static final int TRANSACTIONS_MAX = 2 * SERVERS_MAX + 6;
    /** NATs keep a UDP mapping for 30 s at the very least (RFC 4787 section 4.3 asks for more, and some ask less). */
    static final long REFRESH_NANOS = 25_000_000_000L;
    static final long SURVEY_NANOS = 600_000_000_000L;
    /** However often the outside changes, surveys are no more frequent than this. */
    static final long SURVEY_PAUSE_NANOS = 10_000_000_000L;

    private static final int CONTACTED_MAX = 64;
    /** As long as the answer needs: RFC 5780 servers need no padding, but peers answer with no more than was asked. */
    private static final String SOFTWARE = "meshd               ";

    private final RandomGenerator random;
    private final OwnEndpoints own;
    private final Deadlines<Timer> timers = new Deadlines<>(Timer.class);
    private final Map<TransactionId, Transaction> underWay = new LinkedHashMap<>();
    private final Map<Boolean, BehaviourTest> tests = new HashMap<>();
    /** Addresses that plain questions went to: the NAT may let packets from there in. */
    private final LinkedHashSet<InetAddress> contacted = new LinkedHashSet<>();
    private List<StunServer> servers = List.of();
    private boolean testsWanted4;
    private boolean testsWanted6;
    private long surveyedNanos = Deadlines.NEVER;
    private long questions;
    private long heard;
    private long unexpected;

    private enum Timer {
        SURVEY, REFRESH
    }

    /**
     * A client without servers, which does nothing.
     *
     * @param random where transaction ids come from: one that nobody can predict
     * @param own    hears what servers say
     */
    public StunClient(RandomGenerator random, OwnEndpoints own) {
        this.random = random;
        this.own = own;
    }

    // What the node tells.

    /** These servers are configured, in the order of preference. */
    public void servers(long nowNanos, List<HostPort> places) {
        List<StunServer> before = servers;
        servers = places.stream().distinct().limit(SERVERS_MAX)
                .map(place -> before.stream().filter(server -> server.place().equals(place)).findFirst()
                        .orElseGet(() -> new StunServer(place, nowNanos)))
                .toList();
        underWay.values().removeIf(asked -> asked.purpose() instanceof Transaction.Purpose.Where(StunServer server)
                && !servers.contains(server));
        if (servers.isEmpty()) {
            stop();
        } else if (!servers.equals(before)) {
            surveySoon(nowNanos);
        }
    }

    private void stop() {
        timers.cancelAll();
        underWay.clear();
        tests.clear();
    }

    /** The host's addresses are others than before: nothing that was asked is of interest any more. */
    public void networkChanged(long nowNanos) {
        stop();
        contacted.clear();
        surveyedNanos = Deadlines.NEVER;
        surveySoon(nowNanos);
    }

    /** Somebody wants to know now: all are asked, unless that was done a moment ago. */
    public void look(long nowNanos) {
        if (surveyedNanos == Deadlines.NEVER || nowNanos - surveyedNanos >= SURVEY_PAUSE_NANOS) {
            surveySoon(nowNanos);
        }
    }

    private void surveySoon(long nowNanos) {
        if (!servers.isEmpty()) {
            long earliestNanos = surveyedNanos == Deadlines.NEVER ? nowNanos : surveyedNanos + SURVEY_PAUSE_NANOS;
            timers.set(Timer.SURVEY, earliestNanos - nowNanos > 0 ? earliestNanos : nowNanos);
        }
    }

    /** Host names that wait to be looked up. */
    public SortedSet<String> unresolved() {
        SortedSet<String> names = new TreeSet<>();
        servers.stream().filter(StunServer::wantsLookup).forEach(server -> names.add(server.place().host()));
        return names;
    }

    /** A host name has these addresses; none when it could not be looked up. */
    public void resolved(long nowNanos, String host, List<InetAddress> addresses, Outbox out) {
        for (StunServer server : servers) {
            if (server.isCalled(host)) {
                InetSocketAddress before4 = server.at(false);
                InetSocketAddress before6 = server.at(true);
                server.resolved(nowNanos, addresses);
                askIfNew(nowNanos, server, before4, false, out);
                askIfNew(nowNanos, server, before6, true, out);
            }
        }
    }

    private void askIfNew(long nowNanos, StunServer server, @Nullable InetSocketAddress before, boolean v6,
            Outbox out) {
        InetSocketAddress at = server.at(v6);
        if (at != null && !at.equals(before)) {
            ask(nowNanos, server, v6, out);
        }
    }

    /** A success or error came. What nobody asked for, or what comes from elsewhere than it must, changes nothing. */
    public void handle(long nowNanos, StunMessage answer, InetSocketAddress from, Outbox out) {
        Transaction asked = underWay.get(answer.transaction());
        if (asked == null || !asked.answerFrom().equals(from)) {
            unexpected++;
            return;
        }
        heard++;
        underWay.remove(asked.id());
        InetSocketAddress mapped = answer.mapped();
        if (answer.kind() == StunMessage.Kind.SUCCESS && mapped != null && answer.notUnderstood().isEmpty()) {
            answered(nowNanos, asked, answer, mapped, out);
        } else {
            failed(nowNanos, asked, out);
        }
    }

    /** Does what is due. */
    public void handleTimeout(long nowNanos, Outbox out) {
        servers.forEach(server -> server.lookUpIfDue(nowNanos));
        if (timers.expire(Timer.SURVEY, nowNanos)) {
            survey(nowNanos, out);
        }
        if (timers.expire(Timer.REFRESH, nowNanos)) {
            refresh(nowNanos, false, out);
            refresh(nowNanos, true, out);
            armRefresh(nowNanos);
        }
        for (Transaction asked : List.copyOf(underWay.values())) {
            boolean isDue = Deadlines.isDue(asked.nextNanos(), nowNanos) && underWay.containsKey(asked.id());
            if (isDue && !asked.send(nowNanos, out)) {
                underWay.remove(asked.id());
                failed(nowNanos, asked, out);
            }
        }
    }

    /** When {@link #handleTimeout} is to be called, or {@link Deadlines#NEVER}. */
    public long nextDeadlineNanos() {
        long next = timers.next();
        for (StunServer server : servers) {
            next = Deadlines.earlier(next, server.nextLookupNanos());
        }
        for (Transaction asked : underWay.values()) {
            next = Deadlines.earlier(next, asked.nextNanos());
        }
        return next;
    }

    // What others ask.

    /** Whether answers are waited for. */
    public boolean isAsking() {
        return !underWay.isEmpty();
    }

    /** The configured servers, each in the families that it has. */
    public List<StunServerView> views() {
        List<StunServerView> views = new ArrayList<>();
        for (StunServer server : servers) {
            if (server.at(false) == null && server.at(true) == null) {
                views.add(new StunServerView(server.place(), null, false, Deadlines.NEVER, 0));
            }
            for (boolean v6 : new boolean[]{false, true}) {
                StunServerView view = server.view(v6);
                if (view != null) {
                    views.add(view);
                }
            }
        }
        return views;
    }

    /** Questions asked, each of which may have been sent several times. */
    public long questions() {
        return questions;
    }

    /** Answers to these. */
    public long heard() {
        return heard;
    }

    /** Answers to nothing that was asked, or from elsewhere: late, doubled or forged. */
    public long unexpected() {
        return unexpected;
    }

    // How it works.

    private void survey(long nowNanos, Outbox out) {
        surveyedNanos = nowNanos;
        timers.set(Timer.SURVEY, nowNanos + SURVEY_NANOS);
        armRefresh(nowNanos);
        testsWanted4 = true;
        testsWanted6 = true;
        for (StunServer server : servers) {
            ask(nowNanos, server, false, out);
            ask(nowNanos, server, true, out);
        }
    }

    private void armRefresh(long nowNanos) {
        timers.set(Timer.REFRESH, nowNanos + REFRESH_NANOS);
    }

    /** Asks the first server of a family that answers: one packet keeps the NAT's mapping as well as many. */
    private void refresh(long nowNanos, boolean v6, Outbox out) {
        if (!own.isSeenByPeers(nowNanos, v6)) {
            for (StunServer server : servers) {
                if (server.answers(v6)) {
                    ask(nowNanos, server, v6, out);
                    return;
                }
            }
        }
    }

    private void ask(long nowNanos, StunServer server, boolean v6, Outbox out) {
        InetSocketAddress at = server.at(v6);
        boolean isAsked = underWay.values().stream().anyMatch(asked -> asked.to().equals(at)
                && asked.purpose() instanceof Transaction.Purpose.Where);
        if (at != null && own.has(v6) && !isAsked) {
            contact(at.getAddress());
            boolean _ = ask(nowNanos, new Transaction.Purpose.Where(server), at, at, null, out);
        }
    }

    private void contact(InetAddress address) {
        if (contacted.size() >= CONTACTED_MAX) {
            contacted.removeFirst();
        }
        contacted.add(address);
    }

    /** Asks; false when too much is asked already. */
    private boolean ask(long nowNanos, Transaction.Purpose purpose, InetSocketAddress to, InetSocketAddress answerFrom,
            StunAttribute.@Nullable ChangeRequest change, Outbox out) {
        if (underWay.size() >= TRANSACTIONS_MAX) {
            return false;
        }
        TransactionId id = TransactionId.random(random);
        List<StunAttribute> attributes = new ArrayList<>();
        if (change != null) {
            attributes.add(change);
        }
        attributes.add(new StunAttribute.Software(SOFTWARE));
        byte[] request = StunCodec.encode(new StunMessage(StunMessage.Kind.REQUEST, id, attributes, true));
        questions++;
        Transaction asked = new Transaction(id, purpose, to, answerFrom, questions, request, nowNanos);
        underWay.put(id, asked);
        return asked.send(nowNanos, out);
    }

    private void answered(long nowNanos, Transaction asked, StunMessage answer, InetSocketAddress mapped, Outbox out) {
        switch (asked.purpose()) {
            case Transaction.Purpose.Where(StunServer server) -> {
                server.answered(nowNanos, isV6(asked.to()), nowNanos - asked.sentNanos());
                located(nowNanos, asked, mapped);
                StunAttribute.OtherAddress other = answer.first(StunAttribute.OtherAddress.class);
                if (other != null) {
                    test(nowNanos, new BehaviourTest(asked.to(), other.address(), mapped), out);
                }
            }
            case Transaction.Purpose.Filtering(BehaviourTest test, boolean fromOtherAddress) -> {
                test.filtering(fromOtherAddress, true);
                filteringSettled(nowNanos, test, out);
            }
            case Transaction.Purpose.Mapping(BehaviourTest test) -> {
                located(nowNanos, asked, mapped);
                otherAddressAnswered(nowNanos, asked, test, mapped, out);
            }
        }
    }

    private void failed(long nowNanos, Transaction asked, Outbox out) {
        switch (asked.purpose()) {
            case Transaction.Purpose.Where(StunServer server) -> server.silent(nowNanos, isV6(asked.to()));
            case Transaction.Purpose.Filtering(BehaviourTest test, boolean fromOtherAddress) -> {
                test.filtering(fromOtherAddress, false);
                filteringSettled(nowNanos, test, out);
            }
            case Transaction.Purpose.Mapping(BehaviourTest test) -> end(test);
        }
    }

    private void located(long nowNanos, Transaction asked, InetSocketAddress mapped) {
        boolean isNew = own.all(nowNanos).stream().noneMatch(known -> known.endpoint().equals(mapped));
        own.observed(nowNanos, new Observer.StunServer(asked.to(), asked.question()), mapped);
        // Outside a survey this means that the NAT has forgotten its mapping, or is another one.
        if (isNew && surveyedNanos != Deadlines.NEVER && nowNanos - surveyedNanos > SURVEY_PAUSE_NANOS) {
            surveySoon(nowNanos);
        }
    }

    private static boolean isV6(InetSocketAddress address) {
        return address.getAddress() instanceof Inet6Address;
    }

    // RFC 5780.

    /** Begins the tests, once a survey in each family, unless the other address is none that a server could have. */
    private void test(long nowNanos, BehaviourTest test, Outbox out) {
        InetSocketAddress server = test.server();
        InetSocketAddress other = test.otherAddressAndPort();
        boolean v6 = isV6(server);
        boolean isWanted = v6 ? testsWanted6 : testsWanted4;
        // A server may not send this node where only this node can go.
        boolean isFair = isV6(other) == v6 && !other.getAddress().equals(server.getAddress())
                && other.getPort() != server.getPort()
                && AddressScope.of(other).compareTo(AddressScope.of(server)) >= 0 && !own.isLocal(other);
        if (!isWanted || !isFair || tests.containsKey(v6)) {
            return;
        }
        if (v6) {
            testsWanted6 = false;
        } else {
            testsWanted4 = false;
        }
        tests.put(v6, test);
        boolean isKnown = own.nat(nowNanos, v6).filtering() != FilteringBehaviour.UNKNOWN;
        if (isKnown || contacted.contains(other.getAddress())) {
            mapping(nowNanos, test, out);
            return;
        }
        test.beginFiltering();
        boolean isAsked = ask(nowNanos, new Transaction.Purpose.Filtering(test, true), server, other,
                new StunAttribute.ChangeRequest(true, true), out)
                && ask(nowNanos, new Transaction.Purpose.Filtering(test, false), server, test.otherPort(),
                        new StunAttribute.ChangeRequest(false, true), out);
        if (!isAsked) {
            end(test);
        }
    }

    private void filteringSettled(long nowNanos, BehaviourTest test, Outbox out) {
        if (test.isFilteringSettled() && isUnderTest(test) && !isAskedAbout(test)) {
            underWay.values()
                    .removeIf(asked -> asked.purpose() instanceof Transaction.Purpose.Filtering(var of, boolean _)
                            && of == test);
            mapping(nowNanos, test, out);
        }
    }

    private boolean isUnderTest(BehaviourTest test) {
        return tests.get(isV6(test.server())) == test;
    }

    private boolean isAskedAbout(BehaviourTest test) {
        return underWay.values().stream()
                .anyMatch(asked -> asked.purpose() instanceof Transaction.Purpose.Mapping(var of) && of == test);
    }

    private void mapping(long nowNanos, BehaviourTest test, Outbox out) {
        contact(test.otherAddress().getAddress());
        askOther(nowNanos, test, test.otherAddress(), out);
    }

    private void askOther(long nowNanos, BehaviourTest test, InetSocketAddress at, Outbox out) {
        if (!ask(nowNanos, new Transaction.Purpose.Mapping(test), at, at, null, out)) {
            end(test);
        }
    }

    private void otherAddressAnswered(long nowNanos, Transaction asked, BehaviourTest test, InetSocketAddress mapped,
            Outbox out) {
        if (test.filtering() != FilteringBehaviour.UNKNOWN) {
            own.filtering(isV6(test.server()), test.filtering());
        }
        if (asked.to().equals(test.otherAddress()) && !mapped.equals(test.seenByServer())) {
            // It depends on the address; on the port as well?
            askOther(nowNanos, test, test.otherAddressAndPort(), out);
        } else {
            end(test);
        }
    }

    private void end(BehaviourTest test) {
        tests.remove(isV6(test.server()), test);
    }
}

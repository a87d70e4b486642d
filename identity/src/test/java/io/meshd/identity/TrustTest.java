package io.meshd.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TrustTest {
    private static final Instant NOW = Instant.parse("2026-12-01T00:00:00Z");
    private static final PublicKey SELF_KEY = Seeds.key(100);
    private static final Trust.Self SELF = self();
    private static final PublicKey ALPHA = Seeds.key(1);
    private static final PublicKey BETA = Seeds.key(2);
    private static final PublicKey GAMMA = Seeds.key(3);

    @Test
    void peersOwnTheirPrefixesOrTheirDerivedAddresses() {
        Trust trust = consistent(SELF, member("alpha", ALPHA), member("beta", BETA, "10.42.1.0/24"),
                member("gamma", GAMMA, "fd42::/64", "10.42.2.0/24"), stock("phone", 4, "10.42.9.2/32"));
        List<IpAddress> alpha = OverlayAddresses.DEFAULT.of(ALPHA);
        assertThat(prefixes(trust, "alpha")).containsExactly(Prefix.host(alpha.get(0)), Prefix.host(alpha.get(1)));
        IpAddress betaV6 = OverlayAddresses.DEFAULT.of(BETA).get(1);
        assertThat(prefixes(trust, "beta")).containsExactly(prefix("10.42.1.0/24"), Prefix.host(betaV6));
        assertThat(prefixes(trust, "gamma")).containsExactly(prefix("fd42::/64"), prefix("10.42.2.0/24"));
        assertThat(prefixes(trust, "phone")).containsExactly(prefix("10.42.9.2/32"));
    }

    private static List<Prefix> prefixes(Trust trust, String name) {
        TrustedPeer peer = trust.peer(name);
        return peer == null ? List.of() : peer.prefixes();
    }

    @Test
    void theNodeOwnsItsOwnInTheSameWay() {
        List<IpAddress> derived = OverlayAddresses.DEFAULT.of(SELF_KEY);
        assertThat(Trust.empty(SELF).ownPrefixes()).containsExactly(Prefix.host(derived.get(0)),
                Prefix.host(derived.get(1)));
        assertThat(consistent(self("10.42.0.0/24")).ownPrefixes()).containsExactly(prefix("10.42.0.0/24"),
                Prefix.host(derived.get(1)));
        assertThat(Trust.empty(SELF).peers()).isEmpty();
    }

    @Test
    void findsPeersByEveryName() {
        Trust trust = consistent(SELF, member("alpha", ALPHA), stock("phone", 4));
        TrustedPeer alpha = trust.peers().get(0);
        TrustedPeer phone = trust.peers().get(1);
        assertThat(trust.peer(ALPHA)).isSameAs(alpha);
        assertThat(trust.peer(ALPHA.tunnelKey())).isSameAs(alpha);
        assertThat(trust.peer("phone")).isSameAs(phone);
        assertThat(trust.peer(Seeds.key(4).tunnelKey())).isSameAs(phone);
        assertThat(trust.peer(Seeds.key(4))).isNull();
        assertThat(trust.find("phone")).isEqualTo(new Trust.Found(phone));
        assertThat(trust.find(ALPHA.peerId())).isEqualTo(new Trust.Found(alpha));
        assertThat(trust.find(ALPHA.peerId().substring(0, 6))).isEqualTo(new Trust.Found(alpha));
        assertThat(trust.find(ALPHA.peerId().substring(0, 5))).isEqualTo(new Trust.Unknown(null));
        assertThat(trust.find(ALPHA.peerId() + "a")).isEqualTo(new Trust.Unknown(null));
        assertThat(trust.find("alhpa")).isEqualTo(new Trust.Unknown("alpha"));
        assertThat(trust.find("")).isEqualTo(new Trust.Unknown(null));
        assertThat(alpha.key()).isEqualTo(ALPHA);
        assertThat(phone.key()).isNull();
        assertThat(phone.isStock()).isTrue();
    }

    @Test
    void aBeginningOfTwoPeerIdsIsAmbiguous() {
        byte[] close = ALPHA.bytes();
        close[20]++;
        // No sound key, which does not matter here: only its text does.
        Trust trust = consistent(SELF, member("alpha", ALPHA), member("beta", PublicKey.of(close)));
        assertThat(trust.find(ALPHA.peerId().substring(0, 10))).isEqualTo(new Trust.Ambiguous(trust.peers()));
        assertThat(trust.find(ALPHA.peerId())).isEqualTo(new Trust.Found(trust.peers().get(0)));
    }

    @Test
    void aNameGoesBeforeABeginning() {
        String beginning = ALPHA.peerId().substring(0, 8);
        Trust trust = consistent(SELF, member("alpha", ALPHA), member(beginning, BETA));
        assertThat(trust.find(beginning)).isEqualTo(new Trust.Found(trust.peers().get(1)));
    }

    @Test
    void theNodeIsNoPeerOfItself() {
        assertConflicts(SELF, List.of(member("me", SELF_KEY)), "OWN_KEY me: me is this node's own key");
        assertConflicts(SELF, List.of(member("me", twin(SELF_KEY))),
                "TWIN me: in a tunnel the key of me is this node's own");
        assertConflicts(SELF, List.of(stock("me", 100)), "TWIN me: in a tunnel the key of me is this node's own");
    }

    @Test
    void nobodyIsTrustedTwice() {
        assertConflicts(SELF, List.of(member("alpha", ALPHA), member("a", ALPHA)),
                "SAME_KEY a: the key of a is trusted already, as alpha (alpha.pub)");
        assertConflicts(SELF, List.of(member("alpha", ALPHA), member("a", twin(ALPHA))),
                "TWIN a: in a tunnel the key of a is that of alpha (alpha.pub)");
        assertConflicts(SELF, List.of(member("alpha", ALPHA), stock("a", 1)),
                "TWIN a: in a tunnel the key of a is that of alpha (alpha.pub)");
        assertConflicts(SELF, List.of(stock("phone", 4), stock("tablet", 4)),
                "SAME_KEY tablet: the key of tablet is trusted already, as phone (phone.pub)");
    }

    @Test
    void aNameStandsForOneKey() {
        assertConflicts(SELF, List.of(member("alpha", ALPHA), member("alpha", BETA)),
                "SAME_NAME alpha: another key has the name alpha already, in alpha.pub");
        assertConflicts(SELF, List.of(member("alpha", ALPHA), stock("alpha", 1)),
                "SAME_NAME alpha: another key has the name alpha already, in alpha.pub");
    }

    @Test
    void twoPlacesMaySayTheSame() {
        TrustEntry again = new TrustEntry(new AuthorizedKey.Member("alpha", ALPHA,
                List.of(prefix("fd42::/64"), prefix("10.1.0.0/16")), false, false, null, null, null, ""), "meshd.toml");
        assertThat(consistent(SELF, member("alpha", ALPHA, "10.1.0.0/16", "fd42::/64"), again).peers()).hasSize(1);
        assertConflicts(SELF, List.of(member("alpha", ALPHA, "10.1.0.0/16"), again),
                "DISAGREEMENT alpha: alpha has other options than in alpha.pub");
    }

    @Test
    void prefixesOverlapNobodyElses() {
        assertConflicts(SELF, List.of(member("alpha", ALPHA, "10.1.0.0/16"), member("beta", BETA, "10.1.2.0/24")),
                "OVERLAP beta: prefix 10.1.2.0/24 of beta overlaps 10.1.0.0/16 of alpha (alpha.pub)");
        assertConflicts(SELF, List.of(member("alpha", ALPHA, "10.1.2.0/24"), member("beta", BETA, "10.1.0.0/16")),
                "OVERLAP beta: prefix 10.1.0.0/16 of beta overlaps 10.1.2.0/24 of alpha (alpha.pub)");
        assertConflicts(SELF, List.of(member("alpha", ALPHA, "fd42::/64"), stock("phone", 4, "fd42::/64")),
                "OVERLAP phone: prefix fd42::/64 of phone belongs to alpha (alpha.pub)");
        assertConflicts(self("10.1.0.0/16"), List.of(member("alpha", ALPHA, "10.1.2.0/24")),
                "OVERLAP alpha: prefix 10.1.2.0/24 of alpha overlaps 10.1.0.0/16 of this node");
        assertThat(consistent(SELF, member("alpha", ALPHA, "10.1.0.0/16", "10.1.2.0/24")).peers()).hasSize(1);
    }

    @Test
    void stockDeviceMayHaveAPartOfWhatIsThisNodesOwn() {
        Trust trust = consistent(self("10.1.0.0/16"), stock("phone", 4, "10.1.2.3/32"));
        assertThat(prefixes(trust, "phone")).containsExactly(prefix("10.1.2.3/32"));
        assertThat(trust.ownPrefixes()).contains(prefix("10.1.0.0/16"));
        assertConflicts(self("10.1.0.0/16"), List.of(stock("phone", 4, "10.1.0.0/16")),
                "OVERLAP phone: prefix 10.1.0.0/16 of phone belongs to this node");
        assertConflicts(self("10.1.2.0/24"), List.of(stock("phone", 4, "10.1.0.0/16")),
                "OVERLAP phone: prefix 10.1.0.0/16 of phone overlaps 10.1.2.0/24 of this node");
        assertConflicts(self("10.1.0.0/16"), List.of(stock("phone", 4, "10.1.2.0/24"), stock("tv", 5, "10.1.2.3/32")),
                "OVERLAP tv: prefix 10.1.2.3/32 of tv overlaps 10.1.2.0/24 of phone (phone.pub)");
    }

    @Test
    void defaultRoutesMayOverlapButHaveOneOwner() {
        Trust trust = consistent(self("10.1.0.0/16"), member("exit", ALPHA, "0.0.0.0/0", "::/0"),
                member("beta", BETA, "10.2.0.0/16", "fd42::/64"));
        assertThat(trust.peers()).hasSize(2);
        assertConflicts(SELF, List.of(member("exit", ALPHA, "0.0.0.0/0"), member("beta", BETA, "0.0.0.0/0", "::/0")),
                "SECOND_DEFAULT_ROUTE beta: prefix 0.0.0.0/0 of beta belongs to exit (exit.pub)");
        assertThat(consistent(SELF, member("four", ALPHA, "0.0.0.0/0"), member("six", BETA, "::/0")).peers())
                .hasSize(2);
    }

    @Test
    void allConflictsAreTold() {
        assertConflicts(self("10.9.0.0/16"),
                List.of(member("alpha", ALPHA, "10.1.0.0/16"), member("me", SELF_KEY),
                        member("beta", BETA, "10.1.1.0/24", "10.9.0.0/24"), member("b", BETA), member("alpha", GAMMA)),
                "OWN_KEY me: me is this node's own key",
                "SAME_KEY b: the key of b is trusted already, as beta (beta.pub)",
                "SAME_NAME alpha: another key has the name alpha already, in alpha.pub",
                "OVERLAP beta: prefix 10.1.1.0/24 of beta overlaps 10.1.0.0/16 of alpha (alpha.pub)",
                "OVERLAP beta: prefix 10.9.0.0/24 of beta overlaps 10.9.0.0/16 of this node");
    }

    /** In a /30 two addresses remain, so that keys collide at once. */
    @Test
    void theFirstTrustedKeepsADerivedAddress() {
        OverlayAddresses narrow = OverlayAddresses.of(List.of(prefix("10.7.7.4/30"), prefix("fd99::/64"))).orThrow();
        Trust.Self self = new Trust.Self(SELF_KEY, List.of(prefix("10.200.0.0/24")), narrow);
        List<PublicKey> colliding = new ArrayList<>();
        for (int seed = 1; colliding.size() < 3; seed++) {
            if (new IpAddress(false, 0, 0x0a07_0705).equals(narrow.v4Of(Seeds.key(seed)))) {
                colliding.add(Seeds.key(seed));
            }
        }
        Trust.Consistent result = (Trust.Consistent) Trust.build(self, List.of(member("c", colliding.get(2)),
                member("a", colliding.get(0)), member("b", colliding.get(1))), NOW);
        assertThat(prefixes(result.trust(), "c")).hasSize(2);
        assertThat(prefixes(result.trust(), "a")).singleElement()
                .satisfies(only -> assertThat(only.address().isV6()).isTrue());
        assertThat(result.notes()).containsExactly(
                new Trust.Note("a", colliding.get(0), new IpAddress(false, 0, 0x0a07_0705), "c"),
                new Trust.Note("b", colliding.get(1), new IpAddress(false, 0, 0x0a07_0705), "c"));
        assertThat(result.notes().get(0)).asString().startsWith(
                "a has no IPv4 address: its derived address 10.7.7.5 belongs to c; choose another");
    }

    @Test
    void derivedAddressesGiveWayToConfiguredPrefixes() {
        IpAddress derived = OverlayAddresses.DEFAULT.of(ALPHA).get(0);
        String around = Prefix.around(derived, 24).toString();
        for (Trust.Self self : List.of(SELF, self(around))) {
            List<TrustEntry> entries = new ArrayList<>(List.of(member("alpha", ALPHA)));
            if (self.equals(SELF)) {
                entries.add(member("beta", BETA, around));
            }
            Trust.Consistent result = (Trust.Consistent) Trust.build(self, entries, NOW);
            assertThat(prefixes(result.trust(), "alpha")).hasSize(1);
            assertThat(result.notes()).containsExactly(
                    new Trust.Note("alpha", ALPHA, derived, self.equals(SELF) ? "beta" : null));
        }
    }

    @Test
    void derivedAddressesDoNotGiveWayToDefaultRoutes() {
        Trust trust = consistent(SELF, member("exit", BETA, "0.0.0.0/0", "::/0"), member("alpha", ALPHA));
        assertThat(prefixes(trust, "alpha")).hasSize(2);
    }

    @Test
    void trustEnds() {
        TrustEntry soon = expiring("alpha", ALPHA, NOW.plusSeconds(10));
        TrustEntry later = expiring("beta", BETA, NOW.plus(Duration.ofDays(9)));
        Trust trust = consistent(SELF, later, soon, member("gamma", GAMMA));
        assertThat(trust.nextExpiry()).isEqualTo(NOW.plusSeconds(10));
        assertThat(trust.expiredAt(NOW.plusSeconds(9))).isEmpty();
        assertThat(trust.expiredAt(NOW.plusSeconds(10))).extracting(TrustedPeer::name).containsExactly("alpha");
        Trust rebuilt = ((Trust.Consistent) Trust.build(SELF, List.of(later, soon), NOW.plusSeconds(10))).trust();
        assertThat(rebuilt.peers()).extracting(TrustedPeer::name).containsExactly("beta");
        assertThat(consistent(SELF, member("gamma", GAMMA)).nextExpiry()).isNull();
    }

    @Test
    void endedTrustConflictsWithNothing() {
        TrustEntry ended = expiring("alpha", ALPHA, NOW);
        assertThat(consistent(SELF, ended, member("a", ALPHA), member("alpha", BETA)).peers()).hasSize(2);
    }

    /** Against a model that compares every pair. */
    @Test
    void findsExactlyTheOverlapsThatThereAre() {
        Seeds.forAll(500, random -> {
            Trust.Self self = self(random.nextBoolean() ? new String[0] : new String[]{someRange(random)});
            List<TrustEntry> entries = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                Set<String> prefixes = new LinkedHashSet<>();
                for (int j = random.nextInt(4); j > 0; j--) {
                    prefixes.add(someRange(random));
                }
                entries.add(member("p" + i, Seeds.key(i), prefixes.toArray(String[]::new)));
            }
            Set<String> expected = naiveOverlaps(self, entries);
            Set<String> found = new LinkedHashSet<>();
            if (Trust.build(self, entries, NOW) instanceof Trust.Contradictory(var conflicts)) {
                conflicts.forEach(conflict -> found.add(conflict.message()));
            }
            assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
        });
    }

    private static Set<String> naiveOverlaps(Trust.Self self, List<TrustEntry> entries) {
        Set<String> overlaps = new LinkedHashSet<>();
        for (int i = 0; i < entries.size(); i++) {
            TrustEntry later = entries.get(i);
            for (int j = -1; j < i; j++) {
                @Nullable
                TrustEntry earlier = j < 0 ? null : entries.get(j);
                List<Prefix> theirs = earlier == null ? self.configuredPrefixes() : earlier.key().prefixes();
                String owner = earlier == null ? "this node" : earlier.key().name() + " (" + earlier.source() + ")";
                for (Prefix mine : later.key().prefixes()) {
                    for (Prefix other : theirs) {
                        boolean counts = mine.equals(other)
                                || (mine.overlaps(other) && !mine.isDefaultRoute() && !other.isDefaultRoute());
                        if (counts) {
                            overlaps.add("prefix " + mine + " of " + later.key().name() + (mine.equals(other)
                                    ? " belongs to "
                                    : " overlaps " + other + " of ") + owner);
                        }
                    }
                }
            }
        }
        return overlaps;
    }

    private static String someRange(SplittableRandom random) {
        byte[] bytes = new byte[random.nextInt(4) == 0 ? 16 : 4];
        bytes[0] = 10;
        bytes[1] = (byte) random.nextInt();
        return Prefix.around(IpAddress.of(bytes), random.nextInt(10) == 0 ? 0 : random.nextInt(8, 17)).toString();
    }

    @Test
    void largeTrustIsCheckedInTime() {
        List<TrustEntry> entries = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            String[] prefixes = new String[100];
            for (int j = 0; j < prefixes.length; j++) {
                int n = i * prefixes.length + j;
                prefixes[j] = "10." + (n >>> 14) + "." + ((n >>> 6) & 255) + "." + ((n & 63) * 4) + "/30";
            }
            entries.add(stock("p" + i, 1000 + i, prefixes));
        }
        // Pair by pair this would take minutes.
        long start = System.nanoTime();
        assertThat(consistent(SELF, entries.toArray(TrustEntry[]::new)).peers()).hasSize(1000);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
    }

    private static Trust.Self self(String... configured) {
        return new Trust.Self(SELF_KEY, Arrays.stream(configured).map(TrustTest::prefix).toList(),
                OverlayAddresses.DEFAULT);
    }

    private static TrustEntry member(String name, PublicKey key, String... prefixes) {
        return new TrustEntry(new AuthorizedKey.Member(name, key,
                Arrays.stream(prefixes).map(TrustTest::prefix).toList(), false, false, null, null, null, name),
                name + ".pub");
    }

    private static TrustEntry expiring(String name, PublicKey key, Instant moment) {
        return new TrustEntry(new AuthorizedKey.Member(name, key, List.of(), false, false, Expiry.at(moment), null,
                null, ""), name + ".pub");
    }

    private static TrustEntry stock(String name, int seed, String... prefixes) {
        return new TrustEntry(new AuthorizedKey.Stock(name, Seeds.key(seed).tunnelKey(),
                Arrays.stream(prefixes).map(TrustTest::prefix).toList(), null, 0, null, ""), name + ".pub");
    }

    private static PublicKey twin(PublicKey key) {
        byte[] negated = key.bytes();
        negated[31] ^= (byte) 0x80;
        return PublicKey.of(negated);
    }

    private static Prefix prefix(String text) {
        return Prefix.parse(text).orThrow();
    }

    private static Trust consistent(Trust.Self self, TrustEntry... entries) {
        Trust.Result result = Trust.build(self, List.of(entries), NOW);
        assertThat(result).isInstanceOf(Trust.Consistent.class);
        return ((Trust.Consistent) result).trust();
    }

    private static void assertConflicts(Trust.Self self, List<TrustEntry> entries, String... expected) {
        Trust.Result result = Trust.build(self, entries, NOW);
        assertThat(result).isInstanceOf(Trust.Contradictory.class);
        assertThat(((Trust.Contradictory) result).conflicts())
                .extracting(conflict -> conflict.kind() + " " + conflict.name() + ": " + conflict.message())
                .containsExactly(expected);
    }
}

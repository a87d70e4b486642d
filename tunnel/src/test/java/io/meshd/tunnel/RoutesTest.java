package io.meshd.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.IpAddress;
import io.meshd.identity.Prefix;
import io.meshd.tunnel.Routes.Route;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RoutesTest {
    private static IpAddress ip(String text) {
        return IpAddress.of(java.net.InetAddress.ofLiteral(text));
    }

    private static Route<String> route(String prefix, String owner) {
        int slash = prefix.indexOf('/');
        return new Route<>(new Prefix(ip(prefix.substring(0, slash)), Integer.parseInt(prefix.substring(slash + 1))),
                owner);
    }

    @Test
    void findsTheOwnerOfTheLongestPrefix() {
        Routes<String> routes = Routes.of(List.of(route("0.0.0.0/0", "all"), route("10.0.0.0/8", "ten"),
                route("10.42.0.0/16", "net"), route("10.42.1.0/24", "a"), route("10.42.1.7/32", "host"),
                route("10.42.255.0/24", "last"), route("::/0", "all6"), route("fd42::/16", "six"),
                route("fd42:1::/64", "b"), route("fd42:1::1/128", "host6"), route("ffff::/16", "top")));

        assertThat(routes.owner(ip("9.9.9.9"))).isEqualTo("all");
        assertThat(routes.owner(ip("255.255.255.255"))).isEqualTo("all");
        assertThat(routes.owner(ip("10.255.255.255"))).isEqualTo("ten");
        assertThat(routes.owner(ip("11.0.0.0"))).isEqualTo("all");
        assertThat(routes.owner(ip("10.42.0.255"))).isEqualTo("net");
        assertThat(routes.owner(ip("10.42.1.6"))).isEqualTo("a");
        assertThat(routes.owner(ip("10.42.1.7"))).isEqualTo("host");
        assertThat(routes.owner(ip("10.42.1.8"))).isEqualTo("a");
        assertThat(routes.owner(ip("10.42.255.255"))).isEqualTo("last");
        assertThat(routes.owner(ip("10.43.0.0"))).isEqualTo("ten");
        assertThat(routes.owner(ip("::"))).isEqualTo("all6");
        assertThat(routes.owner(ip("fd42:1::1"))).isEqualTo("host6");
        assertThat(routes.owner(ip("fd42:1::2"))).isEqualTo("b");
        assertThat(routes.owner(ip("fd42:1:0:1::"))).isEqualTo("six");
        assertThat(routes.owner(ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))).isEqualTo("top");
        assertThat(routes.size()).isEqualTo(11);
    }

    @Test
    void ownsNothingWhenEmpty() {
        Routes<String> routes = Routes.of(List.of());

        assertThat(routes.owner(ip("10.0.0.1"))).isNull();
        assertThat(routes.owner(ip("::1"))).isNull();
        assertThat(routes.destinationOwner(Lab.ip(1, 2, 20), 0)).isNull();
    }

    @Test
    void givesAPrefixToItsLastOwner() {
        Routes<String> routes = Routes.of(List.of(route("10.0.0.0/8", "first"), route("10.0.0.0/8", "second")));

        assertThat(routes.owner(ip("10.1.1.1"))).isEqualTo("second");
        assertThat(routes.size()).isEqualTo(1);
    }

    @Test
    void readsSourceAndDestinationOfPackets() {
        Routes<String> routes = Routes.of(List.of(route("10.42.0.1/32", "one"), route("10.42.0.2/32", "two"),
                route("fd42::1/128", "one"), route("fd42::2/128", "two")));
        byte[] v4 = new byte[64];
        System.arraycopy(Lab.ip(1, 2, 20), 0, v4, 5, 20);
        byte[] v6 = new byte[64];
        v6[3] = 0x60;
        System.arraycopy(ip("fd42::2").bytes(), 0, v6, 3 + 8, 16);
        System.arraycopy(ip("fd42::1").bytes(), 0, v6, 3 + 24, 16);

        assertThat(routes.sourceOwner(v4, 5)).isEqualTo("one");
        assertThat(routes.destinationOwner(v4, 5)).isEqualTo("two");
        assertThat(routes.sourceOwner(v6, 3)).isEqualTo("two");
        assertThat(routes.destinationOwner(v6, 3)).isEqualTo("one");
        v6[3] = 0x10;
        assertThat(routes.sourceOwner(v6, 3)).isNull();
    }

    /** A default route with prefixes of others nested in it, which then lose theirs (netns.sh). */
    @Test
    void givesBackToTheOuterPrefixWhatTheInnerOneLoses() {
        List<Route<String>> all = new ArrayList<>(List.of(route("0.0.0.0/0", "exit"), route("10.0.0.0/8", "site"),
                route("10.42.0.0/16", "exit"), route("10.42.7.0/24", "site"), route("10.42.7.9/32", "exit")));
        Routes<String> nested = Routes.of(all);
        assertThat(nested.owner(ip("10.42.7.9"))).isEqualTo("exit");
        assertThat(nested.owner(ip("10.42.7.8"))).isEqualTo("site");
        assertThat(nested.owner(ip("10.42.8.8"))).isEqualTo("exit");
        assertThat(nested.owner(ip("10.1.1.1"))).isEqualTo("site");
        assertThat(nested.owner(ip("192.0.2.1"))).isEqualTo("exit");
        all.remove(route("0.0.0.0/0", "exit"));
        all.remove(route("10.42.7.9/32", "exit"));
        Routes<String> narrowed = Routes.of(all);

        assertThat(narrowed.owner(ip("10.42.7.9"))).isEqualTo("site");
        assertThat(narrowed.owner(ip("10.42.8.8"))).isEqualTo("exit");
        assertThat(narrowed.owner(ip("192.0.2.1"))).isNull();
    }

    @Test
    void refusesASourceThatALongerPrefixGivesToAnother() {
        Routes<String> routes = Routes.of(List.of(route("0.0.0.0/0", "exit"), route("10.42.0.5/32", "victim")));
        byte[] packet = Lab.ip(5, 1, 20);

        assertThat(routes.sourceOwner(packet, 0)).isEqualTo("victim").isNotEqualTo("exit");
    }

    @Test
    void agreesWithALinearSearchForRandomTables() {
        SplittableRandom random = new SplittableRandom(12);
        for (int round = 0; round < 60; round++) {
            boolean isV6 = round % 2 == 0;
            Map<Prefix, Integer> owners = new LinkedHashMap<>();
            List<Route<Integer>> routes = new ArrayList<>();
            int size = random.nextInt(1, 200);
            for (int i = 0; i < size; i++) {
                Prefix prefix = Prefix.around(address(random, isV6), random.nextInt(isV6 ? 129 : 33));
                owners.put(prefix, i);
                routes.add(new Route<>(prefix, i));
            }
            Routes<Integer> tested = Routes.of(routes);
            for (int i = 0; i < 400; i++) {
                IpAddress address = address(random, isV6);
                assertThat(tested.owner(address)).as("%s in %s", address, owners).isEqualTo(naive(owners, address));
            }
            for (Prefix prefix : owners.keySet()) {
                assertThat(tested.owner(prefix.address())).isEqualTo(naive(owners, prefix.address()));
            }
        }
    }

    /** Addresses that share their first bits often, and that lie at the edges of prefixes. */
    private static IpAddress address(SplittableRandom random, boolean isV6) {
        long filler = random.nextInt(3) == 0 ? -1L : random.nextInt(2) == 0 ? 0 : random.nextLong();
        long bits = random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(4) * 0x0001_0000_0100_0001L;
        int keep = random.nextInt(64);
        long mixed = (bits & ~(-1L >>> keep)) | (filler & (-1L >>> keep));
        return isV6
                ? new IpAddress(true, mixed, random.nextBoolean() ? mixed : filler)
                : new IpAddress(false, 0, mixed >>> 32);
    }

    private static @Nullable Integer naive(Map<Prefix, Integer> owners, IpAddress address) {
        Integer owner = null;
        int longest = -1;
        for (Map.Entry<Prefix, Integer> entry : owners.entrySet()) {
            if (entry.getKey().length() > longest && entry.getKey().contains(address)) {
                longest = entry.getKey().length();
                owner = entry.getValue();
            }
        }
        return owner;
    }

    @Test
    void holdsOneHundredThirtyThousandPrefixes() {
        List<Route<Integer>> routes = new ArrayList<>();
        for (int i = 0; i < 255 * 256; i++) {
            routes.add(new Route<>(Prefix.host(new IpAddress(false, 0, 0x0a000000L + 2L * i)), i));
            routes.add(new Route<>(Prefix.host(new IpAddress(true, 0xfd42L << 48, 3L * i)), i));
        }
        Routes<Integer> table = Routes.of(routes);

        assertThat(table.size()).isEqualTo(130_560);
        for (int i = 0; i < 255 * 256; i += 97) {
            assertThat(table.owner(false, 0, 0x0a000000L + 2L * i)).isEqualTo(i);
            assertThat(table.owner(false, 0, 0x0a000001L + 2L * i)).isNull();
            assertThat(table.owner(true, 0xfd42L << 48, 3L * i)).isEqualTo(i);
            assertThat(table.owner(true, 0xfd42L << 48, 3L * i + 1)).isNull();
        }
    }
}

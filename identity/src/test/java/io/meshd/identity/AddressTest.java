package io.meshd.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "10.42.1.0", "255.255.255.255", "::", "::1", "2001:db8::1", "fd99:6d67::",
            "1:2:3:4:5:6:7:8", "2001:db8:0:1:1:1:1:1", "2001:0:0:1::1", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:0"})
    void writesWhatItReads(String text) {
        IpAddress address = IpAddress.parse(text).orThrow();
        if (!text.equals("::2:3:4:5:6:7:8")) {
            assertThat(address).hasToString(text);
        }
        assertThat(IpAddress.parse(address.toString())).isEqualTo(Parsed.valid(address));
        assertThat(address.toInetAddress()).isEqualTo(InetAddress.ofLiteral(text));
    }

    /** RFC 5952 sections 2 and 4. */
    @ParameterizedTest
    @CsvSource({"2001:0db8:0000:0000:0000:0000:0000:0001,2001:db8::1", "2001:DB8:0:0:1:0:0:1,2001:db8::1:0:0:1",
            "2001:db8:0:0:0:0:2:1,2001:db8::2:1", "2001:db8:0:1:1:1:1:1,2001:db8:0:1:1:1:1:1",
            "2001:0:0:1:0:0:0:1,2001:0:0:1::1", "0:0:0:0:0:0:0:0,::", "1:0:0:0:0:0:0:0,1::",
            "::1:2:3:4:5:6:7,0:1:2:3:4:5:6:7", "64:ff9b::192.0.2.33,64:ff9b::c000:221",
            "1:2:3:4:5:6:1.2.3.4,1:2:3:4:5:6:102:304"})
    void writesTheRecommendedForm(String given, String expected) {
        assertThat(IpAddress.parse(given).orThrow()).hasToString(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4",
            "1.2.3.-4", "1.2.3.+4", "0x1.2.3.4", "1..2.3", "1.2.3.٤", "localhost", "example.org", ":", ":::", "1::2::3",
            "::1::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8:9", "::1:2:3:4:5:6:7:8", "12345::", "g::",
            "fe80::1%eth0", "::1.2.3", "1.2.3.4::", "::1.2.3.4:5", "::ffff:1.2.3.4", "::ffff:0102:0304", "[::1]",
            "::1/64", "1:2:3:4:5:6:7:1.2.3.4", "::٣", "2001:db8:::1", "1:"})
    void refusesWhatIsNoAddress(String text) {
        assertThat(IpAddress.parse(text)).isInstanceOf(Parsed.Invalid.class);
    }

    @Test
    void saysWhatWasExpected() {
        assertThat(IpAddress.parse("::ffff:192.0.2.1")).isEqualTo(
                Parsed.invalid("\"::ffff:192.0.2.1\" is an IPv4 address in IPv6 form; write 192.0.2.1"));
        assertThat(Prefix.parse("10.42.1.5/24")).isEqualTo(
                Parsed.invalid("\"10.42.1.5/24\" has host bits set; the prefix is 10.42.1.0/24"));
        assertThat(Prefix.parse("10.42.1.5")).isEqualTo(
                Parsed.invalid("\"10.42.1.5\" is no prefix; for this one address write 10.42.1.5/32"));
        assertThat(Prefix.parse("x")).isEqualTo(
                Parsed.invalid("\"x\" is no prefix ADDRESS/LENGTH, such as 10.42.1.0/24"));
        assertThat(Prefix.parse("10.0.0.0/33")).isEqualTo(
                Parsed.invalid("\"10.0.0.0/33\": the length of a prefix here is 0 to 32"));
    }

    @Test
    void agreesWithTheJdkOnAnyText() {
        List<String> originals = List.of("10.42.1.255", "2001:db8::1:ff", "1:2:3:4:5:6:7:8", "::", "::1.2.3.4");
        Seeds.forAll(20_000, random -> {
            String text = Seeds.mutated(random, originals.get(random.nextInt(originals.size())));
            IpAddress mine = IpAddress.parse(text).orNull();
            if (mine != null) {
                assertThat(mine.toInetAddress()).isEqualTo(InetAddress.ofLiteral(text));
            }
        });
    }

    @Test
    void everyAddressSurvivesItsText() {
        Seeds.forAll(5_000, random -> {
            IpAddress address = anyAddress(random);
            String text = address.toString();
            boolean mapped = address.isV6() && address.high() == 0 && address.low() >>> 32 == 0xffff;
            assertThat(mapped || IpAddress.parse(text).orThrow().equals(address)).isTrue();
            assertThat(InetAddress.ofLiteral(text)).isEqualTo(address.toInetAddress());
            assertThat(IpAddress.of(address.bytes())).isEqualTo(address);
        });
    }

    /** Sparse, so that runs of zeros of every length come up. */
    private static IpAddress anyAddress(SplittableRandom random) {
        byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = random.nextInt(3) == 0 ? (byte) random.nextInt() : 0;
        }
        return IpAddress.of(bytes);
    }

    @Test
    void maskingClearsTheRest() {
        Seeds.forAll(2_000, random -> {
            byte[] bytes = Seeds.bytes(random, random.nextBoolean() ? 4 : 16);
            int length = random.nextInt(bytes.length * 8 + 1);
            byte[] naive = bytes.clone();
            for (int bit = length; bit < bytes.length * 8; bit++) {
                naive[bit / 8] &= (byte) ~(0x80 >>> bit % 8);
            }
            assertThat(IpAddress.of(bytes).masked(length)).isEqualTo(IpAddress.of(naive));
        });
    }

    @Test
    void orderIsThatOfTheBytes() {
        Seeds.forAll(2_000, random -> {
            byte[] a = Seeds.bytes(random, 16);
            byte[] b = random.nextBoolean() ? Seeds.bytes(random, 16) : a.clone();
            b[random.nextInt(16)]++;
            assertThat(Integer.signum(IpAddress.of(a).compareTo(IpAddress.of(b))))
                    .isEqualTo(Integer.signum(Arrays.compareUnsigned(a, b)));
        });
        assertThat(IpAddress.parse("255.0.0.0").orThrow()).isLessThan(IpAddress.parse("::").orThrow());
    }

    @Test
    void addressesHaveFourOrSixteenBytes() {
        assertThatIllegalArgumentException().isThrownBy(() -> IpAddress.of(new byte[5]));
        assertThatIllegalArgumentException().isThrownBy(() -> new IpAddress(false, 1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new IpAddress(false, 0, 1L << 32));
    }

    @Test
    void prefixesContainAndOverlapAsTheirAddressesDo() {
        Seeds.forAll(3_000, random -> {
            Prefix a = nearPrefix(random);
            Prefix b = nearPrefix(random);
            boolean naive = a.address().isV6() == b.address().isV6()
                    && a.address().masked(Math.min(a.length(), b.length()))
                            .equals(b.address().masked(Math.min(a.length(), b.length())));
            assertThat(a.overlaps(b)).isEqualTo(naive);
            assertThat(b.overlaps(a)).isEqualTo(naive);
            assertThat(a.contains(b.address())).isEqualTo(naive && (a.length() <= b.length()
                    || b.address().masked(a.length()).equals(a.address())));
            assertThat(Prefix.parse(a.toString())).isEqualTo(Parsed.valid(a));
        });
    }

    private static Prefix nearPrefix(SplittableRandom random) {
        byte[] bytes = new byte[random.nextInt(4) == 0 ? 16 : 4];
        bytes[0] = 10;
        bytes[1] = (byte) random.nextInt(3);
        return Prefix.around(IpAddress.of(bytes), random.nextInt(6, 18));
    }

    @Test
    void prefixesHaveNoHostBits() {
        IpAddress address = IpAddress.parse("10.0.0.1").orThrow();
        assertThatIllegalArgumentException().isThrownBy(() -> new Prefix(address, 24));
        assertThatIllegalArgumentException().isThrownBy(() -> new Prefix(address, 33));
        assertThatIllegalArgumentException().isThrownBy(() -> new Prefix(address, -1));
        assertThat(Prefix.host(address)).hasToString("10.0.0.1/32");
        assertThat(Prefix.parse("::/0").orThrow().isDefaultRoute()).isTrue();
        assertThat(Prefix.parse("::/1").orThrow().isDefaultRoute()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/", "10.0.0.0/08", "10.0.0.0/+8", "10.0.0.0/8 ", "10.0.0.0//8", "/8",
            "10.0.0.0/8/8",
            "10.0.0.0/255.0.0.0", "::/129", "::/-1", "10.0.0.0/ 8"})
    void refusesWhatIsNoPrefix(String text) {
        assertThat(Prefix.parse(text)).isInstanceOf(Parsed.Invalid.class);
    }

    @Test
    void sortedPrefixesFollowThoseThatContainThem() {
        Seeds.forAll(200, random -> {
            List<Prefix> prefixes = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                prefixes.add(nearPrefix(random));
            }
            prefixes.sort(null);
            for (int i = 0; i < prefixes.size(); i++) {
                for (int j = 0; j < i; j++) {
                    Prefix earlier = prefixes.get(j);
                    Prefix later = prefixes.get(i);
                    assertThat(!later.overlaps(earlier) || later.length() >= earlier.length()).isTrue();
                }
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"host:1,host,1", "Example.ORG:51821,example.org,51821", "192.0.2.1:65535,192.0.2.1,65535",
            "[2001:DB8:0::1]:7,2001:db8::1,7", "a-b.c_d:80,a-b.c_d,80", "1.2.3.x:9,1.2.3.x,9"})
    void readsHostsWithPorts(String text, String host, int port) {
        HostPort read = HostPort.parse(text).orThrow();
        assertThat(read).isEqualTo(new HostPort(host, port));
        assertThat(HostPort.parse(read.toString())).isEqualTo(Parsed.valid(read));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":", "host", "host:", ":1", "host:0", "host:65536", "host:99999999999", "host:+1",
            "host:1 ", "ho st:1", "2001:db8::1:51821", "[2001:db8::1]", "[2001:db8::1]:", "[1.2.3.4]:1", "[host]:1",
            "[::1:1", "1.2.3.400:1", "1.2.3:1", "999:1", "-a:1", "a-:1", "a..b:1", "a.:1", "h\u0000:1", "ö:1",
            "host:01",
            "[fe80::1%eth0]:1"})
    void refusesWhatIsNoHostWithPort(String text) {
        assertThat(HostPort.parse(text)).isInstanceOf(Parsed.Invalid.class);
    }

    @Test
    void tellsNamesFromAddresses() {
        assertThat(HostPort.parse("[::1]:5").orThrow().address()).isEqualTo(IpAddress.parse("::1").orThrow());
        assertThat(HostPort.parse("alpha:5").orThrow().address()).isNull();
        assertThatIllegalArgumentException().isThrownBy(() -> new HostPort("Alpha", 5));
        assertThatIllegalArgumentException().isThrownBy(() -> new HostPort("2001:DB8::1", 5));
        assertThatIllegalArgumentException().isThrownBy(() -> new HostPort("alpha", 0));
        assertThat(HostPort.parse("a".repeat(64) + ":1")).isInstanceOf(Parsed.Invalid.class);
        assertThat(HostPort.parse("a.".repeat(127) + "a:1")).isInstanceOf(Parsed.Invalid.class);
    }
}

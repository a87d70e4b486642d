package io.meshd.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthorizedKeyTest {
    private static final PublicKey KEY = Seeds.key(1);
    private static final String SSH = new OpenSshKey(KEY, "beta").line();
    private static final TunnelKey PHONE = Seeds.key(2).tunnelKey();
    private static final String WIREGUARD = "wireguard-x25519 " + PHONE.base64() + " phone";
    private static final String FULL = "prefix=\"10.42.1.0/24,fd42:1::/64\",relay,introducer,expires=\"2027-01-01\","
            + "seed=\"beta.example.org:51821\",psk-file=\"beta.psk\" " + SSH;
    private static final String FULL_STOCK = "prefix=\"10.42.9.2/32\",endpoint=\"[2001:db8::2]:51820\","
            + "persistent-keepalive=\"25\",psk-file=\"phone.psk\" " + WIREGUARD;

    @Test
    void readsABareKey() {
        assertThat(AuthorizedKey.parse("beta", SSH + "\n")).isEqualTo(Parsed.valid(
                new AuthorizedKey.Member("beta", KEY, List.of(), false, false, null, null, null, "beta")));
    }

    @Test
    void readsEveryOption() {
        AuthorizedKey.Member expected = new AuthorizedKey.Member("b", KEY,
                List.of(Prefix.parse("10.42.1.0/24").orThrow(), Prefix.parse("fd42:1::/64").orThrow()), true, true,
                Expiry.parse("2027-01-01").orThrow(), HostPort.parse("beta.example.org:51821").orThrow(), "beta.psk",
                "beta");
        assertThat(AuthorizedKey.parse("b", "# trusted since today\n\n  " + FULL + "\r\n#\n"))
                .isEqualTo(Parsed.valid(expected));
        assertThat(expected.text()).isEqualTo(FULL + "\n");
        assertThat(expected.tunnelKey()).isEqualTo(KEY.tunnelKey());
    }

    @Test
    void readsStockDevices() {
        AuthorizedKey.Stock expected = new AuthorizedKey.Stock("phone", PHONE,
                List.of(Prefix.parse("10.42.9.2/32").orThrow()), HostPort.parse("[2001:db8::2]:51820").orThrow(), 25,
                "phone.psk", "phone");
        assertThat(AuthorizedKey.parse("phone", FULL_STOCK)).isEqualTo(Parsed.valid(expected));
        assertThat(expected.text()).isEqualTo(FULL_STOCK + "\n");
        assertThat(AuthorizedKey.parse("phone", WIREGUARD)).isEqualTo(Parsed.valid(
                new AuthorizedKey.Stock("phone", PHONE, List.of(), null, 0, null, "phone")));
        assertThat(AuthorizedKey.parse("phone", "persistent-keepalive=\"off\" " + WIREGUARD).orThrow())
                .isEqualTo(AuthorizedKey.parse("phone", WIREGUARD).orThrow());
    }

    @Test
    void quotesAndBlanksAreThoseOfSshd() {
        assertThat(AuthorizedKey.parse("b", "relay \t " + SSH).orNull()).isNotNull();
        assertThat(AuthorizedKey.parse("b", "prefix=\"10.1.0.0/16, 10.2.0.0/16\" " + SSH).orThrow().prefixes())
                .hasToString("[10.1.0.0/16, 10.2.0.0/16]");
        assertThat(AuthorizedKey.parse("b", "psk-file=\"my key.psk\" " + SSH).orThrow().pskFile())
                .isEqualTo("my key.psk");
        assertThat(KeyOptions.parse("a=\"x \\\" y\\z\",b key").orThrow()).isEqualTo(new KeyOptions(
                List.of(new KeyOptions.Option("a", "x \" y\\z"), new KeyOptions.Option("b", null)), 15));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "prefx=\"10.1.0.0/16\" | unknown option prefx; did you mean \"prefix\"?",
            "command=\"ls\" | unknown option command",
            "endpoint=\"h:1\" | option endpoint is for wireguard-x25519 keys only",
            "relay=\"yes\" | option relay takes no value",
            "prefix | option prefix needs a value: prefix=\"…\"",
            "prefix=10.1.0.0/16 | the value of prefix stands in double quotes: prefix=\"…\"",
            "prefix=\"10.1.0.0/16 | the closing quote of prefix is missing",
            "relay,relay | option relay is given twice",
            "prefix=\"10.1.0.0/16\",prefix=\"10.2.0.0/16\" | option prefix is given twice",
            "prefix=\"\" | prefix: \"\" is no prefix ADDRESS/LENGTH, such as 10.42.1.0/24",
            "prefix=\"10.1.0.1/16\" | prefix: \"10.1.0.1/16\" has host bits set; the prefix is 10.1.0.0/16",
            "prefix=\"10.1.0.0/16,10.1.0.0/16\" | prefix: the same prefix is given twice",
            "expires=\"tomorrow\" | expires: \"tomorrow\" is no date YYYY-MM-DD or RFC 3339 time such as "
                    + "2027-01-01T12:00:00Z",
            "expires=\"2027-02-30\" | expires: \"2027-02-30\" is no day of the calendar or no time of day",
            "seed=\"host\" | seed: \"host\" is no HOST:PORT or [IPv6]:PORT: the port is missing",
            "psk-file=\"\" | psk-file: expected the name of a file, without quotes, backslashes or blanks around it",
            "relay, | expected an option or a key at column 7",
            ",relay | expected an option or a key at column 1",
            "relay;seed=\"h:1\" | expected a comma or a blank after option relay, at column 6"})
    void saysWhatIsWrongWithOptions(String options, String message) {
        assertThat(messages("b", "# comment\n" + options + " " + SSH)).isEqualTo("line 2: " + message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "seed=\"h:1\" | option seed is for meshd peers only",
            "persistent-keepalive=\"65536\" | persistent-keepalive: \"65536\" is no number of seconds from 0 to 65535",
            "persistent-keepalive=\"-1\" | persistent-keepalive: \"-1\" is no number of seconds from 0 to 65535",
            "persistent_keepalive=\"1\" | unknown option persistent_keepalive; did you mean "
                    + "\"persistent-keepalive\"?"})
    void saysWhatIsWrongWithOptionsOfStockDevices(String options, String message) {
        assertThat(messages("phone", options + " " + WIREGUARD)).isEqualTo("line 1: " + message);
    }

    @Test
    void saysWhatIsWrongWithTheRest() {
        assertThat(messages("b", "")).isEqualTo("expected a key line: ssh-ed25519 <base64> <name>");
        assertThat(messages("b", "# only\n#comments\n")).startsWith("expected a key line");
        assertThat(messages("b", SSH + "\n# x\n" + SSH)).isEqualTo(
                "line 3: expected one key line, which is line 1; this is another");
        assertThat(messages("B", SSH)).startsWith("\"B\" is no name for a peer; names match ");
        assertThat(messages("b", SSH + "\u0000")).isEqualTo("line 1: expected text, found control characters");
        assertThat(messages("b", "relay")).isEqualTo(
                "line 1: expected a key that begins with ssh-ed25519 or wireguard-x25519");
        assertThat(messages("b", "ssh-rsa AAAA")).contains("keys of type ssh-rsa cannot be used");
        assertThat(messages("b", "relay ecdsa-sha2-nistp256 AAAA")).contains("cannot be used");
        assertThat(messages("b", KEY.peerId())).isEqualTo(
                "line 1: expected the key in its OpenSSH form: " + new OpenSshKey(KEY, "").line());
        assertThat(messages("b", KEY.base64())).contains("OpenSSH form");
        assertThat(messages("b", "wireguard-x25519 AAAA phone")).contains("expected base64 of 32 bytes");
        assertThat(messages("b", "wireguard-x25519")).contains("expected base64 of 32 bytes");
        assertThat(messages("b", "#".repeat(600_000))).contains("not 600000 characters");
    }

    @Test
    void allFaultsOfALineAreTold() {
        assertThat(messages("b", "prefx=\"x\",seed=\"y\",expires=\"z\" " + SSH).split("; line 1: ", -1)).hasSize(3);
    }

    @Test
    void weakKeysAreRefused() {
        PublicKey weak = PublicKey.of(new byte[32]);
        assertThat(messages("b", new OpenSshKey(weak, "").line()))
                .isEqualTo("line 1: the key is a point of small order, a key of nobody");
        assertThat(messages("b", "wireguard-x25519 " + weak.base64()))
                .isEqualTo("line 1: the key is a point of small order, a key of nobody");
    }

    @Test
    void whatIsWrittenIsRead() {
        Seeds.forAll(500, random -> {
            AuthorizedKey entry = random.nextInt(3) == 0 ? stock(random) : member(random);
            assertThat(AuthorizedKey.parse(entry.name(), entry.text())).isEqualTo(Parsed.valid(entry));
        });
    }

    private static AuthorizedKey member(SplittableRandom random) {
        return new AuthorizedKey.Member("n" + random.nextInt(9), Seeds.key(random.nextInt(500)), prefixes(random),
                random.nextBoolean(), random.nextBoolean(),
                random.nextBoolean() ? null : Expiry.at(Instant.ofEpochMilli(random.nextLong(1L << 42))),
                random.nextBoolean() ? null : new HostPort("h" + random.nextInt(9), random.nextInt(1, 65536)),
                random.nextBoolean() ? null : "dir name/k,=#" + random.nextInt(9),
                random.nextBoolean() ? "" : "say \"hi\", # = x");
    }

    private static AuthorizedKey stock(SplittableRandom random) {
        return new AuthorizedKey.Stock("n" + random.nextInt(9), Seeds.key(random.nextInt(500)).tunnelKey(),
                prefixes(random), random.nextBoolean() ? null : new HostPort("2001:db8::1", random.nextInt(1, 65536)),
                random.nextInt(65536), random.nextBoolean() ? null : "k.psk", random.nextBoolean() ? "" : "my phone");
    }

    private static List<Prefix> prefixes(SplittableRandom random) {
        return random.ints(random.nextInt(4), 0, 200).distinct()
                .mapToObj(n -> Prefix.parse(n % 2 == 0 ? "10." + n + ".0.0/16" : "fd00:" + n + "::/64").orThrow())
                .toList();
    }

    @Test
    void entriesThatCannotBeWrittenCannotBeMade() {
        for (String psk : List.of("", "a\"b", "a\\b", " a", "a\nb", "x".repeat(256))) {
            assertThatIllegalArgumentException().as(psk).isThrownBy(
                    () -> new AuthorizedKey.Member("b", KEY, List.of(), false, false, null, null, psk, ""));
        }
        assertThatIllegalArgumentException().isThrownBy(
                () -> new AuthorizedKey.Member("../b", KEY, List.of(), false, false, null, null, null, ""));
        assertThatIllegalArgumentException().isThrownBy(
                () -> new AuthorizedKey.Member("b", KEY, List.of(), false, false, null, null, null, "a\nrelay x"));
        Prefix prefix = Prefix.parse("10.0.0.0/8").orThrow();
        assertThatIllegalArgumentException().isThrownBy(
                () -> new AuthorizedKey.Member("b", KEY, List.of(prefix, prefix), false, false, null, null, null, ""));
        assertThatIllegalArgumentException().isThrownBy(
                () -> new AuthorizedKey.Stock("b", PHONE, List.of(), null, -1, null, ""));
    }

    @Test
    void survivesMutation() {
        List<String> originals = List.of(FULL, FULL_STOCK, "# c\n" + SSH + "\n");
        Seeds.forAll(10_000, random -> {
            String content = Seeds.mutated(random, originals.get(random.nextInt(originals.size())));
            if (AuthorizedKey.parse("b", content) instanceof Parsed.Valid<AuthorizedKey>(var entry)) {
                assertThat(AuthorizedKey.parse("b", entry.text())).isEqualTo(Parsed.valid(entry));
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"2027-01-01,2027-01-02T00:00:00Z", "2028-02-29,2028-03-01T00:00:00Z",
            "2027-01-01T12:00:00Z,2027-01-01T12:00:00Z", "2027-01-01t12:00:00z,2027-01-01T12:00:00Z",
            "2027-01-01T12:00:00.25+02:00,2027-01-01T10:00:00.25Z", "9999-12-31,+10000-01-01T00:00:00Z"})
    void expiryIsTheFirstMomentPastIt(String text, Instant moment) {
        Expiry expiry = Expiry.parse(text).orThrow();
        assertThat(expiry.moment()).isEqualTo(moment);
        assertThat(expiry.isPast(moment.minusNanos(1))).isFalse();
        assertThat(expiry.isPast(moment)).isTrue();
        assertThat(expiry).hasToString(text);
        Expiry same = Expiry.at(moment);
        assertThat(same.text().startsWith("+") || Expiry.parse(same.text()).equals(Parsed.valid(same))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "2027", "2027-1-1", "2027-13-01", "2027-00-10", "2027-02-29", "27-01-01", "01.01.2027",
            "2027-01-01T", "2027-01-01T12:00Z", "2027-01-01T12:00:00", "2027-01-01T24:00:01Z", "2027-01-01T12:00:60Z",
            "2027-01-01 12:00:00Z", "2027-01-01T12:00:00+99:00", "2027-01-01T12:00:00.Z", "+2027-01-01", "٢٠٢٧-01-01",
            " 2027-01-01", "24h"})
    void refusesWhatIsNoExpiry(String text) {
        assertThat(Expiry.parse(text)).isInstanceOf(Parsed.Invalid.class);
    }

    private static String messages(String name, String content) {
        return AuthorizedKey.parse(name, content) instanceof Parsed.Invalid<AuthorizedKey> invalid
                ? invalid.message()
                : "valid";
    }
}

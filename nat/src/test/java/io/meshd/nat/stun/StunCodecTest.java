package io.meshd.nat.stun;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.identity.Bytes;
import io.meshd.identity.IpAddress;
import io.meshd.nat.stun.StunAttribute.Credential;
import io.meshd.nat.stun.StunAttribute.XorMappedAddress;
import io.meshd.protocol.Decoded;
import io.meshd.protocol.DropReason;
import io.meshd.testing.Property;
import io.meshd.testing.Vectors;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StunCodecTest {
    private static final TransactionId ID = new TransactionId(0xb7e7a701, 0xbc34d686fa87dfaeL);
    private static final InetSocketAddress V4 = address("192.0.2.1", 32_853);
    private static final InetSocketAddress V6 = address("2001:db8:1234:5678:11:2233:4455:6677", 32_853);

    static InetSocketAddress address(String host, int port) {
        return new InetSocketAddress(IpAddress.parse(host).orThrow().toInetAddress(), port);
    }

    static StunMessage read(byte[] bytes) {
        Decoded<StunMessage> decoded = StunCodec.decode(bytes, 0, bytes.length);
        assertThat(decoded).isInstanceOf(Decoded.Message.class);
        return ((Decoded.Message<StunMessage>) decoded).value();
    }

    private static void refuses(byte[] bytes) {
        assertThat(StunCodec.decode(bytes, 0, bytes.length)).as(HexFormat.of().formatHex(bytes))
                .isEqualTo(new Decoded.Malformed<>(DropReason.MALFORMED));
    }

    private static byte[] success(StunAttribute... attributes) {
        return StunCodec.encode(new StunMessage(StunMessage.Kind.SUCCESS, ID, List.of(attributes), false));
    }

    @Test
    void readsEveryMessageOfRfc5769() {
        int addresses = 0;
        for (JsonNode vector : Vectors.json("stun-rfc5769.json").get("vectors")) {
            StunMessage message = read(Vectors.hex(vector, "hex"));
            boolean isChecked = vector.get("checks").toString().contains("fingerprint");
            assertThat(message.checked()).isEqualTo(isChecked);
            assertThat(message.attributes()).hasSize(vector.get("attributes").size() - (isChecked ? 1 : 0));
            for (int i = 0; i < message.attributes().size(); i++) {
                JsonNode expected = vector.get("attributes").get(i);
                StunAttribute attribute = message.attributes().get(i);
                assertThat(attribute.type()).isEqualTo(Integer.decode(expected.get("type").asText()));
                assertThat(value(attribute, message.transaction())).isEqualTo(Vectors.hex(expected, "value"));
            }
            if (vector.has("xor_mapped")) {
                addresses++;
                assertThat(message.kind()).isEqualTo(StunMessage.Kind.SUCCESS);
                assertThat(message.transaction()).isEqualTo(ID);
                assertThat(message.mapped()).isEqualTo(vector.get("xor_mapped").asText().startsWith("[") ? V6 : V4);
            }
        }
        assertThat(addresses).isEqualTo(2);
    }

    /** What stands on the wire between type, length and padding. */
    private static byte[] value(StunAttribute attribute, TransactionId id) {
        byte[] alone = StunCodec.encode(new StunMessage(StunMessage.Kind.REQUEST, id, List.of(attribute), false));
        int length = ((alone[22] & 0xff) << 8) | (alone[23] & 0xff);
        return Arrays.copyOfRange(alone, 24, 24 + length);
    }

    @Test
    void fingerprintOfRfc5769IsThatOfItsBytes() {
        for (JsonNode vector : Vectors.json("stun-rfc5769.json").get("vectors")) {
            byte[] bytes = Vectors.hex(vector, "hex");
            if (vector.get("checks").toString().contains("fingerprint")) {
                for (int at = 8; at < bytes.length; at++) {
                    byte[] changed = bytes.clone();
                    changed[at] ^= 1;
                    // One bit may also make of it an attribute that proves nothing.
                    assertThat(StunCodec.decode(changed, 0, changed.length) instanceof Decoded.Message(var read)
                            && read.checked()).isFalse();
                }
            }
        }
    }

    @Test
    void readsWhatItWrites() {
        List<StunAttribute> attributes = List.of(new StunAttribute.MappedAddress(V4), new XorMappedAddress(V6),
                new StunAttribute.ChangeRequest(true, false), new StunAttribute.ChangeRequest(false, true),
                new StunAttribute.Padding(5), new StunAttribute.ResponsePort(4_711),
                new StunAttribute.ResponseOrigin(V4), new StunAttribute.OtherAddress(V6),
                new StunAttribute.ErrorCode(420, "so"), new StunAttribute.UnknownAttributes(List.of(3, 0xffff, 0x26)),
                new StunAttribute.Software("meshd"),
                new StunAttribute.Unknown(0x7777, Bytes.copyOf(new byte[]{1, 2, 3})),
                new Credential(Credential.USERNAME, Bytes.copyOf(new byte[]{4})));
        for (StunMessage.Kind kind : StunMessage.Kind.values()) {
            for (boolean checked : new boolean[]{false, true}) {
                StunMessage message = new StunMessage(kind, ID, attributes, checked);
                assertThat(read(StunCodec.encode(message))).isEqualTo(message);
            }
        }
    }

    @Test
    void writesTheHeaderOfRfc8489() {
        assertThat(HexFormat.of().formatHex(StunCodec.encode(
                new StunMessage(StunMessage.Kind.ERROR, ID, List.of(new StunAttribute.ErrorCode(420, "")), false))))
                .isEqualTo("0111" + "0008" + "2112a442" + "b7e7a701bc34d686fa87dfae" + "00090004" + "00000414");
        assertThat(StunCodec.encode(new StunMessage(StunMessage.Kind.REQUEST, ID, List.of(), false)))
                .startsWith(0x00, 0x01, 0x00, 0x00);
        assertThat(StunCodec.encode(new StunMessage(StunMessage.Kind.INDICATION, ID, List.of(), false)))
                .startsWith(0x00, 0x11, 0x00, 0x00);
    }

    @Test
    void prefersTheHiddenAddressAndTheFirst() {
        StunMessage message = read(success(new StunAttribute.MappedAddress(V6), new XorMappedAddress(V4),
                new XorMappedAddress(V6)));
        assertThat(message.mapped()).isEqualTo(V4);
        assertThat(read(success(new StunAttribute.MappedAddress(V6))).mapped()).isEqualTo(V6);
        assertThat(read(success()).mapped()).isNull();
    }

    @Test
    void ignoresWhatFollowsAnIntegrityAttribute() {
        Credential integrity = new Credential(Credential.MESSAGE_INTEGRITY, Bytes.copyOf(new byte[20]));
        Credential sha256 = new Credential(Credential.MESSAGE_INTEGRITY_SHA256, Bytes.copyOf(new byte[32]));
        assertThat(read(success(integrity, new XorMappedAddress(V4), sha256)).attributes())
                .containsExactly(integrity, sha256);
    }

    @Test
    void knowsWhatItShouldHaveUnderstood() {
        StunMessage message = read(success(new StunAttribute.Unknown(0x0030, Bytes.EMPTY),
                new StunAttribute.Unknown(0x8030, Bytes.EMPTY), new StunAttribute.Unknown(0x0024, Bytes.EMPTY),
                new StunAttribute.Unknown(0x0030, Bytes.EMPTY),
                new Credential(Credential.USERNAME, Bytes.EMPTY)));
        assertThat(message.notUnderstood()).containsExactly(0x0030, 0x0024);
    }

    @Test
    void refusesValuesThatMeanNothing() {
        refuses(success(new StunAttribute.Unknown(0x0020, Bytes.EMPTY)));
        refuses(success(new StunAttribute.Unknown(0x0020, bytes("0001aaaa010203"))));
        refuses(success(new StunAttribute.Unknown(0x0001, bytes("0002aaaa01020304"))));
        refuses(success(new StunAttribute.Unknown(0x0001, bytes("0001aaaa01020304050607080910111213141516"))));
        refuses(success(new StunAttribute.Unknown(0x0001, bytes("0002aaaa00000000000000000000ffff01020304"))));
        refuses(success(new StunAttribute.Unknown(0x0003, bytes("0006"))));
        refuses(success(new StunAttribute.Unknown(0x0027, bytes("06"))));
        refuses(success(new StunAttribute.Unknown(0x0009, bytes("000004"))));
        refuses(success(new StunAttribute.Unknown(0x0009, bytes("00000464"))));
        refuses(success(new StunAttribute.Unknown(0x0009, bytes("00000263"))));
        refuses(success(new StunAttribute.Unknown(0x0009, bytes("00000700"))));
        refuses(success(new StunAttribute.Unknown(0x000a, bytes("000304"))));
    }

    private static Bytes bytes(String hex) {
        return Bytes.copyOf(HexFormat.of().parseHex(hex));
    }

    @Test
    void refusesWhatIsNotOneWholeBindingMessage() {
        byte[] whole = StunCodec.encode(new StunMessage(StunMessage.Kind.REQUEST, ID, List.of(), true));
        assertThat(read(whole).checked()).isTrue();
        for (int length = 0; length < whole.length; length++) {
            refuses(Arrays.copyOf(whole, length));
        }
        refuses(Arrays.copyOf(whole, whole.length + 4));
        byte[] allocate = success();
        allocate[1] |= 2;
        refuses(allocate);
        byte[] behindFingerprint = Arrays.copyOf(whole, whole.length + 4);
        behindFingerprint[3] = (byte) (behindFingerprint[3] + 4);
        refuses(behindFingerprint);
        byte[] full = success(
                new StunAttribute.Padding(StunCodec.MESSAGE_BYTES_MAX - StunCodec.HEADER_BYTES - Integer.BYTES));
        assertThat(full).hasSize(StunCodec.MESSAGE_BYTES_MAX);
        assertThat(read(full).attributes()).hasSize(1);
        byte[] tooLarge = Arrays.copyOf(full, full.length + 4);
        tooLarge[3] = (byte) (tooLarge[3] + 4);
        refuses(tooLarge);
    }

    @Test
    void readsFromTheMiddleOfABuffer() {
        byte[] message = success(new XorMappedAddress(V6), new StunAttribute.Software("x"));
        byte[] buffer = new byte[message.length + 20];
        Arrays.fill(buffer, (byte) 0x55);
        System.arraycopy(message, 0, buffer, 7, message.length);
        assertThat(StunCodec.decode(buffer, 7, message.length)).isEqualTo(new Decoded.Message<>(read(message)));
    }

    @Test
    void survivesMutatedMessages() {
        byte[][] originals = new byte[6][];
        for (int i = 0; i < 4; i++) {
            originals[i] = Vectors.hex(Vectors.json("stun-rfc5769.json").get("vectors").get(i), "hex");
        }
        originals[4] = success(new StunAttribute.OtherAddress(V4), new XorMappedAddress(V4),
                new StunAttribute.ErrorCode(300, "go away"));
        originals[5] = StunCodec.encode(new StunMessage(StunMessage.Kind.REQUEST, ID,
                List.of(new StunAttribute.ChangeRequest(true, true), new StunAttribute.Padding(9)), true));
        Property.forAll(20_000, random -> {
            byte[] bytes = Property.mutated(random, originals[random.nextInt(originals.length)]);
            StunFuzzTest.check(bytes);
        });
    }

    @Test
    void transactionIdsAreRandom() {
        SplittableRandom random = new SplittableRandom(1);
        assertThat(List.of(TransactionId.random(random), TransactionId.random(random), TransactionId.random(random)))
                .doesNotHaveDuplicates();
    }
}

package io.meshd.protocol;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.IpAddress;
import io.meshd.identity.NodeName;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The bodies of the frames by which a node joins a mesh and is introduced to it. */
final class JoinCodec {
    private static final int TYPICAL_BYTES = 256;
    /** What a terminal shows as it is. */
    private static final char PRINTABLE_FIRST = ' ';
    private static final char PRINTABLE_LAST = '~';

    private JoinCodec() {}

    /** An address as it stands before a port. */
    static String host(IpAddress address) {
        return address.isV6() ? "[" + address + "]" : address.toString();
    }

    // Join.

    static void write(Frame.Join join, WireWriter writer) {
        writer.array(join.newcomer().bytes()).shortText(join.networkId()).shortText(join.name())
                .bytes(join.signature());
    }

    static boolean isWritable(Frame.Join join) {
        return NetworkId.isValid(join.networkId()) && NodeName.isValid(join.name())
                && join.signature().length() == Identity.SIGNATURE_BYTES;
    }

    static Frame.@Nullable Join readJoin(WireReader body) {
        byte[] key = body.array(PublicKey.BYTES);
        String networkId = body.shortText();
        String name = body.shortText();
        Bytes signature = body.bytes(Identity.SIGNATURE_BYTES);
        return body.isFaulty() || !NetworkId.isValid(networkId) || !NodeName.isValid(name)
                ? null
                : new Frame.Join(PublicKey.of(key), networkId, name, signature);
    }

    // Welcome.

    static void write(Frame.Welcome welcome, WireWriter writer) {
        writer.shortText(welcome.name()).u8(welcome.relay() ? 1 : 0);
        NodeRecordCodec.writePrefixes(welcome.prefixes(), writer);
    }

    static boolean isWritable(Frame.Welcome welcome) {
        return NodeName.isValid(welcome.name()) && welcome.prefixes().size() <= NodeRecord.PREFIXES_MAX;
    }

    static Frame.@Nullable Welcome readWelcome(WireReader body) {
        String name = body.shortText();
        int relay = body.u8();
        List<Prefix> prefixes = NodeRecordCodec.readPrefixes(body, NodeRecord.PREFIXES_MAX);
        return body.isFaulty() || !NodeName.isValid(name) || relay > 1
                ? null
                : new Frame.Welcome(name, prefixes, relay == 1);
    }

    // Refusal.

    static void write(Frame.JoinRefused refused, WireWriter writer) {
        writer.u8(refused.reason().code()).shortText(refused.detail());
    }

    static boolean isWritable(Frame.JoinRefused refused) {
        return isPrintable(refused.detail());
    }

    /** It is shown to an operator: nothing in it may steer a terminal. */
    private static boolean isPrintable(String text) {
        return text.length() <= Frame.JoinRefused.DETAIL_LENGTH_MAX
                && text.chars().allMatch(c -> c >= PRINTABLE_FIRST && c <= PRINTABLE_LAST);
    }

    static Frame.@Nullable JoinRefused readRefused(WireReader body) {
        JoinRefusal reason = JoinRefusal.of(body.u8());
        String detail = body.shortText();
        return body.isFaulty() || reason == null || !isPrintable(detail)
                ? null
                : new Frame.JoinRefused(reason, detail);
    }

    // Introductions.

    static void writeSigned(Introduction introduction, WireWriter writer) {
        writer.array(introduction.introducer().bytes()).array(introduction.node().bytes())
                .shortText(introduction.networkId()).shortText(introduction.name()).u8(introduction.relay() ? 1 : 0)
                .i64(introduction.millis());
        NodeRecordCodec.writePrefixes(introduction.prefixes(), writer);
    }

    static void write(Introduction introduction, WireWriter writer) {
        writeSigned(introduction, writer);
        writer.bytes(introduction.signature());
    }

    static int length(Introduction introduction) {
        WireWriter writer = new WireWriter(TYPICAL_BYTES);
        write(introduction, writer);
        return writer.length();
    }

    static @Nullable Introduction readIntroduction(WireReader body) {
        byte[] introducer = body.array(PublicKey.BYTES);
        byte[] node = body.array(PublicKey.BYTES);
        String networkId = body.shortText();
        String name = body.shortText();
        int relay = body.u8();
        long millis = body.i64();
        List<Prefix> prefixes = NodeRecordCodec.readPrefixes(body, NodeRecord.PREFIXES_MAX);
        Bytes signature = body.bytes(Identity.SIGNATURE_BYTES);
        if (body.isFaulty() || !NetworkId.isValid(networkId) || !NodeName.isValid(name) || relay > 1 || millis < 0) {
            return null;
        }
        return new Introduction(PublicKey.of(introducer), PublicKey.of(node), networkId, name, prefixes, relay == 1,
                millis, signature);
    }

    static void write(Frame.Introductions page, WireWriter writer) {
        writer.bytes(page.digest()).u16(page.page()).u16(page.pages()).u8(page.introductions().size());
        page.introductions().forEach(introduction -> write(introduction, writer));
    }

    static boolean isWritable(Frame.Introductions page) {
        return page.digest().length() == IntroductionSet.DIGEST_BYTES && isPage(page.page(), page.pages())
                && page.introductions().size() <= Frame.Introductions.PAGE_INTRODUCTIONS_MAX
                && (page.pages() > 0 || page.introductions().isEmpty());
    }

    private static boolean isPage(int page, int pages) {
        return pages == 0 ? page == 0 : page >= 0 && page < pages && pages <= IntroductionSet.INTRODUCTIONS_MAX;
    }

    static Frame.@Nullable Introductions readIntroductions(WireReader body) {
        Bytes digest = body.bytes(IntroductionSet.DIGEST_BYTES);
        int page = body.u16();
        int pages = body.u16();
        int count = body.u8();
        if (body.isFaulty() || !isPage(page, pages) || count > Frame.Introductions.PAGE_INTRODUCTIONS_MAX
                || (pages == 0 && count > 0)) {
            return null;
        }
        List<Introduction> introductions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Introduction introduction = readIntroduction(body);
            if (introduction == null) {
                return null;
            }
            introductions.add(introduction);
        }
        return new Frame.Introductions(digest, page, pages, introductions);
    }

    static void write(Frame.IntroductionsAsked asked, WireWriter writer) {
        writer.bytes(asked.known()).u16(asked.page());
    }

    static boolean isWritable(Frame.IntroductionsAsked asked) {
        return asked.known().length() == IntroductionSet.DIGEST_BYTES && asked.page() >= 0
                && asked.page() < IntroductionSet.INTRODUCTIONS_MAX;
    }

    static Frame.@Nullable IntroductionsAsked readAsked(WireReader body) {
        Bytes known = body.bytes(IntroductionSet.DIGEST_BYTES);
        int page = body.u16();
        return body.isFaulty() || page >= IntroductionSet.INTRODUCTIONS_MAX
                ? null
                : new Frame.IntroductionsAsked(known, page);
    }
}

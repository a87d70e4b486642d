package io.meshd.protocol;

import io.meshd.identity.Bytes;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** All that one introducer says to one peer, in pages that fit a packet, with a digest by which both know it. */
public record IntroductionSet(List<Introduction> introductions, Bytes digest) {
    /** Most nodes that one introducer introduces: what half a megabyte of trust files and some seconds of asking allow. */
    public static final int INTRODUCTIONS_MAX = 1_024;
    /** Length of a digest in bytes. */
    public static final int DIGEST_BYTES = 16;
    /** The digest of a set that was never heard; no set has it but by a chance of 2^-128. */
    public static final Bytes UNHEARD = Bytes.copyOf(new byte[DIGEST_BYTES]);
    /** Nobody is introduced. */
    public static final IntroductionSet EMPTY = of(List.of());

    /** Whole in one packet of frames, with room for the header of the page. */
    private static final int PAGE_BYTES_MAX = 1_000;

    public IntroductionSet {
        introductions = List.copyOf(introductions);
    }

    /** The set of these, in any order; what is beyond {@link #INTRODUCTIONS_MAX} is left out. */
    public static IntroductionSet of(List<Introduction> introductions) {
        List<Introduction> sorted = introductions.stream().sorted(Comparator.comparing(Introduction::node))
                .limit(INTRODUCTIONS_MAX).toList();
        return new IntroductionSet(sorted, digest(sorted));
    }

    /** What is said, and not when: so the digest is the same after a restart of the introducer. */
    private static Bytes digest(List<Introduction> sorted) {
        WireWriter writer = new WireWriter(PAGE_BYTES_MAX).array("meshd introductions v1".getBytes(
                StandardCharsets.US_ASCII));
        for (Introduction introduction : sorted) {
            writer.array(introduction.introducer().bytes()).array(introduction.node().bytes())
                    .shortText(introduction.networkId()).shortText(introduction.name())
                    .u8(introduction.relay() ? 1 : 0);
            NodeRecordCodec.writePrefixes(introduction.prefixes(), writer);
        }
        try {
            return Bytes.copyOf(MessageDigest.getInstance("SHA-256").digest(writer.toArray()), 0, DIGEST_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    /** The set in pages, at least one. */
    public List<List<Introduction>> pages() {
        List<List<Introduction>> pages = new ArrayList<>();
        List<Introduction> page = new ArrayList<>();
        int bytes = 0;
        for (Introduction introduction : introductions) {
            int length = JoinCodec.length(introduction);
            if (!page.isEmpty() && (bytes + length > PAGE_BYTES_MAX
                    || page.size() == Frame.Introductions.PAGE_INTRODUCTIONS_MAX)) {
                pages.add(List.copyOf(page));
                page.clear();
                bytes = 0;
            }
            page.add(introduction);
            bytes += length;
        }
        pages.add(List.copyOf(page));
        return pages;
    }
}

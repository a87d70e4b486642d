package io.meshd.daemon.cli;

import com.google.zxing.BarcodeFormat;
import com.google.zxing.EncodeHintType;
import com.google.zxing.WriterException;
import com.google.zxing.common.BitMatrix;
import com.google.zxing.qrcode.QRCodeWriter;
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel;
import java.util.Map;

/** A QR code in characters: two modules above each other in one, light ones drawn, as dark terminals need it. */
final class QrText {
    /** Light modules around: phones find the code with fewer than the four that ISO/IEC 18004 asks for. */
    private static final int QUIET = 2;
    private static final char BOTH = '\u2588';
    private static final char UPPER = '\u2580';
    private static final char LOWER = '\u2584';

    private QrText() {}

    /**
     * The code that is read as this text.
     *
     * @throws IllegalArgumentException when it is too long for one, which is some 2900 bytes
     */
    static String of(String text) {
        BitMatrix dark = encode(text);
        StringBuilder drawn = new StringBuilder();
        for (int y = 0; y < dark.getHeight(); y += 2) {
            for (int x = 0; x < dark.getWidth(); x++) {
                boolean upper = !dark.get(x, y);
                boolean lower = y + 1 == dark.getHeight() || !dark.get(x, y + 1);
                drawn.append(upper && lower ? BOTH : upper ? UPPER : lower ? LOWER : ' ');
            }
            drawn.append('\n');
        }
        return drawn.toString();
    }

    private static BitMatrix encode(String text) {
        try {
            return new QRCodeWriter().encode(text, BarcodeFormat.QR_CODE, 0, 0,
                    Map.of(EncodeHintType.ERROR_CORRECTION, ErrorCorrectionLevel.L, EncodeHintType.MARGIN, QUIET,
                            EncodeHintType.CHARACTER_SET, "UTF-8"));
        } catch (WriterException e) {
            throw new IllegalArgumentException("too long for a QR code", e);
        }
    }
}

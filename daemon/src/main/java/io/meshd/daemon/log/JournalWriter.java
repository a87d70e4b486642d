package io.meshd.daemon.log;

import io.meshd.daemon.config.Config;
import io.meshd.daemon.control.LogLine;
import io.meshd.netio.UnixDatagrams;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Gives lines to systemd's journal with their fields, by its native protocol (systemd, "Native Journal Protocol"):
 * {@code journalctl -u meshd MESHD_PEER=beta} finds what concerns beta.
 *
 * <p>While the journal takes nothing, lines go to standard error with their priority in front (sd-daemon(3)).
 */
final class JournalWriter implements LogWriter, AutoCloseable {
    /** Leaves room for the fields. */
    private static final int MESSAGE_MAX = 32 * 1024;

    private final UnixDatagrams journal;
    private final PrintStream otherwise;

    private JournalWriter(UnixDatagrams journal, PrintStream otherwise) {
        this.journal = journal;
        this.otherwise = otherwise;
    }

    static JournalWriter to(Path socket, PrintStream otherwise) throws IOException {
        return new JournalWriter(UnixDatagrams.to(socket), otherwise);
    }

    @Override
    public void write(LogLine line) {
        if (!journal.send(datagram(line))) {
            otherwise.println("<" + priority(line.level()) + ">" + line.component() + ": " + line.fullMessage());
        }
    }

    private static byte[] datagram(LogLine line) {
        ByteArrayOutputStream fields = new ByteArrayOutputStream();
        String message = line.fullMessage();
        put(fields, "MESSAGE", message.length() > MESSAGE_MAX ? message.substring(0, MESSAGE_MAX) + " …" : message);
        put(fields, "PRIORITY", Integer.toString(priority(line.level())));
        put(fields, "SYSLOG_IDENTIFIER", "meshd");
        put(fields, "MESHD_COMPONENT", line.component());
        line.fields()
                .forEach((name, value) -> put(fields, "MESHD_" + name.toUpperCase(Locale.ROOT), value.toString()));
        return fields.toByteArray();
    }

    /** A value with line ends has its length in front, as eight bytes, the least significant first. */
    private static void put(ByteArrayOutputStream fields, String name, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        fields.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
        if (value.indexOf('\n') < 0) {
            fields.write('=');
        } else {
            fields.write('\n');
            fields.writeBytes(
                    ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(bytes.length).array());
        }
        fields.writeBytes(bytes);
        fields.write('\n');
    }

    /** As syslog(3) numbers them. */
    private static int priority(Config.Level level) {
        return switch (level) {
            case ERROR -> 3;
            case WARN -> 4;
            case INFO -> 6;
            case DEBUG, TRACE -> 7;
        };
    }

    @Override
    public void close() {
        journal.close();
    }
}

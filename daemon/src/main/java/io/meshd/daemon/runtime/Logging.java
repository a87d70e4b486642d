package io.meshd.daemon.runtime;

import io.meshd.daemon.config.Config;
import java.io.PrintStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The daemon's log on standard error: time, level, component, message, as text or as one JSON object a line.
 *
 * <p>The JDK's logging is only the carrier: libraries speak to it through SLF4J, our own code through
 * {@link System.Logger}.
 */
final class Logging {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Strong references: the JDK forgets the level of a logger that nobody holds. */
    private static final Logger ROOT = Logger.getLogger("");
    private static final Logger OURS = Logger.getLogger("io.meshd");

    private Logging() {}

    /** Sets the log up; at a reload once more. */
    static void configure(PrintStream target, Config.Log log) {
        for (Handler handler : ROOT.getHandlers()) {
            ROOT.removeHandler(handler);
        }
        // Libraries say at INFO what concerns their own authors.
        ROOT.setLevel(Level.WARNING);
        OURS.setLevel(level(log.level()));
        ROOT.addHandler(new Lines(target, log.format().equals("json")));
    }

    private static Level level(Config.Level least) {
        return switch (least) {
            case TRACE -> Level.FINEST;
            case DEBUG -> Level.FINE;
            case INFO -> Level.INFO;
            case WARN -> Level.WARNING;
            case ERROR -> Level.SEVERE;
        };
    }

    /** Writes lines; a log that cannot be written is no reason to stop. */
    private static final class Lines extends Handler {
        private final PrintStream target;
        private final boolean json;
        private final SimpleFormatter messages = new SimpleFormatter();

        Lines(PrintStream target, boolean json) {
            this.target = target;
            this.json = json;
            setLevel(Level.ALL);
        }

        @Override
        public void publish(LogRecord record) {
            target.println(json ? json(record) : text(record));
            if (record.getThrown() != null && OURS.isLoggable(Level.FINE)) {
                record.getThrown().printStackTrace(target);
            }
        }

        private String text(LogRecord record) {
            String message = messages.formatMessage(record);
            return "%s %-5s %s: %s".formatted(time(record), level(record), component(record),
                    record.getThrown() == null ? message : message + ": " + record.getThrown());
        }

        private String json(LogRecord record) {
            ObjectNode line = JSON.createObjectNode()
                    .put("time", time(record))
                    .put("level", level(record).toLowerCase(Locale.ROOT))
                    .put("component", component(record))
                    .put("message", messages.formatMessage(record));
            if (record.getThrown() != null) {
                line.put("error", record.getThrown().toString());
            }
            return line.toString();
        }

        private static String time(LogRecord record) {
            Instant instant = record.getInstant().truncatedTo(ChronoUnit.MILLIS);
            return instant.toString();
        }

        private static String level(LogRecord record) {
            int value = record.getLevel().intValue();
            if (value >= Level.SEVERE.intValue()) {
                return "ERROR";
            }
            if (value >= Level.WARNING.intValue()) {
                return "WARN";
            }
            if (value >= Level.INFO.intValue()) {
                return "INFO";
            }
            return value >= Level.FINE.intValue() ? "DEBUG" : "TRACE";
        }

        private static String component(LogRecord record) {
            String name = record.getLoggerName() == null ? "" : record.getLoggerName();
            return name.startsWith("io.meshd.") ? name.substring("io.meshd.".length()) : name;
        }

        @Override
        public void flush() {
            target.flush();
        }

        @Override
        public void close() {
            flush();
        }
    }
}

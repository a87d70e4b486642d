package io.meshd.daemon.log;

import io.meshd.daemon.config.Config;
import io.meshd.daemon.control.LogLine;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The daemon's log: takes what the program says, makes lines with fields of it, keeps back what repeats, writes the rest
 * as the configuration wants it, and keeps the last of it for those who ask.
 *
 * <p>The JDK's logging is only the carrier: libraries speak to it through SLF4J, our own code through
 * {@link System.Logger}, whose parameters may be {@link Field fields}. Any thread.
 */
public final class Logging implements AutoCloseable {
    /** Strong references: the JDK forgets the level of a logger that nobody holds. */
    private static final Logger ROOT = Logger.getLogger("");
    private static final Logger OURS = Logger.getLogger("io.meshd");
    private static final String OURS_PREFIX = "io.meshd.";
    /** A message that is nothing but its first value. */
    private static final String BARE = "{0}";
    /** Its lines belong together and are rare by themselves; none of them is kept back. */
    private static final String DIAGNOSTICS = "io.meshd.diagnostics";
    /** Of an exception: the program's own frames and some around them. */
    private static final int FRAMES_MAX = 24;

    private final LogOutput output;
    private final LongSupplier clock;
    private final Logbook book = new Logbook();
    private final Suppression suppression = new Suppression();
    private LogWriter writer = line -> {};
    private Config.Level least = Config.Level.INFO;
    private @Nullable JournalWriter journal;

    /**
     * A log that is silent until it is configured.
     *
     * @param output where it goes
     * @param clock  nanoseconds that only grow
     */
    public Logging(LogOutput output, LongSupplier clock) {
        this.output = output;
        this.clock = clock;
    }

    /** The logger of what {@code SIGUSR1} asks for. */
    public static System.Logger diagnostics() {
        return System.getLogger(DIAGNOSTICS);
    }

    /** The last lines, and whoever follows. */
    public Logbook book() {
        return book;
    }

    /** Sets the log up; at a reload once more. */
    public void configure(Config.Log log) {
        synchronized (this) {
            least = log.level();
            writer = writer(log.format());
        }
        for (Handler handler : ROOT.getHandlers()) {
            ROOT.removeHandler(handler);
        }
        // Libraries say at INFO what concerns their own authors.
        ROOT.setLevel(Level.WARNING);
        OURS.setLevel(log.level() == Config.Level.TRACE ? Level.FINEST : Level.FINE);
        ROOT.addHandler(new Intake());
    }

    private LogWriter writer(String format) {
        if (format.equals("json")) {
            return LogWriter.json(output.stream());
        }
        if (output.journal() != null && journal == null) {
            try {
                journal = JournalWriter.to(output.journal(), output.stream());
            } catch (IOException e) {
                output.stream().println("no journal: " + e.getMessage());
            }
        }
        return Objects.requireNonNullElseGet(journal, () -> LogWriter.text(output.stream()));
    }

    /** Tells what was kept back of what no longer happens. To be called now and then. */
    public synchronized void turn() {
        suppression.over(clock.getAsLong()).forEach(this::write);
    }

    private synchronized void publish(Suppression.Kind kind, LogLine line, @Nullable Throwable thrown) {
        LogLine passed = kind.component().equals(DIAGNOSTICS)
                ? line
                : suppression.pass(kind, line, clock.getAsLong());
        if (passed == null) {
            return;
        }
        write(passed);
        if (thrown != null) {
            frames(line, thrown);
        }
    }

    private void write(LogLine line) {
        book.add(line);
        if (line.level().compareTo(least) >= 0) {
            writer.write(line);
        }
    }

    /** Where an error came from is for those who look for errors in the program. */
    private void frames(LogLine line, Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            String where = Stream.of(cause.getStackTrace()).limit(FRAMES_MAX).map(StackTraceElement::toString)
                    .collect(Collectors.joining(" < "));
            write(new LogLine(line.time(), Config.Level.DEBUG, line.component(), cause + " at " + where, Map.of()));
        }
    }

    @Override
    public synchronized void close() {
        writer = line -> {};
        if (journal != null) {
            journal.close();
        }
    }

    /** Takes records of the JDK's logging. */
    private final class Intake extends Handler {
        private final SimpleFormatter messages = new SimpleFormatter();

        Intake() {
            setLevel(Level.ALL);
        }

        @Override
        public void publish(LogRecord record) {
            String logger = record.getLoggerName() == null ? "" : record.getLoggerName();
            String raw = record.getMessage() == null ? "" : record.getMessage();
            String message = messages.formatMessage(record);
            Map<String, Object> fields = fields(record);
            Object peer = fields.get(Field.PEER);
            String about = peer == null ? raw.equals(BARE) ? message : "" : peer.toString();
            Logging.this.publish(new Suppression.Kind(logger, raw, about), new LogLine(record.getInstant(),
                    level(record.getLevel()), component(logger), message, fields), record.getThrown());
        }

        private static Map<String, Object> fields(LogRecord record) {
            Map<String, Object> fields = new LinkedHashMap<>();
            if (record.getParameters() != null) {
                for (Object parameter : record.getParameters()) {
                    if (parameter instanceof Field(String name, Object value) && value != null) {
                        fields.put(name, value instanceof Number ? value : value.toString());
                    }
                }
            }
            if (record.getThrown() != null) {
                fields.put(LogLine.ERROR, record.getThrown().toString());
            }
            return fields;
        }

        private static Config.Level level(Level level) {
            int value = level.intValue();
            if (value >= Level.SEVERE.intValue()) {
                return Config.Level.ERROR;
            }
            if (value >= Level.WARNING.intValue()) {
                return Config.Level.WARN;
            }
            if (value >= Level.INFO.intValue()) {
                return Config.Level.INFO;
            }
            return value >= Level.FINE.intValue() ? Config.Level.DEBUG : Config.Level.TRACE;
        }

        private static String component(String logger) {
            return logger.startsWith(OURS_PREFIX) ? logger.substring(OURS_PREFIX.length()) : logger;
        }

        @Override
        public void flush() {
            output.stream().flush();
        }

        @Override
        public void close() {
            flush();
        }
    }
}

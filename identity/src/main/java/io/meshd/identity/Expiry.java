package io.meshd.identity;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The moment from which on trust is as if removed, and how the operator wrote it.
 *
 * @param text   a date, which means the end of that day in UTC, or an RFC 3339 time
 * @param moment the first moment that is past it
 */
public record Expiry(String text, Instant moment) {
    private static final Pattern DATE = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");
    private static final Pattern TIME = Pattern.compile(
            "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})");

    /** The expiry at a moment, written in RFC 3339. */
    public static Expiry at(Instant moment) {
        return new Expiry(moment.toString(), moment);
    }

    /** Reads {@code YYYY-MM-DD} or an RFC 3339 time. */
    public static Parsed<Expiry> parse(String text) {
        try {
            if (DATE.matcher(text).matches()) {
                Instant endOfDay = LocalDate.parse(text).plusDays(1).atStartOfDay().toInstant(ZoneOffset.UTC);
                return Parsed.valid(new Expiry(text, endOfDay));
            }
            String upper = text.toUpperCase(Locale.ROOT);
            if (TIME.matcher(upper).matches()) {
                return Parsed.valid(new Expiry(text, OffsetDateTime.parse(upper).toInstant()));
            }
        } catch (DateTimeException _) {
            return Parsed.invalid("\"" + text + "\" is no day of the calendar or no time of day");
        }
        return Parsed.invalid("\"" + text + "\" is no date YYYY-MM-DD or RFC 3339 time such as 2027-01-01T12:00:00Z");
    }

    /** Whether it has passed. */
    public boolean isPast(Instant now) {
        return !now.isBefore(moment);
    }

    @Override
    public String toString() {
        return text;
    }
}

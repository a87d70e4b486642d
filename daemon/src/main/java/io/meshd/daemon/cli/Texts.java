package io.meshd.daemon.cli;

import io.meshd.daemon.control.PathClass;
import io.meshd.protocol.MemberState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How values look to a person. */
final class Texts {
    private static final String NOTHING = "-";

    private Texts() {}

    /** A list on one line, or a dash. */
    static String list(List<String> values) {
        return values.isEmpty() ? NOTHING : String.join(", ", values);
    }

    /** The value, or a dash. */
    static String orDash(@Nullable Object value) {
        return value == null ? NOTHING : value.toString();
    }

    /** A number of things, such as "1 peer" or "2 peers". */
    static String count(long number, String thing) {
        return number + " " + thing + (number == 1 ? "" : "s");
    }

    /** Milliseconds, or a dash. */
    static String ms(@Nullable Double ms) {
        return ms == null ? NOTHING : String.format(Locale.ROOT, ms < 10 ? "%.2f ms" : "%.1f ms", ms);
    }

    /** A share from 0 to 1 in percent, or a dash. */
    static String percent(@Nullable Double share) {
        return share == null ? NOTHING : String.format(Locale.ROOT, "%.0f %%", share * 100);
    }

    /** How long ago, or "never". */
    static String ago(@Nullable Instant moment, Instant now) {
        if (moment == null) {
            return "never";
        }
        Duration past = Duration.between(moment, now);
        return past.toSeconds() < 1 ? "now" : duration(past.toSeconds()) + " ago";
    }

    /** A duration in its two greatest units. */
    static String duration(long seconds) {
        long days = seconds / 86_400;
        long hours = seconds % 86_400 / 3_600;
        long minutes = seconds % 3_600 / 60;
        if (days > 0) {
            return days + " d " + hours + " h";
        }
        if (hours > 0) {
            return hours + " h " + minutes + " min";
        }
        return minutes > 0 ? minutes + " min " + seconds % 60 + " s" : seconds + " s";
    }

    /** A number of bytes with a binary unit. */
    static String bytes(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
    }

    /** The class of a path with where it leads. */
    static String path(PathClass pathClass, @Nullable String endpoint, @Nullable String relay) {
        return switch (pathClass) {
            case DIRECT -> "direct " + orDash(endpoint);
            case SIGNALING_THEN_DIRECT -> "punched " + orDash(endpoint);
            case RELAY -> "relay " + orDash(relay);
            case NONE -> NOTHING;
        };
    }

    /** A constant as the contract writes it. */
    static String constant(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /** The colour of a member's state. */
    static Colour colour(MemberState state) {
        return switch (state) {
            case ALIVE -> Colour.GREEN;
            case SUSPECT -> Colour.YELLOW;
            case DEAD -> Colour.RED;
            case LEFT, UNKNOWN -> Colour.FAINT;
        };
    }
}

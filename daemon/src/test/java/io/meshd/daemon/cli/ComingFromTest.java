package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.Schemas;
import io.meshd.daemon.config.ConfigKey;
import io.meshd.daemon.docs.Comparison;
import io.meshd.daemon.docs.ShellLine;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What {@code docs/coming-from.md} says that there is, there is. {@code ComingFromIT} also runs it. */
final class ComingFromTest {
    private static final List<Comparison.Row> ROWS = Comparison.rows();
    private static final Pattern SIGNAL = Pattern.compile("\\bSIG([A-Z0-9]+)");

    @Test
    void everyRowNamesSomethingThatExistsOrSaysThatNothingDoes() throws IOException {
        List<String> faults = new ArrayList<>();
        for (Comparison.Row row : ROWS) {
            if (row.here().isEmpty() != row.isNothing()) {
                faults.add(row.where() + ": expected something of meshd, or \"Missing.\" or \"Not needed.\"");
            }
            for (String code : row.here()) {
                if (!exists(row, code)) {
                    faults.add(row.where() + ": there is no " + code);
                }
            }
        }
        assertThat(faults).isEmpty();
    }

    private static boolean exists(Comparison.Row row, String code) throws IOException {
        if (code.startsWith("meshd ")) {
            List<List<String>> lines = ShellLine.meshd(code);
            return lines.size() == 1 && DocumentCommandsTest.fault(lines.getFirst()) == null;
        }
        if (code.startsWith("/")) {
            return Conventions.files().containsKey(code);
        }
        return ConfigKey.of(code) != null || Conventions.environment().containsKey(code) || isField(row, code)
                || isTrustOption(code);
    }

    /** Whether a command that the row names has it in its JSON, as a field or as a fixed word. */
    private static boolean isField(Comparison.Row row, String code) throws IOException {
        for (String command : row.commands().toList()) {
            CommandTable.Found found = Commands.table((_, _, _) -> {}).find(List.of(command.split(" ", -1)));
            if (found != null && found.command().spec().reports()) {
                String schema = Files.readString(Schemas.of(found.command().spec().name()))
                        + Files.readString(Schemas.FOLDER.resolve("common.json"));
                if (schema.contains("\"" + code + "\"")) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether the table of options in the example of trust files has it. */
    private static boolean isTrustOption(String code) throws IOException {
        String example = Files.readString(Schemas.FOLDER.resolve("../../authorized_keys.example/README.md"));
        return Stream.of("`" + code + "`", "`" + code + "=").anyMatch(example::contains);
    }

    /** That the signals do so is shown by StopIT, ReloadIT and SeeingIT. */
    @Test
    void aSignalStandsBesideTheCommandThatDoesTheSame() {
        List<String> faults = new ArrayList<>();
        Set<DaemonSignal> named = EnumSet.noneOf(DaemonSignal.class);
        for (Comparison.Row row : ROWS) {
            SIGNAL.matcher(row.there()).results().map(found -> DaemonSignal.valueOf(found.group(1))).forEach(signal -> {
                named.add(signal);
                if (row.commands().noneMatch(signal.command()::equals)) {
                    faults.add(
                            row.where() + ": at SIG" + signal + " the daemon does what " + signal.command() + " does");
                }
            });
        }
        assertThat(faults).isEmpty();
        assertThat(named).containsExactlyInAnyOrder(DaemonSignal.values());
    }

    @Test
    void theOtherProgramsAreAllThere() {
        // A few of each kind and program, so that a table that the parser does not see is not taken for a sound one.
        assertThat(ROWS).extracting(Comparison.Row::there).contains("keygen --force", "org-revoke --reason",
                "MESHGUARD_CONFIG_DIR", "identity fingerprint", "policy.strict_allowlist", "SIGHUP", "vpnctl goodbye",
                "init -force", "networks.NAME.export", "tailscale netcheck", "unsafe_routes", "AllowedIPs",
                "StrictSubnets");
        assertThat(ROWS).filteredOn(Comparison.Row::isNothing).extracting(Comparison.Row::there)
                .contains("up --kernel", "several networks in one daemon");
    }
}

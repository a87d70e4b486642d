package io.meshd.daemon.cli;

import io.meshd.daemon.files.Home;
import java.util.LinkedHashMap;
import java.util.Map;

/** What holds for every command, for the reference and the manual. */
final class Conventions {
    static final String SUMMARY = "a mesh VPN without any server";
    static final String ABOUT = "meshd joins hosts into one private network, with no server of any kind. A host trusts "
            + "the keys of others, as ssh does; whom it trusts, it reaches: directly, through NATs, or by a relay that "
            + "sees only ciphertext.";
    static final String OPTIONS = "Options may stand before or after the command, as --option VALUE or --option=VALUE. "
            + "In `meshd ping`, -c followed by a number is the count. Results go to standard output, everything else to "
            + "standard error. A mistyped command, option or name is answered with the nearest that there is.";
    static final String JSON = "Commands that report have --format text|json, in short --json: one JSON document, "
            + "snake_case, times in RFC 3339 UTC, rates and sizes plain numbers in the unit that the name says. The "
            + "fields stay what they are; later versions may add some.";

    private Conventions() {}

    static Map<String, String> exitStatus() {
        Map<String, String> meanings = new LinkedHashMap<>();
        meanings.put(Integer.toString(ExitStatus.DONE), "Done.");
        meanings.put(Integer.toString(ExitStatus.FAILED),
                "The operation failed; one line on standard error says what and what to do next.");
        meanings.put(Integer.toString(ExitStatus.USAGE),
                "Wrong usage, a malformed value, or an invalid configuration, with file, line, key and what was expected.");
        return meanings;
    }

    static Map<String, String> environment() {
        Map<String, String> meanings = new LinkedHashMap<>();
        meanings.put(Home.VARIABLE, "The same as --home, which comes before it.");
        meanings.put("NO_COLOR", "When set and not empty, text is not coloured; nor is it when TERM is dumb.");
        meanings.put("MESHD_TRACE", "When set, an internal error shows where it happened.");
        return meanings;
    }

    static Map<String, String> signals() {
        Map<String, String> meanings = new LinkedHashMap<>();
        for (DaemonSignal signal : DaemonSignal.values()) {
            meanings.put("SIG" + signal.name(), signal.meaning() + " As `meshd " + signal.command() + "`.");
        }
        return meanings;
    }

    static Map<String, String> files() {
        Home home = Home.system();
        Map<String, String> meanings = new LinkedHashMap<>();
        meanings.put(home.config().toString(), "The configuration, which need not exist: meshd.toml(5).");
        meanings.put(home.operatorTrust() + "/NAME.pub",
                "Whom this host trusts, one file each, as `meshd trust` writes.");
        meanings.put(home.admittedTrust() + "/NAME.pub", "Whom the daemon admitted by itself.");
        meanings.put(home.identity().toString(), "The secret key of this host, mode 0600.");
        meanings.put(home.state() + "/", "What the daemon remembers between runs.");
        meanings.put(home.revoked().toString(),
                "Keys that `meshd untrust` took out, so that no introducer brings them back.");
        meanings.put(home.knownPeers().toString(), "Names and keys of those whom an open daemon let in.");
        meanings.put(home.log().toString(), "The log of a daemon that was started with --detach.");
        meanings.put(home.socket().toString(), "The control socket of the running daemon.");
        meanings.put(home.pidFile().toString(), "The number of its process.");
        return meanings;
    }
}

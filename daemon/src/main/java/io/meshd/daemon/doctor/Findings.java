package io.meshd.daemon.doctor;

import io.meshd.daemon.config.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Checks as they come in. */
final class Findings {
    private static final String CHMOD = ": chmod ";

    private final List<Check> checks = new ArrayList<>();

    void pass(Topic topic, String message) {
        checks.add(new Check(topic, Check.Result.PASS, message, null));
    }

    void warn(Topic topic, String message, String remedy) {
        checks.add(new Check(topic, Check.Result.WARN, message, remedy));
    }

    void fail(Topic topic, String message, String remedy) {
        checks.add(new Check(topic, Check.Result.FAIL, message, remedy));
    }

    /** What only root sees. */
    void unseen(Topic topic, String what) {
        warn(topic, "not looked at: " + what, "sudo meshd doctor");
    }

    /** What was found amiss about these only root can judge. */
    void hide(Set<Topic> topics, String what) {
        for (Topic topic : topics) {
            if (checks.removeIf(check -> check.topic() == topic && check.result() != Check.Result.PASS)) {
                unseen(topic, what);
            }
        }
    }

    /** What the operator wrote: the line is the remedy, unless the message brings a command. */
    void fail(Topic topic, Problem problem, String then) {
        String text = problem.toString();
        int command = text.indexOf(CHMOD);
        if (command >= 0) {
            fail(topic, text.substring(0, command), text.substring(command + 2));
        } else if (problem.file() == null) {
            fail(topic, text, then);
        } else {
            fail(topic, text, "change " + problem.file() + (problem.line() > 0 ? ":" + problem.line() : "")
                    + ", then: " + then);
        }
    }

    /** The line of a {@link io.meshd.daemon.files.FileException}: what is wrong, and after the last colon the remedy. */
    void failWithCure(Topic topic, String line) {
        int colon = line.lastIndexOf(": ");
        if (colon < 0) {
            fail(topic, line, "look at that file");
        } else {
            fail(topic, line.substring(0, colon), line.substring(colon + 2));
        }
    }

    /** Says that all is well, unless something was found about it. */
    void passUnlessFound(Topic topic, String message) {
        if (checks.stream().noneMatch(check -> check.topic() == topic)) {
            pass(topic, message);
        }
    }

    /** In the order of the topics; those of one topic as they came. */
    List<Check> inOrder() {
        return checks.stream().sorted((a, b) -> a.topic().compareTo(b.topic())).toList();
    }
}

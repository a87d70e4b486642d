package io.meshd.daemon.docs;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** As much of a shell's grammar as the documents use: words, quotes, comments, pipes, redirections, substitutions. */
public final class ShellLine {
    /** The host that a line of a block is typed on, such as {@code alpha$}. */
    private static final Pattern PROMPT = Pattern.compile("\\s*([a-z][a-z0-9]*)([$#]) (.*)");
    private static final Set<String> OPERATORS = Set.of("|", "||", "&", "&&", ";", "(", ")");
    private static final Pattern OPERATOR = Pattern.compile("\\|\\|?|&&?|;|[<$]?\\(|\\)");
    private static final Pattern REDIRECTION = Pattern.compile("[0-9]?[<>]{1,2}(&[0-9])?");

    private ShellLine() {}

    /**
     * A line with the host that it is typed on.
     *
     * @param host    empty when there is no prompt
     * @param command the line without the prompt
     */
    public record Typed(String host, String command) {}

    /** Takes the prompt off. */
    public static Typed typed(String line) {
        Matcher prompt = PROMPT.matcher(line);
        return prompt.matches() ? new Typed(prompt.group(1), prompt.group(3)) : new Typed("", line.strip());
    }

    /** The arguments of each {@code meshd} that the line runs: directly, by sudo, on another host, in a container. */
    public static List<List<String>> meshd(String line) {
        List<List<String>> found = new ArrayList<>();
        for (List<String> command : commands(typed(line).command())) {
            int at = 0;
            while (at < command.size()) {
                String word = command.get(at);
                if (word.equals("meshd") || word.endsWith("/meshd")) {
                    found.add(List.copyOf(command.subList(at + 1, command.size())));
                    break;
                }
                int skipped = switch (word) {
                    case "sudo", "source", "watch", "time" -> 1;
                    case "ssh" -> 2;
                    case "podman", "docker" -> command.get(at + 1).equals("exec") ? 3 : 0;
                    default -> word.matches("[A-Z_]+=.*") ? 1 : 0;
                };
                if (skipped == 0) {
                    break;
                }
                at += skipped;
            }
        }
        return found;
    }

    /** The simple commands of a line, as words. */
    static List<List<String>> commands(String line) {
        List<List<String>> commands = new ArrayList<>();
        List<String> words = new ArrayList<>();
        boolean isTarget = false;
        for (Token token : tokens(line)) {
            if (!token.isQuoted() && OPERATORS.contains(token.text().replaceFirst("^[<$](?=\\()", ""))) {
                commands.add(words);
                words = new ArrayList<>();
            } else if (!token.isQuoted() && REDIRECTION.matcher(token.text()).matches()) {
                isTarget = !token.text().contains("&");
            } else if (isTarget) {
                isTarget = false;
            } else {
                words.add(token.text());
            }
        }
        commands.add(words);
        return commands.stream().filter(command -> !command.isEmpty()).toList();
    }

    private record Token(String text, boolean isQuoted) {}

    private static List<Token> tokens(String line) {
        List<Token> tokens = new ArrayList<>();
        int at = 0;
        while (at < line.length()) {
            char c = line.charAt(at);
            if (c == ' ' || c == '\t') {
                at++;
                continue;
            }
            if (c == '#') {
                break;
            }
            Matcher operator = OPERATOR.matcher(line).region(at, line.length());
            Matcher redirection = REDIRECTION.matcher(line).region(at, line.length());
            if (operator.lookingAt()) {
                tokens.add(new Token(operator.group(), false));
                at = operator.end();
            } else if (redirection.lookingAt()) {
                tokens.add(new Token(redirection.group(), false));
                at = redirection.end();
            } else {
                at = word(line, at, tokens);
            }
        }
        return tokens;
    }

    /** Reads one word; tells where it ends. */
    private static int word(String line, int from, List<Token> tokens) {
        StringBuilder word = new StringBuilder();
        boolean isQuoted = false;
        int at = from;
        while (at < line.length() && " \t;&()".indexOf(line.charAt(at)) < 0 && !isPipe(line, at)) {
            char c = line.charAt(at);
            int end = c == '\'' || c == '"' ? line.indexOf(c, at + 1) : -1;
            if (end > 0) {
                word.append(line, at + 1, end);
                isQuoted = true;
                at = end + 1;
            } else {
                word.append(c);
                at++;
            }
        }
        tokens.add(new Token(word.toString(), isQuoted));
        return at;
    }

    /** A bar between blanks; one between words, as in text|json, is a choice that help shows. */
    private static boolean isPipe(String line, int at) {
        return line.charAt(at) == '|' && line.charAt(at - 1) == ' ';
    }
}

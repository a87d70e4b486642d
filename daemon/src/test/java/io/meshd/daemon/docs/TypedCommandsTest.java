package io.meshd.daemon.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What a reader is to type can be told from what is printed, and what no test types is named. */
final class TypedCommandsTest {
    private static final Pattern COMMAND = Pattern.compile("\\s*(sudo|meshd [a-z]|\\./|[a-z]+ctl |tar |podman ).*");
    /** Written from the program: usages and examples, which the parser of commands reads. */
    private static final Set<String> WRITTEN = Set.of("docs/cli.md");

    @Test
    void everyCommandInABlockHasAPrompt() {
        assertThat(Page.all().stream().filter(page -> !WRITTEN.contains(page.path())).flatMap(page -> page.snippets()
                .stream()).filter(Page.Snippet::isBlock).filter(line -> COMMAND.matcher(line.text()).matches())
                .map(line -> line.where() + ": " + line.text())).isEmpty();
    }

    @Test
    void everyLineThatIsNamedAsNotTypedStandsInItsPage() {
        Set<String> standing = Page.all().stream().flatMap(page -> page.commands().stream()
                .map(command -> page.path() + ": " + NotTyped.bare(command))).collect(Collectors.toSet());

        assertThat(standing).containsAll(NotTyped.all());
    }

    @Test
    void everySymptomHasACommandThatShowsIt() {
        Page page = Page.of("docs/troubleshooting.md");
        List<String> shown = page.commands().stream().map(Page.Command::heading).distinct().toList();

        assertThat(page.headings().stream().filter(heading -> heading.getLevel() == 2).map(Page::text)
                .filter(heading -> !heading.equals("All checks of doctor"))).isNotEmpty().isSubsetOf(shown);
    }
}

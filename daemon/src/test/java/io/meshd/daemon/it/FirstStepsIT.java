package io.meshd.daemon.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.docs.Page;
import io.meshd.daemon.docs.ShellLine;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.Walkthrough;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the first pages tell a reader to type is typed, on hosts where nothing was set up. */
@NeedsLab
class FirstStepsIT {
    private static final String STARTED = "docs/getting-started.md";
    private static final String BY_INVITATION = "With an invitation";
    private static final String ADDRESS = "198.51.100.10";

    /** Typed below, or by GuidesIT and MultiHostIT. */
    private static final Set<String> TYPED = Set.of(STARTED, "docs/trust.md", "docs/same-and-different.md",
            "docs/lan.md",
            "docs/changing-a-key.md", "docs/internet.md", "docs/home-nat.md", "docs/lan-behind-a-peer.md",
            "docs/examples/multi-host/README.md");
    /** Whose commands are read by the program's own table only, each with the reason. */
    private static final Map<String, String> READ_ONLY = Map.of(
            "README.md", "the same commands as in getting-started.md",
            "CONTRIBUTING.md", "an example of the notation",
            "docs/troubleshooting.md", "each needs the fault that it is about; DoctorIT plants them",
            "docs/operations.md", "systemd and the package, which PackageIT installs");

    /** Sections that are typed in one laboratory, none of whose hosts knows anything before. */
    private record Walk(String page, Predicate<String> headings) {}

    private static final List<Walk> WALKS = List.of(
            new Walk(STARTED, BY_INVITATION::equals),
            new Walk(STARTED, heading -> !heading.equals(BY_INVITATION)),
            new Walk("docs/trust.md", _ -> true),
            new Walk("docs/same-and-different.md", _ -> true));

    @Test
    void everyCommandOfTheFirstPagesSucceeds() {
        assertThat(WALKS.parallelStream().flatMap(FirstStepsIT::failures)).isEmpty();
    }

    private static Stream<String> failures(Walk walk) {
        try (Lab lab = Lab.open()) {
            return new Walkthrough(lab).where(ADDRESS, "alpha").follow(Page.of(walk.page()), walk.headings()).stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void everyPageWithCommandsIsTypedOrSaysWhyNot() {
        assertThat(Page.all().stream().filter(page -> page.snippets().stream().anyMatch(
                line -> line.isBlock() && !ShellLine.typed(line.text()).host().isEmpty())).map(Page::path))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.concat(TYPED.stream(), READ_ONLY.keySet().stream()).toList());
    }
}

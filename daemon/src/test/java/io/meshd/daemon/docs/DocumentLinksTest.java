package io.meshd.daemon.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Links between pages lead somewhere, down to the heading; and every page is found from the index. */
final class DocumentLinksTest {
    private static final List<Page> PAGES = Page.all();

    @Test
    void everyLinkLeadsToAFileAndAHeading() {
        Map<Path, Collection<String>> anchors = new HashMap<>();
        PAGES.forEach(page -> anchors.put(page.file(), page.anchors().values()));
        List<String> broken = new ArrayList<>();
        for (Page page : PAGES) {
            for (Page.Reference link : page.links()) {
                String target = link.target();
                if (target.matches("[a-z]+:.*")) {
                    continue;
                }
                int hash = target.indexOf('#');
                String path = hash < 0 ? target : target.substring(0, hash);
                Path file = path.isEmpty() ? page.file() : page.file().resolveSibling(path).normalize();
                if (!Files.exists(file)) {
                    broken.add(link.where() + ": there is no " + path);
                } else if (hash >= 0 && !anchors.getOrDefault(file, List.of()).contains(target.substring(hash + 1))) {
                    broken.add(link.where() + ": no heading " + target.substring(hash) + " in " + Page.ROOT
                            .relativize(file));
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void theIndexNamesEveryPageOfTheFolder() {
        Page index = Page.of("docs/README.md");
        List<Path> named = index.links().stream()
                .map(link -> index.file().resolveSibling(link.target().replaceFirst("#.*", "")).normalize()).toList();

        assertThat(PAGES.stream().filter(page -> page.path().matches("docs/[^/]+\\.md"))
                .filter(page -> !page.path().equals("docs/README.md")).map(Page::file))
                .as("pages that docs/README.md leads to").isSubsetOf(named);
    }
}

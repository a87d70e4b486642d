package io.meshd.daemon.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Makes the site, in {@code target/site}, and looks whether it is whole. */
final class SiteTest {
    private static final Path FOLDER = Page.ROOT.resolve("target/site");
    private static final Pattern HREF = Pattern.compile("href=\"([^\"]*)\"");
    private static final Pattern ID = Pattern.compile(" id=\"([^\"]*)\"");

    @BeforeAll
    static void make() throws IOException {
        if (Files.exists(FOLDER)) {
            try (Stream<Path> old = Files.walk(FOLDER)) {
                for (Path file : old.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
        new Site().write(FOLDER);
    }

    private static List<Path> files(String suffix) throws IOException {
        try (Stream<Path> all = Files.walk(FOLDER)) {
            return all.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
        }
    }

    @Test
    void everyPageIsThereAndInTheNavigationOfEach() throws IOException {
        assertThat(files(".html")).hasSizeGreaterThanOrEqualTo(Page.all().size());
        String index = Files.readString(FOLDER.resolve("index.html"));
        for (Page page : Page.all()) {
            assertThat(index).as(page.path()).contains(">" + page.title().replace("&", "&amp;") + "</a></li>");
        }
    }

    @Test
    void everyLinkOfTheSiteLeadsToAFileAndAnAnchor() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path file : files(".html")) {
            for (String target : HREF.matcher(Files.readString(file)).results().map(link -> link.group(1)).toList()) {
                if (target.matches("[a-z]+:.*")) {
                    continue;
                }
                int hash = target.indexOf('#');
                String path = hash < 0 ? target : target.substring(0, hash);
                Path to = path.isEmpty() ? file : file.resolveSibling(path).normalize();
                if (!Files.isRegularFile(to)) {
                    broken.add(FOLDER.relativize(file) + " -> " + target);
                } else if (hash >= 0 && ID.matcher(Files.readString(to)).results().map(id -> id.group(1))
                        .noneMatch(target.substring(hash + 1)::equals)) {
                    broken.add(FOLDER.relativize(file) + " -> " + target);
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void anchorsAreUniqueAndNothingIsFetchedFromElsewhere() throws IOException {
        for (Path file : files(".html")) {
            String html = Files.readString(file);
            Set<String> ids = new HashSet<>();
            assertThat(ID.matcher(html).results().map((MatchResult id) -> id.group(1)).filter(id -> !ids.add(id)))
                    .as(file.toString()).isEmpty();
            assertThat(html).doesNotContain("<script", "<img", "src=", "@import").contains("<title>", "viewport");
            assertThat(Pattern.compile("<link[^>]*href=\"(?!data:|[./a-z]*site\\.css)").matcher(html).find()).isFalse();
        }
        assertThat(Files.readString(FOLDER.resolve("site.css"))).doesNotContain("url(", "@import");
    }
}

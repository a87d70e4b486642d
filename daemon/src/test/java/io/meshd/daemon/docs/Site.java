package io.meshd.daemon.docs;

import io.meshd.daemon.docs.ShellLine.Typed;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.Link;
import org.commonmark.renderer.html.HtmlRenderer;

/**
 * The documents as a web site: one file for each page, one style sheet, no script, and nothing that is fetched from
 * elsewhere. Links between pages become links between these files; other files that a page links to come along.
 */
final class Site {
    private static final String INDEX = "docs/README.md";
    private static final Map<String, String> OUTSIDE = Map.of("README.md", "project.html", "CONTRIBUTING.md",
            "contributing.html", "CHANGELOG.md", "changes.html", "authorized_keys.example/README.md",
            "authorized-keys.html");

    private final Map<String, Page> pages = new TreeMap<>();
    private final Map<String, List<Page>> groups = new LinkedHashMap<>();
    private final Set<Path> companions = new LinkedHashSet<>();
    private final HtmlRenderer renderer;

    Site() {
        Page.all().forEach(page -> pages.put(page.path(), page));
        group("Start", INDEX, "docs/getting-started.md", "docs/trust.md", "docs/same-and-different.md",
                "docs/coming-from.md");
        group("Set up", "docs/lan.md", "docs/internet.md", "docs/home-nat.md", "docs/lan-behind-a-peer.md",
                "docs/devices.md", "docs/packaging.md", "docs/examples/multi-host/README.md");
        group("Run", "docs/operations.md", "docs/monitoring/README.md", "docs/monitoring/logs.md",
                "docs/changing-a-key.md", "docs/troubleshooting.md");
        group("Look up", "docs/cli.md", "docs/configuration.md", "authorized_keys.example/README.md",
                "docs/security.md", "docs/control.md", "docs/schema/README.md", "docs/performance.md");
        group("Inside", "docs/architecture.md", "docs/protocol.md", "README.md", "CONTRIBUTING.md", "CHANGELOG.md");
        List<Page> named = groups.values().stream().flatMap(List::stream).toList();
        groups.put("Decisions", pages.values().stream().filter(page -> !named.contains(page)).toList());
        renderer = HtmlRenderer.builder().extensions(Page.EXTENSIONS).build();
    }

    private void group(String name, String... paths) {
        groups.put(name, Stream.of(paths).map(pages::get).filter(Objects::nonNull).toList());
    }

    /** Writes the whole site into an empty or new folder. */
    void write(Path folder) throws IOException {
        for (String path : pages.keySet()) {
            // Read again, since rendering changes the tree.
            put(folder.resolve(target(path)), html(Page.of(path)));
        }
        try (InputStream css = Objects.requireNonNull(Site.class.getResourceAsStream("/site/site.css"))) {
            put(folder.resolve("site.css"), new String(css.readAllBytes(), StandardCharsets.UTF_8));
        }
        for (Path companion : companions) {
            Path copy = folder.resolve(fileTarget(companion));
            if (Files.isDirectory(companion)) {
                put(copy, listing(companion));
            } else {
                put(copy, Files.readString(companion));
            }
        }
    }

    private static void put(Path file, String text) throws IOException {
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, text);
    }

    /** Where a page goes, from the root of the site. */
    private static String target(String path) {
        String outside = OUTSIDE.get(path);
        return outside != null
                ? outside
                : path.replaceFirst("^docs/", "").replaceFirst("README\\.md$", "index.html").replaceFirst("\\.md$",
                        ".html");
    }

    private static String fileTarget(Path file) {
        String path = "files/" + Page.ROOT.relativize(file);
        return Files.isDirectory(file) ? path + "/index.html" : path;
    }

    private String html(Page page) {
        String here = target(page.path());
        String up = "../".repeat((int) here.chars().filter(c -> c == '/').count());
        String contents = contents(page);
        relink(page, up);
        mark(page);
        String body = renderer.render(page.node()).replace("<table>", "<div class=\"table\" tabindex=\"0\"><table>")
                .replace("</table>", "</table></div>");
        int afterTitle = body.indexOf("</h1>");
        String whole = afterTitle < 0
                ? body
                : body.substring(0, afterTitle + 5) + contents + body.substring(afterTitle + 5);
        return frame(page.path(), page.title(), up, whole + neighbours(page.path(), up));
    }

    private String frame(String path, String title, String up, String body) {
        String name = path.equals(INDEX) ? "meshd" : escaped(title) + " · meshd";
        return """
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>%s</title>
                <link rel="icon" href="data:,">
                <link rel="stylesheet" href="%ssite.css">
                </head>
                <body>
                <a class="skip" href="#page">To the page</a>
                <input type="checkbox" id="menu" aria-label="Show all pages">
                <header><a href="%sindex.html">meshd</a><label for="menu">Pages</label></header>
                <div class="frame">
                <nav class="pages" aria-label="All pages">
                %s</nav>
                <main id="page">
                %s</main>
                </div>
                </body>
                </html>
                """.formatted(name, up, up, navigation(path, up), body);
    }

    private String navigation(String current, String up) {
        StringBuilder text = new StringBuilder();
        groups.forEach((name, some) -> {
            text.append("<h2>").append(name).append("</h2>\n<ul>\n");
            some.forEach(page -> text.append("<li>").append(link(page, up,
                    page.path().equals(current) ? " aria-current=\"page\"" : "")).append("</li>\n"));
            text.append("</ul>\n");
        });
        return text.toString();
    }

    private static String link(Page page, String up, String more) {
        return "<a href=\"" + up + target(page.path()) + "\"" + more + ">" + escaped(page.title()) + "</a>";
    }

    /** The page before and the page after, in the order of the navigation. */
    private String neighbours(String path, String up) {
        List<Page> all = groups.values().stream().flatMap(List::stream).toList();
        List<String> paths = all.stream().map(Page::path).toList();
        int at = paths.indexOf(path);
        return at < 0
                ? ""
                : "<div class=\"next\"><span>" + (at == 0 ? "" : "← " + link(all.get(at - 1), up, "")) + "</span><span>"
                        + (at == all.size() - 1 ? "" : link(all.get(at + 1), up, "") + " →") + "</span></div>\n";
    }

    /** Its sections, when there are enough of them to need a list; also gives each heading its anchor. */
    private static String contents(Page page) {
        Map<Heading, String> anchors = page.anchors();
        List<Heading> sections = page.headings().stream().filter(heading -> heading.getLevel() == 2).toList();
        String list = sections.stream().map(heading -> "<li><a href=\"#" + anchors.get(heading) + "\">"
                + escaped(Page.text(heading)) + "</a></li>").collect(Collectors.joining("\n"));
        anchors.forEach((heading, anchor) -> {
            HtmlBlock open = new HtmlBlock();
            String tag = "h" + heading.getLevel();
            String title = HtmlRenderer.builder().build().render(heading).strip()
                    .replaceFirst("^<" + tag + ">", "<" + tag + " id=\"" + anchor + "\">")
                    .replaceFirst("</" + tag + ">$", "");
            open.setLiteral(title + (heading.getLevel() == 1
                    ? ""
                    : "<a href=\"#" + anchor
                            + "\" aria-label=\"Link to this section\">#</a>")
                    + "</" + tag + ">");
            heading.insertAfter(open);
            heading.unlink();
        });
        return sections.size() < 4
                ? ""
                : "\n<details class=\"toc\"><summary>On this page</summary>\n<ul>\n" + list + "\n</ul></details>\n";
    }

    /** Has links lead to where the pages are in the site. */
    private void relink(Page page, String up) {
        page.node().accept(new AbstractVisitor() {
            @Override
            public void visit(Link link) {
                String target = link.getDestination();
                if (!target.startsWith("#") && !target.matches("[a-z]+:.*")) {
                    link.setDestination(up + moved(page, target));
                }
                visitChildren(link);
            }
        });
    }

    private String moved(Page page, String target) {
        int hash = target.indexOf('#');
        String anchor = hash < 0 ? "" : target.substring(hash);
        Path file = page.file().resolveSibling(hash < 0 ? target : target.substring(0, hash)).normalize();
        if (Files.isDirectory(file) && Files.exists(file.resolve("README.md"))) {
            file = file.resolve("README.md");
        }
        String path = Page.ROOT.relativize(file).toString();
        if (pages.containsKey(path)) {
            return target(path) + anchor;
        }
        companions.add(file);
        return fileTarget(file);
    }

    /** Tells prompts, what is typed and what is printed apart. */
    private static void mark(Page page) {
        List<FencedCodeBlock> blocks = new ArrayList<>();
        page.node().accept(new AbstractVisitor() {
            @Override
            public void visit(FencedCodeBlock block) {
                blocks.add(block);
            }
        });
        for (FencedCodeBlock block : blocks) {
            boolean isDialogue = block.getLiteral().lines().anyMatch(line -> !ShellLine.typed(line).host().isEmpty());
            HtmlBlock marked = new HtmlBlock();
            marked.setLiteral("<pre tabindex=\"0\"><code>" + block.getLiteral().lines().map(line -> {
                Typed typed = ShellLine.typed(line);
                if (typed.host().isEmpty()) {
                    return isDialogue && !line.isBlank()
                            ? "<span class=\"said\">" + escaped(line) + "</span>"
                            : escaped(line);
                }
                int command = line.length() - typed.command().length();
                return "<span class=\"host\">" + escaped(line.substring(0, command)) + "</span>"
                        + escaped(line.substring(command));
            }).collect(Collectors.joining("\n")) + "\n</code></pre>");
            block.insertAfter(marked);
            block.unlink();
        }
    }

    /** The files of a folder that has no page of its own. */
    private String listing(Path folder) throws IOException {
        String up = "../".repeat((int) fileTarget(folder).chars().filter(c -> c == '/').count());
        try (Stream<Path> files = Files.list(folder)) {
            String list = files.sorted().map(file -> pages.get(Page.ROOT.relativize(file).toString()))
                    .filter(Objects::nonNull).map(page -> "<li>" + link(page, up, "") + "</li>\n")
                    .collect(Collectors.joining());
            String title = String.valueOf(folder.getFileName());
            return frame(Page.ROOT.relativize(folder).toString(), title, up,
                    "<h1>" + escaped(title) + "</h1>\n<ul>\n" + list + "</ul>\n");
        }
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}

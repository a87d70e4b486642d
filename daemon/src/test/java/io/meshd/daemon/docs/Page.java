package io.meshd.daemon.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TableCell;
import org.commonmark.ext.gfm.tables.TableRow;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.CustomNode;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.HardLineBreak;
import org.commonmark.node.Heading;
import org.commonmark.node.IndentedCodeBlock;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.Text;
import org.commonmark.parser.IncludeSourceSpans;
import org.commonmark.parser.Parser;

/** A page of the documentation, in Markdown. */
public final class Page {
    /** Tables are all that the pages use beyond CommonMark. */
    static final List<Extension> EXTENSIONS = List.of(TablesExtension.create());
    /** The folder of the repository. */
    public static final Path ROOT = root();

    private static final Parser PARSER = Parser.builder().extensions(EXTENSIONS)
            .includeSourceSpans(IncludeSourceSpans.BLOCKS_AND_INLINES).build();
    private static final Path DOCS = ROOT.resolve("docs");

    private final Path file;
    private final Node node;

    private Page(Path file) {
        this.file = file;
        try {
            this.node = PARSER.parse(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Something that is written as code.
     *
     * @param where    file and line
     * @param text     of one line, or of the inline code
     * @param language what stands behind the fence; empty for inline code
     * @param heading  under which it stands
     * @param isBlock  whether it is a line of a block
     */
    public record Snippet(String where, String text, String language, String heading, boolean isBlock) {}

    /**
     * A line of a block that a reader is to type.
     *
     * @param where   file and line
     * @param heading under which it stands
     * @param host    that its prompt names
     * @param line    without the prompt
     */
    public record Command(String where, String heading, String host, String line) {
        @Override
        public String toString() {
            return where + ": " + host + "$ " + line;
        }
    }

    /**
     * A link.
     *
     * @param where  file and line
     * @param target as it is written
     */
    record Reference(String where, String target) {}

    /**
     * A row of a table.
     *
     * @param where   file and line
     * @param heading under which it stands
     * @param cells   their plain texts
     * @param codes   what is written as code in each
     */
    public record Row(String where, String heading, List<String> cells, List<List<String>> codes) {
        public Row {
            cells = List.copyOf(cells);
            codes = List.copyOf(codes);
        }
    }

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("docs")) || !Files.exists(folder.resolve("meshd"))) {
            folder = Objects.requireNonNull(folder.getParent(), "no repository above");
        }
        return folder;
    }

    /** The page at this path below the folder of the repository. */
    public static Page of(String path) {
        return new Page(ROOT.resolve(path));
    }

    /** All of them: the README and whatever is in {@code docs}, in the order of their paths. */
    public static List<Page> all() {
        try (Stream<Path> files = Files.walk(DOCS)) {
            return Stream.concat(Stream.of("README.md", "CONTRIBUTING.md", "CHANGELOG.md",
                    "authorized_keys.example/README.md").map(ROOT::resolve),
                    files.filter(path -> path.toString().endsWith(".md")).sorted()).map(Page::new).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path file() {
        return file;
    }

    /** Its path below the folder of the repository, such as {@code docs/trust.md}. */
    public String path() {
        return ROOT.relativize(file).toString();
    }

    Node node() {
        return node;
    }

    /** The first heading. */
    String title() {
        return headings().isEmpty() ? path() : text(headings().getFirst());
    }

    private String where(Node at) {
        int line = at.getSourceSpans().isEmpty() ? 0 : at.getSourceSpans().getFirst().getLineIndex() + 1;
        return path() + ":" + line;
    }

    /** Everything that is written as code, in order; blocks line by line, where a backslash joins two of them. */
    public List<Snippet> snippets() {
        List<Snippet> found = new ArrayList<>();
        node.accept(new AbstractVisitor() {
            private String heading = "";

            @Override
            public void visit(Heading at) {
                heading = text(at);
                visitChildren(at);
            }

            @Override
            public void visit(Code code) {
                found.add(new Snippet(where(code), code.getLiteral(), "", heading, false));
            }

            @Override
            public void visit(FencedCodeBlock block) {
                lines(block, block.getLiteral(), Objects.requireNonNullElse(block.getInfo(), ""), 1);
            }

            @Override
            public void visit(IndentedCodeBlock block) {
                lines(block, block.getLiteral(), "", 0);
            }

            private void lines(Node block, String literal, String language, int fence) {
                int line = block.getSourceSpans().getFirst().getLineIndex() + 1 + fence;
                StringBuilder whole = new StringBuilder();
                for (String text : literal.lines().toList()) {
                    if (text.endsWith("\\")) {
                        whole.append(text, 0, text.length() - 1);
                    } else {
                        found.add(new Snippet(path() + ":" + line, whole + text, language, heading, true));
                        whole.setLength(0);
                    }
                    line++;
                }
            }
        });
        return found;
    }

    /** What a reader is to type: the lines of blocks that have a prompt. */
    public List<Command> commands() {
        return snippets().stream().filter(Snippet::isBlock).map(snippet -> {
            ShellLine.Typed typed = ShellLine.typed(snippet.text());
            return new Command(snippet.where(), snippet.heading(), typed.host(), typed.command());
        }).filter(command -> !command.host().isEmpty()).toList();
    }

    /** All links, in order. */
    List<Reference> links() {
        List<Reference> found = new ArrayList<>();
        node.accept(new AbstractVisitor() {
            @Override
            public void visit(Link link) {
                found.add(new Reference(where(link), link.getDestination()));
                visitChildren(link);
            }
        });
        return found;
    }

    /** All headings, in order. */
    List<Heading> headings() {
        List<Heading> found = new ArrayList<>();
        node.accept(new AbstractVisitor() {
            @Override
            public void visit(Heading heading) {
                found.add(heading);
            }
        });
        return found;
    }

    /** The anchor of each heading, as GitHub makes them. */
    Map<Heading, String> anchors() {
        Map<Heading, String> anchors = new HashMap<>();
        Map<String, Integer> taken = new HashMap<>();
        for (Heading heading : headings()) {
            String plain = text(heading).toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}_ -]", "").replace(' ',
                    '-');
            int before = taken.merge(plain, 1, Integer::sum) - 1;
            anchors.put(heading, before == 0 ? plain : plain + "-" + before);
        }
        return anchors;
    }

    /** All rows of all tables, heads included. */
    public List<Row> rows() {
        List<Row> found = new ArrayList<>();
        node.accept(new AbstractVisitor() {
            private String heading = "";

            @Override
            public void visit(Heading at) {
                heading = text(at);
            }

            @Override
            public void visit(CustomNode custom) {
                if (custom instanceof TableRow) {
                    List<Node> cells = children(custom).filter(TableCell.class::isInstance).toList();
                    found.add(new Row(where(custom), heading, cells.stream().map(Page::text).toList(),
                            cells.stream().map(Page::codes).toList()));
                }
                visitChildren(custom);
            }
        });
        return found;
    }

    private static Stream<Node> children(Node parent) {
        List<Node> children = new ArrayList<>();
        for (Node child = parent.getFirstChild(); child != null; child = child.getNext()) {
            children.add(child);
        }
        return children.stream();
    }

    private static List<String> codes(Node parent) {
        return children(parent).flatMap(child -> child instanceof Code code
                ? Stream.of(code.getLiteral())
                : codes(child).stream()).toList();
    }

    /** What a reader sees of it, without its marks. */
    static String text(Node node) {
        return switch (node) {
            case Text text -> text.getLiteral();
            case Code code -> code.getLiteral();
            case SoftLineBreak _,HardLineBreak _ -> " ";
            default -> children(node).map(Page::text).collect(Collectors.joining());
        };
    }
}

package io.meshd.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;

final class KeyLinesTest {
    @Test
    void findsKeysInEveryShapeOfToml() throws IOException {
        String text = """
                # a comment with key = 1
                top = 1

                [a]
                x = "text with = and # inside"
                y = '''
                fake = 1
                [not.a.table]
                '''
                z = \"""
                one \\" two
                \"""
                "quoted key" = 3
                dotted.key = 4
                [a . b]
                c = [ 1, # comment ]
                  2,
                  "]", [3, 4],
                ]
                d = { e = 1, f = [ 1 ] }
                [[list]]
                k = 1
                [[list]]
                k = 2
                [list.sub]
                k = 3
                """;
        assertThat(new TomlMapper().readTree(text).at("/list/1/sub/k").intValue()).isEqualTo(3);
        KeyLines lines = KeyLines.scan(text);

        assertThat(lines.line("top")).isEqualTo(2);
        assertThat(lines.line("a")).isEqualTo(4);
        assertThat(lines.line("a.x")).isEqualTo(5);
        assertThat(lines.line("a.y")).isEqualTo(6);
        assertThat(lines.line("a.z")).isEqualTo(10);
        assertThat(lines.line("a.quoted key")).isEqualTo(13);
        assertThat(lines.line("a.dotted.key")).isEqualTo(14);
        assertThat(lines.line("a.b")).isEqualTo(15);
        assertThat(lines.line("a.b.c[0]")).isEqualTo(16);
        assertThat(lines.line("a.b.c[1]")).isEqualTo(17);
        assertThat(lines.line("a.b.c[2]")).isEqualTo(18);
        assertThat(lines.line("a.b.c[3]")).isEqualTo(18);
        assertThat(lines.line("a.b.d.e")).isEqualTo(20);
        assertThat(lines.line("list[0].k")).isEqualTo(22);
        assertThat(lines.line("list[1].k")).isEqualTo(24);
        assertThat(lines.line("list[1].sub.k")).isEqualTo(26);
        assertThat(lines.line("nowhere")).isEqualTo(1);
    }
}

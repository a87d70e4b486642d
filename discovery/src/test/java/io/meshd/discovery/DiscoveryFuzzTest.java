package io.meshd.discovery;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/** Every parser of this module under coverage-guided fuzzing; a normal build replays the kept inputs. */
class DiscoveryFuzzTest {
    @FuzzTest
    void swimBodies(byte[] body) {
        SwimCodecTest.check(body);
    }

    @FuzzTest
    void seedTexts(byte[] text) {
        SeedTextTest.check(new String(text, StandardCharsets.UTF_8));
    }
}

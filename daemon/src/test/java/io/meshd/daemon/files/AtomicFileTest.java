package io.meshd.daemon.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AtomicFileTest {
    private static final int OTHER_USER = 12_345;
    private static final int KILLS = 20;

    @TempDir
    private Path directory;

    @Test
    void writesSecretsForTheOwnerOnly() throws IOException {
        Path file = directory.resolve("new/identity");

        AtomicFile.write(file, "seed", Access.SECRET);

        assertThat(file).hasContent("seed");
        assertThat(mode(file)).isEqualTo("rw-------");
        assertThat(mode(directory.resolve("new"))).isEqualTo("rwx------");
    }

    @Test
    void writesPublicFilesReadableByAll() throws IOException {
        Path file = directory.resolve("new/beta.pub");

        AtomicFile.write(file, "key", Access.PUBLIC);

        assertThat(mode(file)).isEqualTo("rw-r--r--");
        assertThat(mode(directory.resolve("new"))).isEqualTo("rwxr-xr-x");
    }

    @Test
    void replacesContentAndModeAndLeavesNothingBesides() throws IOException {
        Path file = directory.resolve("file");
        AtomicFile.write(file, "old and longer", Access.PUBLIC);

        AtomicFile.write(file, "new", Access.SECRET);

        assertThat(file).hasContent("new");
        assertThat(mode(file)).isEqualTo("rw-------");
        assertThat(entries()).containsExactly(file);
    }

    @Test
    void leavesNothingBehindWhenTheTargetCannotBeReplaced() throws IOException {
        Path target = directory.resolve("taken");
        Files.createDirectories(target.resolve("by/a/directory"));

        assertThatThrownBy(() -> AtomicFile.write(target, "new", Access.PUBLIC)).isInstanceOf(IOException.class);

        assertThat(entries()).containsExactly(target);
    }

    @Test
    void refusesToMakeADirectoryWhereAFileIs() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        assertThatThrownBy(() -> AtomicFile.write(file.resolve("deeper"), "x", Access.PUBLIC))
                .isInstanceOf(FileException.class).hasMessageContaining(file + " is no directory");
    }

    @Test
    void givesFilesOfRootToTheOwnerOfTheirDirectory() throws IOException {
        assumeTrue(Owner.ofThisProcess().isRoot(), "only root can give files away");
        Path owned = Files.createDirectory(directory.resolve("owned"));
        Files.setAttribute(owned, "unix:uid", OTHER_USER);
        Files.setAttribute(owned, "unix:gid", OTHER_USER);

        AtomicFile.write(owned.resolve("deeper/file"), "x", Access.SECRET);

        assertThat(Owner.of(owned.resolve("deeper"))).isEqualTo(new Owner(OTHER_USER, OTHER_USER));
        assertThat(Owner.of(owned.resolve("deeper/file"))).isEqualTo(new Owner(OTHER_USER, OTHER_USER));
    }

    @Test
    void saysWhetherThereWasAFileToDelete() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        assertThat(AtomicFile.delete(file)).isTrue();
        assertThat(AtomicFile.delete(file)).isFalse();
    }

    @Test
    void namesTheChmodThatMendsAnOpenSecret() throws IOException {
        Path file = directory.resolve("identity");
        AtomicFile.write(file, "seed", Access.SECRET);
        FileMode.requireSecret(file, "identity");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));

        assertThatThrownBy(() -> FileMode.requireSecret(file, "identity")).isInstanceOf(FileException.class)
                .hasMessage("identity " + file + " is open to others: chmod 600 " + file);
    }

    @Test
    void aDirectoryInThePlaceOfAFileIsCalledThat() throws IOException {
        Path place = Files.createDirectory(directory.resolve("identity"));

        assertThatThrownBy(() -> AtomicFile.write(place, "seed", Access.SECRET)).isInstanceOf(FileException.class)
                .hasMessage(place + " is a directory: move it away first");
        assertThatThrownBy(() -> FileMode.requireSecret(place, "identity")).isInstanceOf(FileException.class)
                .hasMessageContaining("is a directory");
        assertThat(entries()).containsExactly(place);
    }

    @Test
    void namesTheChmodThatMendsAWritableConfig() throws IOException {
        Path file = directory.resolve("meshd.toml");
        AtomicFile.write(file, "", Access.PUBLIC);
        FileMode.requireUnwritableByOthers(file, "config");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));

        assertThatThrownBy(() -> FileMode.requireUnwritableByOthers(file, "config")).isInstanceOf(FileException.class)
                .hasMessage("config " + file + " is writable by others: chmod go-w " + file);
    }

    @Test
    void aWriterThatIsKilledLeavesAWholeFileAndTheNextClearsUp() throws Exception {
        Path file = directory.resolve("file");
        boolean leftSomething = false;
        long seed = Long.getLong("meshd.seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        for (int kill = 0; kill < KILLS; kill++) {
            Process writer = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
                    EndlessWriter.class.getName(), file.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT).start();
            assertThat(writer.inputReader().readLine()).isEqualTo("begun");
            TimeUnit.MICROSECONDS.sleep(random.nextInt(20_000));
            writer.destroyForcibly().waitFor();

            String content = Files.readString(file);
            assertThat(content).as("-Dmeshd.seed=%d", seed).isEqualTo(EndlessWriter.content(content.charAt(0) - 'a'));
            leftSomething |= entries().count() > 1;
            AtomicFile.write(directory.resolve("other"), "x", Access.PUBLIC);
            assertThat(entries()).containsExactlyInAnyOrder(file, directory.resolve("other"));
            Files.delete(directory.resolve("other"));
        }
        assertThat(leftSomething).as("some kill came in the middle of a write").isTrue();
    }

    @Test
    void aTemporaryFileThatSomebodyWritesIsLeftAlone() throws IOException {
        Path busy = directory.resolve(".other.1" + AtomicFile.SUFFIX);
        Path foreign = Files.createFile(directory.resolve(".other.1.tmp"));
        try (FileChannel channel = FileChannel.open(busy, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
            assertThat(channel.lock().isValid()).isTrue();
            AtomicFile.write(directory.resolve("file"), "x", Access.PUBLIC);

            assertThat(entries()).contains(busy, foreign);
        }
        AtomicFile.delete(directory.resolve("file"));
        assertThat(entries()).containsExactly(foreign);
    }

    private Stream<Path> entries() throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.toList().stream();
        }
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}

package io.meshd.daemon.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AtomicFileTest {
    private static final int OTHER_USER = 12_345;

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

    private Stream<Path> entries() throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.toList().stream();
        }
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}

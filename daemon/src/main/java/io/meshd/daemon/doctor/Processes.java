package io.meshd.daemon.doctor;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What /proc tells of processes (proc(5)). Of other users' processes root alone sees the files. */
final class Processes {
    private static final Path PROC = Path.of("/proc");
    private static final String OPEN_FILES = "Max open files";
    private static final int LOCAL_ADDRESS = 1;
    private static final int INODE = 9;
    private static final int EFFECTIVE = 2;

    private Processes() {}

    /**
     * A running process.
     *
     * @param uid          whom it acts as
     * @param gid          its group
     * @param groups       its other groups
     * @param openFiles    how many files it has open; -1 when that is not to be seen
     * @param openFilesMax how many it may have
     */
    record Running(int uid, int gid, Set<Integer> groups, long openFiles, long openFilesMax) {
        Running {
            groups = Set.copyOf(groups);
        }
    }

    static @Nullable Running running(long pid) {
        Path process = PROC.resolve(Long.toString(pid));
        try {
            List<String> status = Files.readAllLines(process.resolve("status"));
            Set<Integer> groups = new HashSet<>();
            field(status, "Groups:").skip(1).map(Integer::valueOf).forEach(groups::add);
            return new Running(number(status, "Uid:"), number(status, "Gid:"), groups, openFiles(process),
                    openFilesMax(process));
        } catch (IOException | NumberFormatException _) {
            return null;
        }
    }

    private static Stream<String> field(List<String> status, String name) {
        return status.stream().filter(line -> line.startsWith(name)).limit(1)
                .flatMap(line -> Arrays.stream(line.split("\\s+")));
    }

    private static int number(List<String> status, String name) {
        return field(status, name).skip(EFFECTIVE).findFirst().map(Integer::valueOf).orElseThrow(
                () -> new NumberFormatException(name));
    }

    private static long openFiles(Path process) {
        try (Stream<Path> files = Files.list(process.resolve("fd"))) {
            return files.count();
        } catch (IOException _) {
            return -1;
        }
    }

    private static long openFilesMax(Path process) throws IOException {
        String soft = Files.readAllLines(process.resolve("limits")).stream()
                .filter(line -> line.startsWith(OPEN_FILES))
                .flatMap(line -> Arrays.stream(line.substring(OPEN_FILES.length()).strip().split("\\s+", 2)))
                .findFirst().orElse("unlimited");
        return soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft);
    }

    /** Who has a UDP port, such as "coturn (pid 812)"; empty when that is not to be seen. */
    static String udpPortHolder(int port) {
        Set<String> sockets = Stream.of("net/udp", "net/udp6").flatMap(table -> sockets(PROC.resolve(table), port))
                .map(inode -> "socket:[" + inode + "]").collect(Collectors.toSet());
        if (sockets.isEmpty()) {
            return "";
        }
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[1-9]*")) {
            for (Path process : processes) {
                if (holds(process, sockets)) {
                    return Files.readString(process.resolve("comm")).strip() + " (pid " + process.getFileName() + ")";
                }
            }
        } catch (IOException _) {
            // It ended while it was looked at.
            return "";
        }
        return "";
    }

    private static Stream<String> sockets(Path table, int port) {
        try {
            String wanted = String.format(":%04X", port);
            return Files.readAllLines(table).stream().map(line -> line.strip().split("\\s+"))
                    .filter(words -> words.length > INODE && words[LOCAL_ADDRESS].endsWith(wanted))
                    .map(words -> words[INODE]);
        } catch (IOException _) {
            return Stream.of();
        }
    }

    private static boolean holds(Path process, Set<String> sockets) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path file : files) {
                if (sockets.contains(target(file))) {
                    return true;
                }
            }
        } catch (IOException _) {
            // Of another user, or ended.
            return false;
        }
        return false;
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException _) {
            // Closed meanwhile.
            return "";
        }
    }
}

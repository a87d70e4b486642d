package io.meshd.daemon.files;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** A file cannot be used. The message is one line for the operator: what is wrong, and what to do next. */
public final class FileException extends IOException {
    private static final long serialVersionUID = 1;

    /** Says what is wrong, and after a colon what to do next. */
    public FileException(String message) {
        super(message);
    }

    /** The operator's line for any exception of the file system, whose own message is often only a path. */
    public static String line(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> missing.getFile() + " does not exist: check the path";
            case FileAlreadyExistsException there -> there.getFile() + " exists already: move it away first";
            case NotDirectoryException none -> none.getFile() + " is no directory: move it away first";
            case AccessDeniedException denied -> denied.getFile()
                    + ": permission denied: run as root or as the owner of that path";
            case FileSystemException of when of.getReason() != null -> of.getFile() + ": " + withCure(of.getReason());
            case IOException other -> {
                String message = other.getMessage();
                yield message == null ? other.getClass().getSimpleName() : message;
            }
        };
    }

    /** The same for a file that cannot be written, named as the operator knows it. */
    static FileException writing(Path target, IOException e) {
        if (e instanceof FileException told) {
            return told;
        }
        String reason = e instanceof FileSystemException of ? of.getReason() : e.getMessage();
        String what = e instanceof AccessDeniedException
                ? "permission denied: run as root or as the owner of " + target.getParent()
                : withCure(reason == null ? e.getClass().getSimpleName() : reason);
        return (FileException) new FileException("cannot write " + target + ": " + what).initCause(e);
    }

    /** The kernel's words, with what to do. */
    private static String withCure(String reason) {
        return switch (reason) {
            case "No space left on device", "Disk quota exceeded" -> reason + ": make room there";
            case "Read-only file system" -> reason + ": mount it writable, or give another path";
            default -> reason + ": check the path";
        };
    }
}

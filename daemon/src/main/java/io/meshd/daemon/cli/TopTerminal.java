package io.meshd.daemon.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.AttributedString;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlockingReader;
import org.jspecify.annotations.Nullable;

/**
 * Shows {@link TopState} on a terminal until the operator leaves, and gives the terminal back as it was: also after
 * Ctrl-C, SIGTERM and SIGHUP.
 *
 * <p>One thread reads keys and draws; samples are taken on virtual threads, one at a time, so that a daemon that does not
 * answer holds up no key.
 */
final class TopTerminal {
    private static final long KEY_MILLIS = 100;
    /** What follows an escape at once belongs to it. */
    private static final long SEQUENCE_MILLIS = 25;
    private static final int NOTHING_TYPED = NonBlockingReader.READ_EXPIRED;
    private static final int ESCAPE = 27;

    private final TopState state;
    private final TopView view;
    private final Sampler sampler;
    private final AtomicBoolean leaving = new AtomicBoolean();
    private final AtomicBoolean resized = new AtomicBoolean(true);
    private final AtomicBoolean sampling = new AtomicBoolean();
    private final AtomicReference<@Nullable Consumer<TopState>> news = new AtomicReference<>();
    private final Object screen = new Object();
    private boolean ended;

    /** Asks the daemon. */
    @FunctionalInterface
    interface Sampler {
        /** What came of it, to be told to the state; {@code explained} is the peer to be explained, empty when none. */
        Consumer<TopState> sample(String explained);
    }

    TopTerminal(TopState state, TopView view, Sampler sampler) {
        this.state = state;
        this.view = view;
        this.sampler = sampler;
    }

    /** Runs until the operator leaves. */
    void run() throws IOException {
        try (Terminal terminal = TerminalBuilder.builder().system(true).dumb(false).providers("ffm,exec")
                .nativeSignals(true)
                .build()) {
            Attributes before = terminal.enterRawMode();
            Thread hook = Thread.ofPlatform().unstarted(() -> giveBack(terminal, before));
            Runtime.getRuntime().addShutdownHook(hook);
            try {
                terminal.handle(Terminal.Signal.INT, _ -> leaving.set(true));
                terminal.handle(Terminal.Signal.WINCH, _ -> resized.set(true));
                terminal.handle(Terminal.Signal.TSTP, Terminal.SignalHandler.SIG_IGN);
                terminal.puts(Capability.enter_ca_mode);
                terminal.puts(Capability.cursor_invisible);
                terminal.puts(Capability.keypad_xmit);
                watch(terminal, new Display(terminal, true));
            } finally {
                giveBack(terminal, before);
                remove(hook);
            }
        }
    }

    private static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // The JVM ends already: the hook finds nothing left to do.
        }
    }

    private void giveBack(Terminal terminal, Attributes before) {
        synchronized (screen) {
            if (!ended) {
                ended = true;
                terminal.puts(Capability.keypad_local);
                terminal.puts(Capability.cursor_normal);
                terminal.puts(Capability.exit_ca_mode);
                terminal.flush();
                terminal.setAttributes(before);
            }
        }
    }

    private void watch(Terminal terminal, Display display) throws IOException {
        NonBlockingReader keys = terminal.reader();
        long nextNanos = System.nanoTime();
        while (!leaving.get()) {
            boolean isChanged = resized.get();
            if (System.nanoTime() - nextNanos >= 0 && sample()) {
                nextNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(state.intervalMs());
            }
            Consumer<TopState> told = news.getAndSet(null);
            if (told != null) {
                told.accept(state);
                isChanged = true;
            }
            if (isChanged) {
                draw(terminal, display);
            }
            TopKey key = key(keys);
            if (key != null) {
                TopState.Page page = state.page();
                if (!state.typed(key)) {
                    return;
                }
                if (state.page() != page) {
                    nextNanos = System.nanoTime();
                }
                draw(terminal, display);
            }
        }
    }

    /** Begins to ask the daemon; false while it has not answered the last time. */
    private boolean sample() {
        if (!sampling.compareAndSet(false, true)) {
            return false;
        }
        String explained = state.page() == TopState.Page.WHY ? state.selected() : "";
        Thread.ofVirtual().name("top").start(() -> {
            try {
                news.set(sampler.sample(explained));
            } finally {
                sampling.set(false);
            }
        });
        return true;
    }

    private void draw(Terminal terminal, Display display) {
        synchronized (screen) {
            if (ended) {
                return;
            }
            // A terminal that does not know its size says 0.
            Size size = Size.of(Math.max(1, terminal.getColumns()), Math.max(1, terminal.getRows()));
            if (resized.getAndSet(false)) {
                display.clear();
                display.resize(size);
            }
            List<String> lines = view.lines(state, size.getColumns(), size.getRows());
            display.update(lines.stream().map(AttributedString::fromAnsi).toList(), 0);
        }
    }

    /** The next key; null when none is typed for a while. */
    private @Nullable TopKey key(NonBlockingReader keys) throws IOException {
        int read = keys.read(KEY_MILLIS);
        return switch (read) {
            case NOTHING_TYPED -> null;
            case NonBlockingReader.EOF -> {
                leaving.set(true);
                yield null;
            }
            case 3 -> {
                // Ctrl-C where it makes no signal.
                leaving.set(true);
                yield null;
            }
            case '\r', '\n' -> new TopKey.Enter();
            case 8, 127 -> new TopKey.Backspace();
            case ESCAPE -> sequence(keys);
            default -> Character.isISOControl(read) ? null : new TopKey.Text((char) read);
        };
    }

    /** A key that sends several characters (ECMA-48 CSI, and SS3 as xterm does). */
    private static @Nullable TopKey sequence(NonBlockingReader keys) throws IOException {
        int second = keys.read(SEQUENCE_MILLIS);
        if (second != '[' && second != 'O') {
            return new TopKey.Escape();
        }
        StringBuilder parameters = new StringBuilder();
        int last = keys.read(SEQUENCE_MILLIS);
        while (last >= '0' && last <= '?') {
            parameters.append((char) last);
            last = keys.read(SEQUENCE_MILLIS);
        }
        return switch (last) {
            case 'A' -> new TopKey.Up();
            case 'B' -> new TopKey.Down();
            case '~' -> switch (parameters.toString()) {
                case "5" -> new TopKey.PageUp();
                case "6" -> new TopKey.PageDown();
                default -> null;
            };
            default -> null;
        };
    }
}

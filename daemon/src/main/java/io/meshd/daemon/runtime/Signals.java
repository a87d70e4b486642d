package io.meshd.daemon.runtime;

import java.lang.reflect.Proxy;

/**
 * Signals beside those that end the process.
 *
 * <p>The JDK hears them only through {@code sun.misc.Signal}, which the compiler does not let pass without a warning that
 * cannot be switched off; so it is found by its name.
 */
final class Signals {
    private Signals() {}

    /**
     * Calls {@code action} on a thread of its own at each such signal.
     *
     * @param name without "SIG", as in "HUP"
     * @return whether this process was started with the signal ignored, as by {@code nohup}: the JVM then leaves SIGHUP,
     *     SIGINT and SIGTERM so, and {@code action} is never called
     * @throws IllegalStateException when this JDK cannot hear it
     */
    @SuppressWarnings("ReferenceEquality")
    static boolean on(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> listener = Class.forName("sun.misc.SignalHandler");
            Object called = Proxy.newProxyInstance(listener.getClassLoader(), new Class<?>[]{listener},
                    (self, method, arguments) -> switch (method.getName()) {
                        case "handle" -> {
                            action.run();
                            yield null;
                        }
                        case "equals" -> self == arguments[0];
                        case "hashCode" -> System.identityHashCode(self);
                        default -> "on SIG" + name;
                    });
            Object before = signal.getMethod("handle", signal, listener)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), called);
            return listener.getField("SIG_IGN").get(null) == before;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot hear SIG" + name, e);
        }
    }
}

package io.meshd.netio;

import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.jspecify.annotations.Nullable;

/** A test class that needs root, a TUN driver and network namespaces; elsewhere it says so and is skipped. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@ExtendWith(NeedsNamespaces.Condition.class)
@interface NeedsNamespaces {
    /** Looks whether this machine allows it. */
    final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            String problem = problem();
            if (problem == null) {
                return ConditionEvaluationResult.enabled("root with TUN and namespaces");
            }
            if (context.getTestMethod().isEmpty()) {
                System.out.println("NOT RUN: " + context.getRequiredTestClass().getSimpleName() + ": " + problem);
            }
            return ConditionEvaluationResult.disabled(problem);
        }

        private static @Nullable String problem() {
            try {
                if (!Capabilities.hasNetAdmin() || !Files.isWritable(Path.of("/run"))) {
                    return "this user may not create network namespaces (needs root)";
                }
                if (!Files.isWritable(Path.of("/dev/net/tun"))) {
                    return "/dev/net/tun is missing or not writable";
                }
                boolean hasIp = List.of("/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip").stream()
                        .anyMatch(path -> Files.isExecutable(Path.of(path)));
                return hasIp ? null : "the ip command (iproute2) is missing";
            } catch (IOException e) {
                return e.getMessage();
            }
        }
    }
}

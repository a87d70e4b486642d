package io.meshd.daemon.it;

import io.meshd.daemon.lab.Lab;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Says, and does not hide, that a test cannot run because this machine allows no namespaces or TUN devices. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("netns")
@ExtendWith(NeedsLab.Condition.class)
@interface NeedsLab {
    /** Asks the machine once a class. */
    final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            if (Lab.possible()) {
                return ConditionEvaluationResult.enabled("root, /dev/net/tun and network namespaces are there");
            }
            String reason = context.getDisplayName()
                    + " CANNOT RUN here: it needs root, /dev/net/tun and network namespaces";
            System.err.println(reason);
            return ConditionEvaluationResult.disabled(reason);
        }
    }
}

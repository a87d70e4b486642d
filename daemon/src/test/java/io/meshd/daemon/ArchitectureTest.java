package io.meshd.daemon;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaModifier.STATIC;
import static com.tngtech.archunit.core.domain.JavaModifier.SYNTHETIC;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.Timer;
import java.util.UUID;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The modules and the house rules, so that a wrong import fails the build. */
final class ArchitectureTest {
    private static final String ROOT = "io.meshd";
    private static final String[] JDK_AND_ANNOTATIONS = {"java..", "org.jspecify.."};
    /** Decisions without input or output: time, randomness and packets come in, effects go out through an outbox. */
    private static final String[] PURE = {"io.meshd.identity..", "io.meshd.protocol..", "io.meshd.tunnel..",
            "io.meshd.nat..", "io.meshd.discovery..", "io.meshd.daemon.node.."};
    private static final Pattern VAGUE_NAME = Pattern.compile(
            "(Base|Abstract)[A-Z].*|.*(Impl|Manager|Utils?|Helper|Service|Handler|Processor|Info|Data|Context)");

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    @Test
    void seesTheWholeProgram() {
        assertThat(classes.stream().map(JavaClass::getPackageName).distinct()).contains("io.meshd.identity",
                "io.meshd.protocol", "io.meshd.tunnel", "io.meshd.nat", "io.meshd.discovery", "io.meshd.netio",
                "io.meshd.daemon", "io.meshd.daemon.cli");
    }

    @Test
    void modulesDependOnWhatIsBelowThemOnly() {
        check(onlyUses("identity"));
        check(onlyUses("protocol", "identity"));
        check(onlyUses("tunnel", "protocol", "identity"));
        check(onlyUses("nat", "protocol", "identity"));
        check(onlyUses("discovery", "protocol", "identity"));
        check(onlyUses("netio"));
    }

    private static ArchRule onlyUses(String module, String... others) {
        String[] allowed = new String[others.length + 1];
        allowed[others.length] = ROOT + "." + module + "..";
        for (int i = 0; i < others.length; i++) {
            allowed[i] = ROOT + "." + others[i] + "..";
        }
        return classes().that().resideInAPackage(ROOT + "." + module + "..").should()
                .onlyDependOnClassesThat(resideInAnyPackage(allowed)
                        .or(DescribedPredicate.not(resideInAnyPackage(ROOT + ".."))))
                .as(module + " knows no other module but " + List.of(others));
    }

    @Test
    void identityAndProtocolNeedNoFrameworks() {
        check(classes().that().resideInAnyPackage("io.meshd.identity..", "io.meshd.protocol..").should()
                .onlyDependOnClassesThat(resideInAnyPackage(JDK_AND_ANNOTATIONS)
                        .or(resideInAnyPackage("io.meshd.identity..", "io.meshd.protocol..", "org.bouncycastle.."))));
    }

    @Test
    void packagesOfTheDaemonHaveNoCycles() {
        check(slices().matching("io.meshd.daemon.(*)..").should().beFreeOfCycles());
    }

    @Test
    void theOperatorsSideKnowsNoProtocolMachines() {
        check(noClasses().that().resideInAnyPackage("io.meshd.daemon.files..", "io.meshd.daemon.config..",
                "io.meshd.daemon.control..", "io.meshd.daemon.cli..").should().dependOnClassesThat(
                        resideInAnyPackage("io.meshd.tunnel..", "io.meshd.nat..", "io.meshd.discovery..",
                                "io.meshd.netio..", "io.meshd.daemon.node..", "io.meshd.daemon.runtime..")));
    }

    @Test
    void pureCodeOpensNothing() {
        check(noClasses().that().resideInAnyPackage(PURE).should().dependOnClassesThat(
                resideInAnyPackage("java.nio.file..", "java.nio.channels..", "java.util.logging..", "javax.net..",
                        "java.net.http..", "com.sun.jna..", "io.netty.channel..")
                        .or(named("java.io.File", "java.io.FileInputStream", "java.io.FileOutputStream",
                                "java.io.RandomAccessFile", "java.io.FileReader", "java.io.FileWriter",
                                "java.net.Socket", "java.net.ServerSocket", "java.net.DatagramSocket",
                                "java.net.MulticastSocket", "java.net.NetworkInterface", "java.net.URL",
                                "java.net.URLConnection", "java.lang.System$Logger", "java.lang.Process",
                                "java.lang.ProcessBuilder"))));
        check(noClasses().that().resideInAnyPackage(PURE).should().callMethodWhere(named("name lookups",
                call -> isOwner(call.getTarget(), "java.net.InetAddress")
                        && Set.of("getByName", "getAllByName", "getLocalHost").contains(call.getTarget().getName()))));
    }

    @Test
    void pureCodeHasNoThreads() {
        check(noClasses().that().resideInAnyPackage(PURE).should().dependOnClassesThat(
                are(assignableTo(Executor.class)).or(are(assignableTo(Timer.class)))));
        check(noClasses().that().resideInAnyPackage(PURE).should().callMethodWhere(named("starts of threads",
                call -> isOwner(call.getTarget(), "java.lang.Thread")
                        && !call.getTarget().getName().equals("currentThread"))));
    }

    @Test
    void pureCodeHasNoClockOfItsOwn() {
        check(noClasses().that().resideInAnyPackage(PURE).should().callMethod(System.class, "nanoTime")
                .orShould().callMethod(System.class, "currentTimeMillis")
                .orShould().callMethod(Instant.class, "now")
                .orShould().callMethod(InstantSource.class, "system")
                .orShould().dependOnClassesThat().belongToAnyOf(Clock.class));
    }

    @Test
    void pureCodeHasNoRandomnessOfItsOwn() {
        check(noClasses().that().resideInAnyPackage(PURE).should().dependOnClassesThat()
                .belongToAnyOf(SecureRandom.class, ThreadLocalRandom.class, Random.class)
                .orShould().callMethod(UUID.class, "randomUUID").orShould().callMethod(Math.class, "random"));
    }

    @Test
    void namesSayWhatThingsAre() {
        assertThat(classes.stream().filter(type -> VAGUE_NAME.matcher(type.getSimpleName()).matches())).isEmpty();
    }

    @Test
    void nothingStaticEverChanges() {
        check(fields().that().areStatic().and(are(written())).should().beFinal());
        check(noFields().that(are(written())).and().haveModifier(STATIC).should()
                .haveRawType(assignableTo(AtomicReference.class)
                        .or(assignableTo(AtomicLong.class))
                        .or(assignableTo(AtomicInteger.class))
                        .or(assignableTo(ConcurrentMap.class))));
    }

    @Test
    void absenceIsNullNotAnOptionalField() {
        check(noFields().should().haveRawType(Optional.class));
    }

    @Test
    void recordsHaveNoArrays() {
        check(noFields().that(are(written())).and().doNotHaveModifier(STATIC).and(are(ofRecords())).should()
                .haveRawType(DescribedPredicate.describe("an array", JavaClass::isArray)));
    }

    @Test
    void onlyTheProgramItselfUsesStandardStreams() {
        check(noClasses().that().doNotHaveFullyQualifiedName(Main.class.getName()).should()
                .accessField(System.class, "out").orShould().accessField(System.class, "err")
                .orShould().callMethod(System.class, "exit", int.class));
    }

    private void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(classes);
    }

    private static DescribedPredicate<JavaField> written() {
        return DescribedPredicate.describe("written by us",
                field -> !field.getModifiers().contains(SYNTHETIC) && !field.getName().startsWith("$"));
    }

    private static DescribedPredicate<JavaField> ofRecords() {
        return DescribedPredicate.describe("of records", field -> field.getOwner().isRecord());
    }

    private static DescribedPredicate<JavaClass> named(String... names) {
        Set<String> all = Set.of(names);
        return DescribedPredicate.describe("named " + all, type -> all.contains(type.getName()));
    }

    private static <A extends JavaAccess<?>> DescribedPredicate<A> named(String description,
            Predicate<A> predicate) {
        return DescribedPredicate.describe(description, predicate);
    }

    private static boolean isOwner(AccessTarget target, String name) {
        return target.getOwner().getName().equals(name);
    }
}

package dev.tuneline.allinone;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.jspecify.annotations.NullMarked;

/** The dependency directions of ARCHITECTURE.md, as far as a machine can hold them. */
@AnalyzeClasses(
    packages = "dev.tuneline",
    importOptions = {ImportOption.DoNotIncludeTests.class})
class LayoutTest {
  private static final String[] SERVICES = {
    "dev.tuneline.ingest..",
    "dev.tuneline.preprocess..",
    "dev.tuneline.trainer..",
    "dev.tuneline.evaluator..",
    "dev.tuneline.gateway.."
  };

  @ArchTest
  static final ArchRule servicesDoNotSeeEachOther =
      slices()
          .matching("dev.tuneline.(ingest|preprocess|trainer|evaluator|gateway)..")
          .should()
          .notDependOnEachOther();

  @ArchTest
  static final ArchRule onlyAllInOneSeesServices =
      noClasses()
          .that()
          .resideOutsideOfPackages(SERVICES)
          .and()
          .resideOutsideOfPackage("dev.tuneline.allinone..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(SERVICES);

  @ArchTest
  static final ArchRule theEngineKnowsNoFrameworkAndNoBroker =
      noClasses()
          .that()
          .resideInAPackage("dev.tuneline.engine..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.micronaut..",
              "org.apache.kafka..",
              "io.lettuce..",
              "io.grpc..",
              "dev.tuneline.proto..",
              "dev.tuneline.platform..");

  @ArchTest
  static final ArchRule metricsSeeNothingButErrors =
      noClasses()
          .that()
          .resideInAPackage("dev.tuneline.metrics..")
          .should()
          .dependOnClassesThat(
              resideInAPackage("dev.tuneline..")
                  .and(resideOutsideOfPackages("dev.tuneline.metrics..", "dev.tuneline.errors..")))
          .orShould()
          .dependOnClassesThat()
          .resideInAnyPackage("com.huaban..", "io.micronaut..");

  @ArchTest
  static final ArchRule ingestAndEvaluatorSeeNoTensors =
      noClasses()
          .that()
          .resideInAnyPackage("dev.tuneline.ingest..", "dev.tuneline.evaluator..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.tuneline.engine..", "ai.djl..");

  @ArchTest
  static final ArchRule platformSeesNoEngine =
      noClasses()
          .that()
          .resideInAPackage("dev.tuneline.platform..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.tuneline.engine..", "ai.djl..");

  @ArchTest
  static final ArchRule eventsKnowNoFramework =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.tuneline.platform.events..",
              "dev.tuneline.platform.artifacts..",
              "dev.tuneline.platform.embedded..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.micronaut..", "io.grpc..");

  @ArchTest
  static final ArchRule kafkaClientsAreMadeInOnePlace =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.tuneline.platform.events..")
          .should()
          .callConstructorWhere(
              com.tngtech.archunit.base.DescribedPredicate.describe(
                  "a Kafka client is made",
                  call ->
                      call.getTargetOwner()
                              .getName()
                              .equals("org.apache.kafka.clients.consumer.KafkaConsumer")
                          || call.getTargetOwner()
                              .getName()
                              .equals("org.apache.kafka.clients.producer.KafkaProducer")));

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("dev.tuneline.(engine|metrics).(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule everyPackageIsNullMarked =
      classes()
          .that(
              resideInAPackage("dev.tuneline..")
                  .and(resideInAnyPackage("dev.tuneline.proto..").negate()))
          .should(beInANullMarkedPackage());

  @ArchTest
  static final ArchRule nothingPrintsItsStack =
      noClasses().should().callMethod(Throwable.class, "printStackTrace");

  @ArchTest
  static final ArchRule namesSayWhatThingsAre =
      noClasses()
          .should()
          .haveSimpleNameEndingWith("Util")
          .orShould()
          .haveSimpleNameEndingWith("Utils")
          .orShould()
          .haveSimpleNameEndingWith("Helper")
          .orShould()
          .haveSimpleNameEndingWith("Manager")
          .orShould()
          .haveSimpleNameEndingWith("Impl");

  private static ArchCondition<JavaClass> beInANullMarkedPackage() {
    return new ArchCondition<>("be in a @NullMarked package") {
      @Override
      public void check(JavaClass javaClass, ConditionEvents events) {
        boolean marked = javaClass.getPackage().isAnnotatedWith(NullMarked.class);
        events.add(
            new SimpleConditionEvent(
                javaClass,
                marked,
                javaClass.getPackageName() + " has no package-info.java with @NullMarked"));
      }
    };
  }
}

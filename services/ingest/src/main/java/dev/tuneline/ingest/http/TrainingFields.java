package dev.tuneline.ingest.http;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.TrainingSpec;
import java.util.Locale;
import java.util.Map;

/**
 * Fields of {@code TrainingSpec} by their names, or by those of transformers' TrainingArguments.
 */
final class TrainingFields {
  private static final Map<String, String> TRAINING_ARGUMENTS =
      Map.of(
          "num_train_epochs", "epochs",
          "per_device_train_batch_size", "micro_batch_size",
          "lr_scheduler_type", "schedule",
          "lr_scheduler_kwargs", "schedule_options",
          "save_steps", "checkpoint_steps");

  private static final String SCHEDULE_PREFIX = "SCHEDULE_";

  private TrainingFields() {}

  /**
   * Sets one field.
   *
   * @throws Problem UNKNOWN_FIELD or INVALID_FIELD
   */
  static void set(TrainingSpec.Builder training, String given, Value value) {
    String name = TRAINING_ARGUMENTS.getOrDefault(given, given);
    FieldDescriptor field = TrainingSpec.getDescriptor().findFieldByName(name);
    if (field == null) {
      throw Problem.caller("UNKNOWN_FIELD", "there is no such hyperparameter")
          .at(Problem.FIELD, "hyperparameters." + given)
          .mend("use the fields of TrainingSpec in job.proto");
    }
    Value written = value;
    if (name.equals("schedule") && !value.getStringValue().startsWith(SCHEDULE_PREFIX)) {
      String constant = SCHEDULE_PREFIX + value.getStringValue().toUpperCase(Locale.ROOT);
      written = Value.newBuilder().setStringValue(constant).build();
    }
    try {
      String json = JsonFormat.printer().print(Struct.newBuilder().putFields(name, written));
      JsonFormat.parser().merge(json, training);
    } catch (InvalidProtocolBufferException e) {
      throw Problem.caller("INVALID_FIELD", given + " is not a value of its field")
          .at(Problem.FIELD, "hyperparameters." + given)
          .mend(
              field.getJavaType() == FieldDescriptor.JavaType.ENUM
                  ? "use one of " + field.getEnumType().getValues()
                  : "send a value of type " + field.getType().name().toLowerCase(Locale.ROOT))
          .causedBy(e);
    }
  }
}

package dev.tuneline.platform.examples.cleaning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.examples.Example.Message;
import dev.tuneline.proto.v1.Cleaning;
import dev.tuneline.proto.v1.LengthBounds;
import dev.tuneline.proto.v1.PersonalDataAction;
import dev.tuneline.proto.v1.PersonalDataCleaning;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ExampleCleaningTest {
  private static final Cleaning ALL =
      Cleaning.newBuilder()
          .setUnicodeRepair(true)
          .setHtml(true)
          .setControlCharacters(true)
          .setNfc(true)
          .setMaxRepeatedCharacters(3)
          .setMaxRepeatedLines(1)
          .setPersonalData(
              PersonalDataCleaning.newBuilder()
                  .setAction(PersonalDataAction.PERSONAL_DATA_ACTION_MASK))
          .build();

  /** Pieces that make work for the steps, also for one another's. */
  private static final String[] PIECES = {
    "<p>",
    "</p>",
    "<br>",
    "<b>",
    "</b>",
    "<code>",
    "</code>",
    "<pre>",
    "</pre>",
    "&lt;",
    "&amp;",
    "amp;",
    "&gt;",
    "&#60;",
    "`",
    "```",
    "\n",
    "\r\n",
    " ",
    "  ",
    "\t",
    "<",
    ">",
    "p",
    "b",
    "13800138000",
    "138 0013 8000",
    "-",
    "+86",
    "11010519491231002X",
    "a@b.cn",
    "6222021001116245702",
    "cafÃ©",
    "â€™",
    "Ã",
    "©",
    "哈哈哈哈",
    "!!!!!",
    "合同",
    "e\u0301",
    "\u0301",
    "\u200b",
    "\ufeff",
    "\u001b[31m",
    "\u0000",
    "\ud83d",
    "\ude00",
    "😀",
    "same\nsame\nsame\n",
    "<!--",
    "-->",
    "<script>",
    "</script>",
    "<div class=\"",
    "\">",
    "(",
    ")",
    "元",
    "订单号",
    ".",
    "/",
    "1",
    "0",
    "＠",
    "～",
  };

  @Test
  void whatIsCleanStaysClean() {
    ExampleCleaning cleaning = ExampleCleaning.of(ALL);
    Random random = new Random(5);
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder("问");
      for (int k = random.nextInt(12); k >= 0; k--) {
        text.append(PIECES[random.nextInt(PIECES.length)]);
      }
      if (cleaning.clean(qa("问", text.toString())) instanceof Cleaned.Kept first) {
        assertThat(cleaning.clean(first.messages()))
            .as("%s", text)
            .isEqualTo(new Cleaned.Kept(first.messages(), Set.of()));
      }
    }
  }

  @Test
  void everyStepThatChangesIsNamed() {
    Cleaned cleaned =
        ExampleCleaning.of(ALL)
            .clean(qa("<b>cafÃ©</b>", "e\u0301!!!!\u0000\nyes\nyes\ncall 13800138000"));

    assertThat(cleaned)
        .isEqualTo(new Cleaned.Kept(qa("café", "é!!!\nyes\ncall [PHONE]"), Set.of(Step.values())));
  }

  @Test
  void whatIsOutOfBoundsIsRefusedAtItsTurn() {
    ExampleCleaning cleaning =
        ExampleCleaning.of(
            Cleaning.newBuilder()
                .setPromptLength(LengthBounds.newBuilder().setMaxCharacters(3))
                .setAnswerLength(LengthBounds.newBuilder().setMinCharacters(2))
                .addLanguages("zh")
                .setPersonalData(
                    PersonalDataCleaning.newBuilder()
                        .setAction(PersonalDataAction.PERSONAL_DATA_ACTION_DROP))
                .build());

    assertThat(cleaning.clean(qa("问题呢", "𠮷野"))).isInstanceOf(Cleaned.Kept.class);
    assertThat(refusal(cleaning, "问题太长", "回答")).isEqualTo("0 TOO_LONG");
    assertThat(refusal(cleaning, "问题", "答")).isEqualTo("1 TOO_SHORT");
    assertThat(refusal(cleaning, "问题", "请打13800138000")).isEqualTo("1 PERSONAL_DATA");
    assertThat(refusal(cleaning, "问题", "this is the answer")).isEqualTo("1 WRONG_LANGUAGE");
  }

  @Test
  void aTextOfWhichNothingIsLeftIsRefused() {
    ExampleCleaning cleaning = ExampleCleaning.of(ALL);

    assertThat(refusal(cleaning, "<p></p>", "a")).isEqualTo("0 NOTHING_LEFT");
    assertThat(cleaning.clean(qa("", "a"))).isInstanceOf(Cleaned.Kept.class);
  }

  @Test
  void withoutSettingsNothingChanges() {
    List<Message> messages = qa("<b>x</b>\u0000", "!!!!!!");

    assertThat(ExampleCleaning.none().clean(messages))
        .isEqualTo(new Cleaned.Kept(messages, Set.of()));
  }

  @Test
  void settingsThatMakeNoSenseAreRefusedAtTheirField() {
    refused(Cleaning.newBuilder().setMaxRepeatedCharacters(1), "max_repeated_characters");
    refused(
        Cleaning.newBuilder()
            .setAnswerLength(LengthBounds.newBuilder().setMinCharacters(9).setMaxCharacters(2)),
        "answer_length");
  }

  private static void refused(Cleaning.Builder settings, String field) {
    assertThatThrownBy(() -> ExampleCleaning.of(settings.build()))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> assertThat(problem.details()).containsEntry(Problem.FIELD, field));
  }

  private static String refusal(ExampleCleaning cleaning, String question, String answer) {
    return cleaning.clean(qa(question, answer)) instanceof Cleaned.Refused refused
        ? refused.turn() + " " + refused.reason()
        : "kept";
  }

  private static List<Message> qa(String question, String answer) {
    return List.of(new Message("user", question), new Message("assistant", answer));
  }
}

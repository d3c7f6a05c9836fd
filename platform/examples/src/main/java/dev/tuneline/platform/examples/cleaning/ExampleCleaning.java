package dev.tuneline.platform.examples.cleaning;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.examples.Example.Message;
import dev.tuneline.proto.v1.Cleaning;
import dev.tuneline.proto.v1.LengthBounds;
import dev.tuneline.proto.v1.PersonalDataAction;
import dev.tuneline.proto.v1.PersonalDataCleaning;
import dev.tuneline.proto.v1.PersonalDataKind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a dataset's cleaning does to one example: the steps that change texts, in the order of
 * {@link Step}, then those that drop it. What was cleaned is clean: cleaning it again changes
 * nothing. Pure, and for all threads.
 */
public final class ExampleCleaning {
  /** One step may make work for an earlier one; texts need two rounds, the third finds nothing. */
  private static final int MAX_ROUNDS = 12;

  private final Map<Step, TextStep> steps = new EnumMap<>(Step.class);
  private final Set<PersonalData.Kind> forbidden = EnumSet.noneOf(PersonalData.Kind.class);
  private final LengthBounds prompt;
  private final LengthBounds answer;
  private final @Nullable Languages languages;

  private ExampleCleaning(Cleaning settings) {
    PersonalDataCleaning personal = settings.getPersonalData();
    Set<PersonalData.Kind> kinds = kinds(personal);
    add(Step.UNICODE_REPAIR, settings.getUnicodeRepair(), new UnicodeRepair());
    add(Step.HTML, settings.getHtml(), new Html());
    add(Step.CONTROL_CHARACTERS, settings.getControlCharacters(), new ControlCharacters());
    add(Step.NFC, settings.getNfc(), new Nfc());
    int characters = bound(settings.getMaxRepeatedCharacters(), 3, "max_repeated_characters");
    add(Step.MAX_REPEATED_CHARACTERS, characters > 0, new RepeatedCharacters(characters));
    int lines = bound(settings.getMaxRepeatedLines(), 1, "max_repeated_lines");
    add(Step.MAX_REPEATED_LINES, lines > 0, new RepeatedLines(lines));
    add(
        Step.PERSONAL_DATA,
        personal.getAction() == PersonalDataAction.PERSONAL_DATA_ACTION_MASK,
        text -> PersonalData.mask(text, kinds));
    if (personal.getAction() == PersonalDataAction.PERSONAL_DATA_ACTION_DROP) {
      forbidden.addAll(kinds);
    }
    this.prompt = bounds(settings.getPromptLength(), "prompt_length");
    this.answer = bounds(settings.getAnswerLength(), "answer_length");
    this.languages =
        settings.getLanguagesCount() == 0 ? null : new Languages(settings.getLanguagesList());
    checkAcross(settings);
  }

  /**
   * The cleaning by its settings.
   *
   * @throws Problem INVALID_CLEANING or UNKNOWN_LANGUAGE, at the field
   */
  public static ExampleCleaning of(Cleaning settings) {
    return new ExampleCleaning(settings);
  }

  /** The cleaning that changes and drops nothing. */
  public static ExampleCleaning none() {
    return of(Cleaning.getDefaultInstance());
  }

  /** Cleans the messages of an example, of which the last is what is learned. */
  public Cleaned clean(List<Message> messages) {
    List<Message> cleaned = null;
    Set<Step> changed = EnumSet.noneOf(Step.class);
    for (int i = 0; i < messages.size(); i++) {
      Message message = messages.get(i);
      String text = clean(message.content(), changed);
      if (text == null) {
        return new Cleaned.Refused(
            i, "NESTED_MARKUP", "the text is markup within markup; write it plainly");
      }
      if (text.isBlank() && !message.content().isBlank()) {
        return new Cleaned.Refused(
            i, "NOTHING_LEFT", "cleaning leaves nothing of the text; add words to it");
      }
      if (!text.equals(message.content())) {
        cleaned = cleaned == null ? new ArrayList<>(messages) : cleaned;
        cleaned.set(i, new Message(message.role(), text));
      }
    }
    List<Message> kept = cleaned == null ? messages : cleaned;
    Cleaned.Refused refused = refused(kept);
    return refused != null ? refused : new Cleaned.Kept(kept, changed);
  }

  /** The text after all rounds, or null when they do not end. */
  private @Nullable String clean(String text, Set<Step> changed) {
    String now = text;
    for (int round = 0; round < MAX_ROUNDS; round++) {
      String before = now;
      for (Map.Entry<Step, TextStep> step : steps.entrySet()) {
        String next = step.getValue().apply(now);
        if (!next.equals(now)) {
          changed.add(step.getKey());
          now = next;
        }
      }
      if (now.equals(before)) {
        return now;
      }
    }
    return null;
  }

  private Cleaned.@Nullable Refused refused(List<Message> messages) {
    int last = messages.size() - 1;
    int asked = 0;
    for (int i = 0; i < last; i++) {
      asked += messages.get(i).role().equals("user") ? length(messages.get(i).content()) : 0;
    }
    Cleaned.Refused refused = last == 0 ? null : outside(prompt, asked, last - 1, "question");
    if (refused == null) {
      refused = outside(answer, length(messages.get(last).content()), last, "answer");
    }
    for (int i = 0; refused == null && i <= last; i++) {
      refused = refused(messages.get(i), i);
    }
    return refused;
  }

  private Cleaned.@Nullable Refused refused(Message message, int turn) {
    if (!forbidden.isEmpty()) {
      List<PersonalData.Found> found = PersonalData.find(message.content(), forbidden);
      if (!found.isEmpty()) {
        return new Cleaned.Refused(
            turn,
            "PERSONAL_DATA",
            "the text holds personal data, first %s; take it out, or have it masked"
                .formatted(found.getFirst().kind()));
      }
    }
    String other = languages == null ? null : languages.other(message.content());
    return other == null
        ? null
        : new Cleaned.Refused(
            turn,
            "WRONG_LANGUAGE",
            "the text is in the language '%s'; translate it, or keep that language"
                .formatted(other));
  }

  private static Cleaned.@Nullable Refused outside(
      LengthBounds bounds, int length, int turn, String what) {
    if (length < bounds.getMinCharacters()) {
      return new Cleaned.Refused(
          turn,
          "TOO_SHORT",
          "the %s has %d characters of at least %d; complete it, or lower the bound"
              .formatted(what, length, bounds.getMinCharacters()));
    }
    if (bounds.getMaxCharacters() > 0 && length > bounds.getMaxCharacters()) {
      return new Cleaned.Refused(
          turn,
          "TOO_LONG",
          "the %s has %d characters of at most %d; shorten it, or raise the bound"
              .formatted(what, length, bounds.getMaxCharacters()));
    }
    return null;
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  private void add(Step step, boolean on, TextStep does) {
    if (on) {
      steps.put(step, does);
    }
  }

  private static Set<PersonalData.Kind> kinds(PersonalDataCleaning personal) {
    Set<PersonalData.Kind> kinds = EnumSet.noneOf(PersonalData.Kind.class);
    for (PersonalDataKind kind : personal.getKindsList()) {
      kinds.add(
          switch (kind) {
            case PERSONAL_DATA_KIND_ID_NUMBER -> PersonalData.Kind.ID_NUMBER;
            case PERSONAL_DATA_KIND_PHONE -> PersonalData.Kind.PHONE;
            case PERSONAL_DATA_KIND_EMAIL -> PersonalData.Kind.EMAIL;
            case PERSONAL_DATA_KIND_BANK_CARD -> PersonalData.Kind.BANK_CARD;
            case PERSONAL_DATA_KIND_UNSPECIFIED, UNRECOGNIZED ->
                throw invalid("a kind of personal data is not known", "personal_data.kinds");
          });
    }
    return kinds.isEmpty() ? EnumSet.allOf(PersonalData.Kind.class) : kinds;
  }

  private static LengthBounds bounds(LengthBounds bounds, String field) {
    int max = bound(bounds.getMaxCharacters(), 1, field + ".max_characters");
    int min = bound(bounds.getMinCharacters(), 0, field + ".min_characters");
    if (max > 0 && min > max) {
      throw invalid("nothing is as long as that", field);
    }
    return bounds;
  }

  private static int bound(int value, int least, String field) {
    if (value != 0 && value < least) {
      throw invalid("the value must be at least " + least + ", or 0", field);
    }
    return value;
  }

  private static void checkAcross(Cleaning settings) {
    double threshold = settings.getNearDuplicates().getJaccardThreshold();
    if (!(threshold >= 0 && threshold <= 1)) {
      throw invalid("a similarity is between 0 and 1", "near_duplicates.jaccard_threshold");
    }
    bound(settings.getNearDuplicates().getNgramTokens(), 1, "near_duplicates.ngram_tokens");
    bound(settings.getLeakage().getNgramTokens(), 1, "leakage.ngram_tokens");
  }

  private static Problem invalid(String message, String field) {
    return Problem.caller("INVALID_CLEANING", message)
        .at(Problem.FIELD, field)
        .mend("see Cleaning in the API for what may be set");
  }
}

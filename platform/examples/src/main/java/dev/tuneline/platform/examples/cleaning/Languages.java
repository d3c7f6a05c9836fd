package dev.tuneline.platform.examples.cleaning;

import com.google.common.base.Optional;
import com.optimaize.langdetect.DetectedLanguage;
import com.optimaize.langdetect.LanguageDetector;
import com.optimaize.langdetect.LanguageDetectorBuilder;
import com.optimaize.langdetect.i18n.LdLocale;
import com.optimaize.langdetect.ngram.NgramExtractors;
import com.optimaize.langdetect.profiles.BuiltInLanguages;
import com.optimaize.langdetect.profiles.LanguageProfileReader;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a text is in none of some languages, and is silent where that is not sure. The
 * script in which most is written decides first; languages of one script are told apart by their
 * n-grams. Equal texts get equal answers. For all threads.
 */
final class Languages {
  /** Below this the n-grams of a handful of words say little. */
  private static final int SHORT_LETTERS = 40;

  private static final double SHORT_DOUBT = 1e-6;
  private static final double DOUBT = 0.02;

  /** What the n-grams choose among besides the languages to keep. */
  private static final Set<String> COMMON =
      Set.of(
          "ar", "bg", "ca", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hr",
          "hu", "id", "it", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sv", "th", "tr", "uk", "vi");

  private static final Map<String, LdLocale> KNOWN = known();

  private final Set<String> kept;
  private final Set<Script> scripts;
  private final LanguageDetector detector;

  /**
   * @param kept ISO 639-1 codes, at least one
   * @throws Problem UNKNOWN_LANGUAGE
   */
  Languages(List<String> kept) {
    this.kept = new TreeSet<>();
    this.scripts = new TreeSet<>();
    for (String code : kept) {
      String language = code.strip().toLowerCase(Locale.ROOT).split("[-_]", 2)[0];
      String known = language.equals("nb") || language.equals("nn") ? "no" : language;
      if (!KNOWN.containsKey(known)) {
        throw Problem.caller("UNKNOWN_LANGUAGE", "there is no language '" + code + "'")
            .at(Problem.FIELD, "languages")
            .mend("use one of " + String.join(", ", new TreeSet<>(KNOWN.keySet())));
      }
      this.kept.add(known);
      this.scripts.addAll(Script.of(known));
    }
    this.detector = detector(this.kept);
  }

  /** The language that a text surely is in, none of those to keep, by its code; else null. */
  @Nullable String other(String text) {
    Script.Share share = Script.dominant(text);
    if (share == null || share.isShort()) {
      return null;
    }
    Script script = share.script();
    if (!scripts.contains(script)) {
      return name(share);
    }
    if (!script.isShared()) {
      return null;
    }
    double keptShare = 0;
    DetectedLanguage best = null;
    for (DetectedLanguage language : detector.getProbabilities(share.words())) {
      best = best == null ? language : best;
      if (kept.contains(language.getLocale().getLanguage())) {
        keptShare += language.getProbability();
      }
    }
    double doubt = share.letters() < SHORT_LETTERS ? SHORT_DOUBT : DOUBT;
    return best == null || keptShare > doubt ? null : best.getLocale().getLanguage();
  }

  private String name(Script.Share share) {
    String only = share.script().only();
    if (only != null) {
      return only;
    }
    List<DetectedLanguage> likely = detector.getProbabilities(share.words());
    return likely.isEmpty()
        ? share.script().name().toLowerCase(Locale.ROOT)
        : likely.getFirst().getLocale().getLanguage();
  }

  private static LanguageDetector detector(Set<String> kept) {
    Set<String> chosen = new TreeSet<>(COMMON);
    chosen.addAll(kept);
    List<LdLocale> locales = new ArrayList<>();
    chosen.forEach(language -> locales.add(locale(language)));
    try {
      return LanguageDetectorBuilder.create(NgramExtractors.standard())
          // The way for long texts draws random numbers.
          .shortTextAlgorithm(Integer.MAX_VALUE)
          .minimalConfidence(0)
          .probabilityThreshold(0)
          .withProfiles(new LanguageProfileReader().readBuiltIn(locales))
          .build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static LdLocale locale(String language) {
    LdLocale locale = KNOWN.get(language);
    if (locale == null) {
      throw new IllegalStateException("no profile of " + language);
    }
    return locale;
  }

  private static Map<String, LdLocale> known() {
    Map<String, LdLocale> known = new LinkedHashMap<>();
    for (LdLocale locale : BuiltInLanguages.getLanguages()) {
      Optional<String> region = locale.getRegion();
      if (!region.isPresent() || locale.getLanguage().equals("zh")) {
        known.putIfAbsent(locale.getLanguage(), locale);
      }
    }
    return known;
  }
}

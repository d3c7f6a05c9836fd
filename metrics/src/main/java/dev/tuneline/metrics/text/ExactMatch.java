package dev.tuneline.metrics.text;

import java.text.Normalizer;

/** Whether an answer is its reference, more or less strictly. */
public enum ExactMatch {
  /** Character by character. */
  RAW {
    @Override
    String form(String text) {
      return text;
    }
  },
  /** White space at the ends does not count. */
  STRIPPED {
    @Override
    String form(String text) {
      return PythonText.strip(text);
    }
  },
  /** Neither does case, nor width and other compatibility forms (NFKC). */
  NORMALISED {
    @Override
    String form(String text) {
      return PythonText.strip(PythonText.lower(Normalizer.normalize(text, Normalizer.Form.NFKC)));
    }
  };

  abstract String form(String text);

  /** Whether both have the same form. */
  public boolean matches(String answer, String reference) {
    return form(answer).equals(form(reference));
  }
}

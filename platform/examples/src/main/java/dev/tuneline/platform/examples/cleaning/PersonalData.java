package dev.tuneline.platform.examples.cleaning;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds what identifies a person. Numbers count only when their own checks hold, and neither as
 * amounts, decimal fractions, parts of addresses on the Web nor behind words such as 订单号.
 */
public final class PersonalData {
  /** What is looked for. */
  public enum Kind {
    ID_NUMBER,
    PHONE,
    EMAIL,
    BANK_CARD
  }

  private static final Set<Kind> ALL = EnumSet.allOf(Kind.class);
  private static final int MIN_DIGITS = 8;
  private static final int MAX_LOCAL = 64;

  /** What stands behind the at sign in names of image files such as logo@2x.png. */
  private static final Set<String> FILES =
      Set.of("css", "gif", "jpeg", "jpg", "js", "png", "svg", "webp");

  /** One place; {@code end} is exclusive. */
  record Found(Kind kind, int start, int end) {}

  private final String text;
  private final Set<Kind> kinds;
  private final List<Found> found = new ArrayList<>(0);

  private PersonalData(String text, Set<Kind> kinds) {
    this.text = text;
    this.kinds = kinds;
  }

  /** How often each kind occurs in a text; kinds that do not are left out. */
  public static Map<Kind, Integer> count(String text) {
    Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
    find(text, ALL).forEach(found -> counts.merge(found.kind(), 1, Integer::sum));
    return counts;
  }

  /** The places of some kinds, in the text's order; they do not overlap. */
  static List<Found> find(String text, Set<Kind> kinds) {
    return new PersonalData(text, kinds).find();
  }

  /** The text with a word such as {@code [PHONE]} in each place; the same object without any. */
  static String mask(String text, Set<Kind> kinds) {
    List<Found> places = find(text, kinds);
    if (places.isEmpty()) {
      return text;
    }
    StringBuilder masked = new StringBuilder(text.length());
    int copied = 0;
    for (Found place : places) {
      masked.append(text, copied, place.start()).append('[').append(place.kind()).append(']');
      copied = place.end();
    }
    return masked.append(text, copied, text.length()).toString();
  }

  private List<Found> find() {
    DigitGroups groups = null;
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c == '@' || c == '＠') {
        i = email(i);
      } else if (DigitGroups.digit(c) >= 0) {
        int end = i;
        while (end < text.length() && DigitGroups.digit(text.charAt(end)) >= 0) {
          end++;
        }
        // Most numbers of a text are years and amounts, which stand alone and are short.
        if (end - i >= MIN_DIGITS || NumberContext.isSeparator(text, end)) {
          groups = groups == null ? new DigitGroups(text) : groups;
          end = Math.max(end, number(groups, i));
        }
        i = end;
      } else {
        i++;
      }
    }
    return found;
  }

  /** Behind the number that begins at a place, or the place when none does. */
  private int number(DigitGroups groups, int start) {
    if (!groups.read(start)) {
      return start;
    }
    boolean plus = NumberContext.isPlus(text, start);
    int behindLast = found.isEmpty() ? 0 : found.getLast().end();
    boolean glued = !plus && start - 2 >= behindLast && NumberContext.isGlued(text, start);
    for (int count = groups.count(); count > 0; count--) {
      int end = groups.end(count - 1);
      Kind kind = kind(groups, count, plus, glued);
      if (kind != null && !NumberContext.isDecimal(text, end)) {
        int from = NumberContext.opening(text, plus ? start - 1 : start, end);
        int until = kind == Kind.PHONE ? NumberContext.extensionEnd(text, end) : end;
        if (kinds.contains(kind)) {
          found.add(new Found(kind, from, until));
        }
        return until;
      }
    }
    return start;
  }

  private @Nullable Kind kind(DigitGroups groups, int count, boolean plus, boolean glued) {
    int size = groups.size(count);
    if (size < MIN_DIGITS) {
      return null;
    }
    CharSequence digits = groups.digits(count);
    int start = groups.start(0);
    int end = groups.end(count - 1);
    if (size == 18 && !plus && IdNumber.is(digits)) {
      return Kind.ID_NUMBER;
    }
    if (digits.charAt(size - 1) == 'X' || glued || NumberContext.isOther(text, start, end)) {
      return null;
    }
    if (size == 15 && count == 1 && !plus && IdNumber.is(digits)) {
      return Kind.ID_NUMBER;
    }
    if (!plus && isCardShape(groups, count) && BankCard.is(digits)) {
      return Kind.BANK_CARD;
    }
    boolean spaced = NumberContext.isSpaced(text, start, end);
    return PhoneNumber.is(groups, count, plus, spaced) ? Kind.PHONE : null;
  }

  /** Cards are written in one, in fours, or as 4, 6 and the rest. */
  private static boolean isCardShape(DigitGroups groups, int count) {
    if (count == 1) {
      return true;
    }
    if (count == 3 && groups.length(0) == 4 && groups.length(1) == 6) {
      return true;
    }
    for (int i = 0; i < count - 1; i++) {
      if (groups.length(i) != 4) {
        return count == 2 && groups.length(0) == 6;
      }
    }
    return groups.length(count - 1) <= 4;
  }

  /** Behind the address around an at sign, or behind the sign when it is in none. */
  private int email(int at) {
    int first = found.isEmpty() ? 0 : found.getLast().end();
    int start = at;
    while (start > first && at - start < MAX_LOCAL && isLocal(text.charAt(start - 1))) {
      start--;
    }
    int end = domainEnd(at + 1);
    while (start < at && !Character.isLetterOrDigit(text.charAt(start))) {
      start++;
    }
    if (start == at || end < 0) {
      return at + 1;
    }
    if (kinds.contains(Kind.EMAIL)) {
      found.add(new Found(Kind.EMAIL, start, end));
    }
    return end;
  }

  /** Behind a name of at least two labels of which the last is of letters, or -1. */
  private int domainEnd(int from) {
    int end = -1;
    int label = from;
    for (int i = from; i <= text.length(); i++) {
      char c = i < text.length() ? text.charAt(i) : ' ';
      if (isAsciiLetter(c) || DigitGroups.digit(c) >= 0 || c == '-') {
        continue;
      }
      boolean last = label > from && i - label >= 2 && isLetters(label, i);
      end = last ? i : end;
      if (c != '.' || i == label) {
        break;
      }
      label = i + 1;
    }
    return end < 0 || FILES.contains(lastLabel(end)) ? -1 : end;
  }

  private String lastLabel(int end) {
    return text.substring(text.lastIndexOf('.', end - 1) + 1, end).toLowerCase(Locale.ROOT);
  }

  private boolean isLetters(int from, int to) {
    for (int i = from; i < to; i++) {
      if (!isAsciiLetter(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isLocal(char c) {
    return isAsciiLetter(c) || (c >= '0' && c <= '9') || "._%+-".indexOf(c) >= 0;
  }

  private static boolean isAsciiLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
}

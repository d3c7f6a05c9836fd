package dev.tuneline.platform.examples.cleaning;

import java.util.HashSet;
import java.util.Set;
import org.jsoup.parser.Tag;
import org.jspecify.annotations.Nullable;

/**
 * Makes plain text of HTML: tags go or become line breaks, character references become characters,
 * scripts and comments go, {@code <pre>} and {@code <code>} become Markdown's code. What is no
 * well-formed tag of HTML stays, such as {@code a < b} and {@code List<String>}, and so does code
 * in Markdown.
 */
final class Html implements TextStep {
  @Override
  public String apply(String text) {
    return text.indexOf('<') < 0 && text.indexOf('&') < 0 ? text : new Writer(text, false).write();
  }

  /** One text being rewritten. */
  private static final class Writer {
    private static final Set<String> HIDDEN = Set.of("head", "script", "style", "template");

    /** Elements that are markup even when nothing closes them: no placeholder is called so. */
    private static final Set<String> MARKUP =
        Set.of(
            "blockquote",
            "body",
            "br",
            "center",
            "dd",
            "div",
            "dl",
            "dt",
            "em",
            "font",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "html",
            "img",
            "li",
            "ol",
            "p",
            "pre",
            "span",
            "strong",
            "sub",
            "sup",
            "table",
            "tbody",
            "td",
            "tfoot",
            "th",
            "thead",
            "tr",
            "ul",
            "wbr");

    private static final Set<String> PARAGRAPHS = Set.of("p", "h1", "h2", "h3", "h4", "h5", "h6");
    private static final Set<String> INLINE =
        Set.of("ins", "del", "td", "th", "svg", "math", "col", "colgroup", "meta", "link");

    private final String text;
    private final boolean code;
    private final StringBuilder out = new StringBuilder();
    private final Set<String> unclosed = new HashSet<>();
    private @Nullable Set<String> closed;
    private int copied;
    private int breaks;
    private boolean changed;
    private boolean tagged;

    Writer(String text, boolean code) {
      this.text = text;
      this.code = code;
    }

    String write() {
      int i = 0;
      while (i < text.length()) {
        i =
            switch (text.charAt(i)) {
              case '<' -> bracket(i);
              case '&' -> ampersand(i);
              case '`', '~' -> code ? i + 1 : MarkdownCode.end(text, i);
              default -> i + 1;
            };
      }
      if (!changed) {
        return text;
      }
      copy(text.length());
      return tagged && !code ? out.toString().strip() : out.toString();
    }

    private int ampersand(int i) {
      HtmlEntity entity = HtmlEntity.at(text, i);
      if (entity == null) {
        return i + 1;
      }
      copy(i);
      append(entity.characters());
      return skip(entity.end());
    }

    private int bracket(int i) {
      if (text.startsWith("<!", i)) {
        return declaration(i);
      }
      HtmlTag tag = HtmlTag.at(text, i);
      if (tag == null || !(code || isMarkup(tag))) {
        return i + 1;
      }
      copy(i);
      tagged = true;
      if (!tag.closing()) {
        int close = HIDDEN.contains(tag.name()) || isCode(tag) ? closing(tag) : -1;
        if (close >= 0) {
          if (isCode(tag)) {
            code(text.substring(tag.end(), close), tag.name().equals("pre"));
          }
          return skip(text.indexOf('>', close) + 1);
        }
        if (tag.name().equals("sup")) {
          append("^");
        } else if (tag.name().equals("td") || tag.name().equals("th")) {
          cell();
        }
      }
      return separate(tag);
    }

    private int separate(HtmlTag tag) {
      String name = tag.name();
      if (name.equals("br")) {
        append("\n");
      } else if (PARAGRAPHS.contains(name)) {
        breaks = Math.max(breaks, 2);
      } else if (name.equals("option") || (!INLINE.contains(name) && Tag.valueOf(name).isBlock())) {
        breaks = Math.max(breaks, 1);
      } else {
        return skip(tag.end());
      }
      return code ? skip(tag.end()) : skip(blanksEnd(tag.end()));
    }

    private int declaration(int i) {
      boolean comment = text.startsWith("<!--", i);
      if (!comment && !text.regionMatches(true, i, "<!doctype", 0, "<!doctype".length())) {
        return i + 1;
      }
      String mark = comment ? "-->" : ">";
      int end = unclosed.contains(mark) ? -1 : text.indexOf(mark, i);
      if (end < 0) {
        unclosed.add(mark);
        return i + 1;
      }
      copy(i);
      tagged = true;
      return skip(end + mark.length());
    }

    private static boolean isCode(HtmlTag tag) {
      return tag.name().equals("pre") || tag.name().equals("code");
    }

    private void code(String inner, boolean block) {
      String shown = new Writer(inner, true).write();
      if (code || shown.isBlank()) {
        append(shown);
      } else if (block || shown.indexOf('\n') >= 0) {
        String fence = "`".repeat(Math.max(3, MarkdownCode.longestRun(shown) + 1));
        breaks = Math.max(breaks, 1);
        append(fence + "\n" + shown.replaceAll("^\n+|\\s+$", "") + "\n" + fence);
        breaks = 1;
      } else {
        String marks = "`".repeat(MarkdownCode.longestRun(shown) + 1);
        String blank = shown.startsWith("`") || shown.endsWith("`") ? " " : "";
        append(marks + blank + shown + blank + marks);
      }
    }

    /** A table's cell stands a tab behind the one before. */
    private void cell() {
      if (breaks == 0 && !out.isEmpty() && !endsWith('\n') && !endsWith('\t')) {
        out.append('\t');
      }
    }

    /**
     * Whether a tag means markup. One that might be a placeholder or a comparison, such as {@code
     * <input>} or {@code <b>}, must have an attribute or be closed somewhere.
     */
    private boolean isMarkup(HtmlTag tag) {
      if (tag.closing() || !tag.plain() || MARKUP.contains(tag.name())) {
        return true;
      }
      if (closed == null) {
        closed = new HashSet<>();
        for (int i = text.indexOf("</"); i >= 0; i = text.indexOf("</", i + 2)) {
          HtmlTag other = HtmlTag.at(text, i);
          if (other != null) {
            closed.add(other.name());
          }
        }
      }
      return closed.contains(tag.name());
    }

    /** Where the element's closing tag begins, or -1. */
    private int closing(HtmlTag tag) {
      if (unclosed.contains(tag.name())) {
        return -1;
      }
      for (int i = text.indexOf("</", tag.end()); i >= 0; i = text.indexOf("</", i + 2)) {
        HtmlTag other = HtmlTag.at(text, i);
        if (other != null && other.name().equals(tag.name())) {
          return i;
        }
      }
      unclosed.add(tag.name());
      return -1;
    }

    private void copy(int until) {
      if (copied < until) {
        append(text.substring(copied, until));
        copied = until;
      }
    }

    private int skip(int until) {
      copied = until;
      changed = true;
      return until;
    }

    private void append(String shown) {
      if (shown.isEmpty()) {
        return;
      }
      if (breaks > 0 && !code && !out.isEmpty()) {
        while (endsWith(' ') || endsWith('\t')) {
          out.setLength(out.length() - 1);
        }
        int there =
            endsWith('\n') ? (out.length() > 1 && out.charAt(out.length() - 2) == '\n' ? 2 : 1) : 0;
        out.append("\n".repeat(Math.max(0, breaks - there)));
      }
      breaks = 0;
      out.append(shown);
    }

    private boolean endsWith(char c) {
      return !out.isEmpty() && out.charAt(out.length() - 1) == c;
    }

    /**
     * Behind the blanks that follow a break: all of them before a tag and at the end, else those to
     * the end of the line and what indents the next.
     */
    private int blanksEnd(int from) {
      int i = from;
      int feeds = 0;
      int second = -1;
      while (i < text.length() && " \t\r\n".indexOf(text.charAt(i)) >= 0) {
        if (text.charAt(i) == '\n' && ++feeds == 2) {
          second = i;
        }
        i++;
      }
      return feeds < 2 || i == text.length() || text.charAt(i) == '<' ? i : second;
    }
  }
}

package dev.tuneline.platform.examples.cleaning;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HtmlTest {
  private final Html html = new Html();

  @Test
  void tagsBecomeLinesOrNothing() {
    assertThat(html.apply("<div>第一条</div>\n<div class=\"x\">第<b>二</b>条</div>"))
        .isEqualTo("第一条\n第二条");
    assertThat(html.apply("<p>one</p>\n\n<p>two<br/>three</p>")).isEqualTo("one\n\ntwo\nthree");
    assertThat(html.apply("<ul><li>a</li>\n  <li>b</li></ul>")).isEqualTo("a\nb");
    assertThat(html.apply("<table><tr><td>a<td>b</tr><tr><td>c</table>")).isEqualTo("a\tb\nc");
    assertThat(html.apply("x<sup>2</sup> H<sub>2</sub>O")).isEqualTo("x^2 H2O");
    assertThat(html.apply("<!-- no --><script>if (a<b) c()</script>text<style>p{}</style>"))
        .isEqualTo("text");
    assertThat(html.apply("see <a href='https://a.b/?c=1&amp;d=2'>here</a>")).isEqualTo("see here");
  }

  @Test
  void referencesBecomeCharacters() {
    assertThat(html.apply("a &lt; b &amp;&amp; c&nbsp;&gt; d &#20013;&#x6587; &#150; &eacute;"))
        .isEqualTo("a < b && c > d 中文 – é");
    assertThat(html.apply("&amp;amp;amp;lt;")).isEqualTo("&lt;");
  }

  @Test
  void codeBecomesMarkdown() {
    String page =
        """
        use <code>a &lt; b</code> and<pre><code>
        if (x &lt; y)
          z();
        </code></pre>end\
        """;
    String plain =
        """
        use `a < b` and
        ```
        if (x < y)
          z();
        ```
        end\
        """;
    assertThat(html.apply(page)).isEqualTo(plain);
    assertThat(html.apply("<code>a`b</code>")).isEqualTo("``a`b``");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a < b and c > d, 1<2, x <y> z",
        "List<String> and Map<K, List<V>>, #include <stdio.h>",
        "if (a<b and c>d) return",
        "use `<div>` and ``<b>`` here",
        "```html\n<p>&lt;</p>\n```\nend",
        "run cmd <input> <output> <b>",
        "<|im_start|> <think> </think> <s1>",
        "AT&T, a&b; &nosuch; &#xD800; &#0; R&D &amp",
        "《民法典》<第三条>",
        "<a href=\"x",
      })
  void whatIsNoMarkupStays(String text) {
    assertThat(html.apply(text)).isEqualTo(text);
  }
}

package dev.tuneline.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FineTunedNameTest {
  @Test
  void aNameReadsBackAsItWasWritten() {
    FineTunedName name = new FineTunedName("tiny-chat", "legal", "job-7");
    assertThat(name).hasToString("ft:tiny-chat:legal:job-7");
    assertThat(FineTunedName.parse(name.toString())).contains(name);
    FineTunedName bare = new FineTunedName("tiny-chat", "", "job-7");
    assertThat(FineTunedName.parse(bare.toString())).contains(bare);
  }

  @Test
  void otherNamesAreNoneOfThese() {
    for (String other : new String[] {"", "legal", "ft:", "ft:a:b", "ft:a:b:", "ft::b:c"}) {
      assertThat(FineTunedName.parse(other)).isEmpty();
    }
  }
}

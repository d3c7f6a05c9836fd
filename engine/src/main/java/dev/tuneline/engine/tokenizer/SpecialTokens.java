package dev.tuneline.engine.tokenizer;

import java.util.Set;

/**
 * The ids that frame a model's text.
 *
 * @param eosId the token that training appends and that ends an answer
 * @param stopIds every id at which generation ends; holds {@code eosId}
 * @param padId fills batches; never carries loss
 * @param specialIds all tokens that the tokenizer marks as special
 */
public record SpecialTokens(int eosId, Set<Integer> stopIds, int padId, Set<Integer> specialIds) {
  public SpecialTokens {
    stopIds = Set.copyOf(stopIds);
    specialIds = Set.copyOf(specialIds);
    if (!stopIds.contains(eosId)) {
      throw new IllegalArgumentException("stopIds must hold eosId " + eosId);
    }
  }
}

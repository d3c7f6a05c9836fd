package dev.tuneline.gateway.models;

import dev.tuneline.engine.adapter.AdapterIdentity;
import dev.tuneline.engine.adapter.AdapterProbe;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.adapters.AdapterPool;
import dev.tuneline.gateway.adapters.LoadedAdapter;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.proto.v1.Adapter;
import java.nio.file.Path;

/**
 * Loads adapters by id from the artifact store, never by a caller's path, and lets none pass that
 * is not what its id says, does not fit its base model, or has no effect on it.
 */
public final class AdapterLoader implements AdapterPool.Loader {
  private final BaseModels baseModels;
  private final ArtifactStore store;

  public AdapterLoader(BaseModels baseModels, ArtifactStore store) {
    this.baseModels = baseModels;
    this.store = store;
  }

  /**
   * Runs on a platform thread.
   *
   * @throws Problem BASE_MODEL_NOT_FOUND, ADAPTER_BASE_MISMATCH, ADAPTER_TEMPLATE_MISMATCH,
   *     ADAPTER_ID_MISMATCH, ADAPTER_WITHOUT_EFFECT, what the artifact store says, or what is wrong
   *     with the adapter's files
   */
  @Override
  public LoadedAdapter load(Adapter wanted) {
    ServedBase base = baseModels.get(wanted.getBaseModel()).join();
    requireSame(
        "ADAPTER_BASE_MISMATCH",
        "base_digest",
        "was made for other weights of base model " + base.name(),
        wanted.getBaseDigest(),
        base.model().digest());
    requireSame(
        "ADAPTER_TEMPLATE_MISMATCH",
        "template_digest",
        "was made with another chat template of base model " + base.name(),
        wanted.getTemplateDigest(),
        base.template().digest());
    Path folder = store.localFolder(wanted.getFolder());
    requireSame(
        "ADAPTER_ID_MISMATCH",
        "adapter_id",
        "is not what its id says",
        wanted.getAdapterId(),
        AdapterIdentity.of(folder, base.model().digest(), base.template().digest()));
    dev.tuneline.engine.adapter.Adapter adapter = Methods.load(folder, base.model());
    try {
      requireEffect(base, adapter, wanted.getAdapterId());
    } catch (RuntimeException | Error e) {
      adapter.close();
      throw e;
    }
    return new LoadedAdapter(wanted.getAdapterId(), base.name(), adapter, adapter::close);
  }

  private static void requireSame(
      String reason, String field, String how, String said, String found) {
    if (!said.equals(found)) {
      throw Problem.caller(reason, "the adapter " + how)
          .at(Problem.FIELD, "adapter." + field)
          .at("said", said)
          .at("found", found)
          .mend("tune it again on the base model as it is now");
    }
  }

  private static void requireEffect(ServedBase base, Adaptation adapter, String adapterId) {
    if (AdapterProbe.effect(base.model(), adapter) == 0) {
      throw Problem.caller(
              "ADAPTER_WITHOUT_EFFECT", "the adapter does not change the base model's logits")
          .at("adapter_id", adapterId)
          .mend("tune it with a larger learning rate or more steps");
    }
  }
}

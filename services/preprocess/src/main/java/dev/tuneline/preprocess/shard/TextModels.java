package dev.tuneline.preprocess.shard;

import dev.tuneline.engine.chat.ChatTemplate;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.platform.service.ModelFolders;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Tokenizers and templates of base models, read once each; at most a few. */
public final class TextModels implements AutoCloseable {
  /** What turns a conversation into a base model's tokens. */
  public record TextModel(Tokenizer tokenizer, ChatTemplate template) {}

  private final ModelFolders folders;
  private final int maxModels;
  private final Map<String, TextModel> models = new LinkedHashMap<>();

  public TextModels(ModelFolders folders, int maxModels) {
    this.folders = folders;
    this.maxModels = maxModels;
  }

  /**
   * A base model's texts.
   *
   * @param field what names the model in the request
   */
  public synchronized TextModel get(String baseModel, String field) {
    TextModel known = models.get(baseModel);
    if (known != null) {
      return known;
    }
    Path folder = folders.folder(baseModel, field);
    ChatTemplate template = ChatTemplate.load(folder);
    TextModel loaded = new TextModel(Tokenizer.load(folder), template);
    if (models.size() == maxModels) {
      // A call that still uses it fails and is repeated; there are more models than room.
      var oldest = models.entrySet().iterator();
      oldest.next().getValue().tokenizer().close();
      oldest.remove();
    }
    models.put(baseModel, loaded);
    return loaded;
  }

  /** The longest context of a base model in tokens. */
  public int contextTokens(String baseModel, String field) {
    return folders.contextTokens(baseModel, field);
  }

  @Override
  public synchronized void close() {
    models.values().forEach(model -> model.tokenizer().close());
    models.clear();
  }
}

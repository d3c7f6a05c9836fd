"""Makes tiny-chat's tokenizer.json: byte-level BPE with Qwen2's pre-tokenizer and ChatML tokens.

Needs `pip install tokenizers==0.23.2`; from the project's root:
    java models/tiny-chat/making/Corpus.java CORPUS_FOLDER 20000 20000
    python models/tiny-chat/making/train_tokenizer.py CORPUS_FOLDER models/tiny-chat/tokenizer.json
"""

import json
import pathlib
import re
import sys

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

VOCABULARY = 4096
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# Nine bytes are three Chinese characters: longer tokens would be whole template phrases.
LONGEST_TOKEN_BYTES = 9
# Every Chinese character of the sources comes this often by itself, so that all become tokens.
CHARACTER_WEIGHT = 5000


def texts(corpus: pathlib.Path):
    for line in (corpus / "plain.jsonl").open(encoding="utf-8"):
        yield json.loads(line)["text"]
    for line in (corpus / "chat.jsonl").open(encoding="utf-8"):
        for message in json.loads(line)["messages"]:
            yield message["content"]
    # Everyday legal wording (the topics of recipes/legal-qa when this was made), so that a recipe
    # in that field is spelled in few tokens. The model is not trained on it.
    topics = pathlib.Path("models/tiny-chat/making/legal-wording.txt").read_text(encoding="utf-8")
    legal = [re.sub(r"\{\w+\}", "，", line[2:]) for line in topics.splitlines()]
    for _ in range(8):
        yield from legal
    chinese = pathlib.Path("models/tiny-chat/making/chinese.txt").read_text(encoding="utf-8")
    for character in sorted(set(re.findall(r"[\u4e00-\u9fff]", topics + chinese))):
        yield "\n".join(character * CHARACTER_WEIGHT)


def main(corpus: str, target: str) -> None:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN2), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        max_token_length=LONGEST_TOKEN_BYTES,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts(pathlib.Path(corpus)), trainer)
    # At the end, as Qwen2 has them.
    tokenizer.add_special_tokens(SPECIAL)
    assert tokenizer.get_vocab_size() == VOCABULARY, tokenizer.get_vocab_size()
    tokenizer.save(target, pretty=False)


if __name__ == "__main__":
    main(*sys.argv[1:])

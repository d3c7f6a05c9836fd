"""The peer of the benchmark `data`: tokenizers and datasets.

Reads one JSON request a line, answers each with one JSON line:
{"do": "tokenizer", "texts": FILE, "tokens": N, "model": DIR}
    -> {}; trains a byte-level BPE in Qwen's layout and writes its tokenizer.json
{"do": "encode", "texts": FILE, "model": DIR}
    -> {"seconds": S, "tokens": N}, the tokenizer's own batch encode on all cores
{"do": "map", "texts": FILE, "model": DIR}
    -> {"seconds": S, "tokens": N}, datasets.map in batches, the better of num_proc 1 and 2
FILE holds one JSON string a line. Loading and rendering are not timed.
"""

import json
import os
import sys
import tempfile
import time

from datasets import Dataset, disable_caching, disable_progress_bars
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

disable_progress_bars()
disable_caching()
QWEN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def read(request):
    with open(request["texts"], encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def train(request):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=request["tokens"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=16,
        show_progress=False,
    )
    tokenizer.train_from_iterator(read(request), trainer)
    special = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in special])
    tokenizer.save(os.path.join(request["model"], "tokenizer.json"))
    return {}


def encode(request):
    tokenizer = Tokenizer.from_file(os.path.join(request["model"], "tokenizer.json"))
    texts = read(request)
    begin = time.perf_counter()
    tokens = 0
    for i in range(0, len(texts), 1000):
        tokens += sum(len(e.ids) for e in tokenizer.encode_batch(texts[i : i + 1000], add_special_tokens=False))
    return {"seconds": time.perf_counter() - begin, "tokens": tokens}


def map_once(texts, tokenizer, processes):
    with tempfile.TemporaryDirectory() as folder:
        source = Dataset.from_dict({"text": texts})
        begin = time.perf_counter()
        made = source.map(
            lambda batch: {"input_ids": tokenizer(batch["text"], add_special_tokens=False)["input_ids"]},
            batched=True,
            num_proc=processes if processes > 1 else None,
            remove_columns=["text"],
            cache_file_name=os.path.join(folder, "made.arrow"),
        )
        seconds = time.perf_counter() - begin
        return seconds, sum(len(ids) for ids in made["input_ids"])


def map_best(request):
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=os.path.join(request["model"], "tokenizer.json"))
    texts = read(request)
    seconds, tokens = min(map_once(texts, tokenizer, processes) for processes in (1, 2))
    return {"seconds": seconds, "tokens": tokens}


DO = {"tokenizer": train, "encode": encode, "map": map_best}

if __name__ == "__main__":
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(DO[request["do"]](request)), flush=True)

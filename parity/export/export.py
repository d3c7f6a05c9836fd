"""Exports a model of yours as a folder that `tuneline check-parity` reads.

    python export.py --model DIR [--adapter DIR ...] [--train METHOD ...] --out DIR

It computes with transformers and PEFT what this engine has to compute too, so the folder shows whether
the two agree on your model: logits, log-probabilities, greedy answers and losses of the bare model and
of each adapter, and, with --train, every optimizer step of a short training run.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from methods import METHODS, start
from reference import adapter_document, model_document, write
from trajectories import trajectory


def load(folder):
    """The model in fp32, whatever its file holds."""
    return AutoModelForCausalLM.from_pretrained(
        str(folder), dtype=torch.float32, attn_implementation="eager", local_files_only=True
    ).eval()


def copy_folder(source, target):
    if source.resolve() == target.resolve():
        return
    target.mkdir(parents=True, exist_ok=True)
    for file in sorted(source.iterdir()):
        if file.is_file():
            shutil.copy2(file, target / file.name)


def encoder(folder):
    tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    return tokenizer, lambda text: tokenizer.encode(text, add_special_tokens=False)


def end_and_padding(folder, tokenizer):
    eos = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("eos_token_id")
    eos = eos[0] if isinstance(eos, list) else eos
    eos = tokenizer.eos_token_id if eos is None else eos
    if eos is None:
        sys.exit(f"error: {folder} names no eos_token_id, neither in config.json nor in its tokenizer")
    pad = tokenizer.pad_token_id
    return eos, eos if pad is None else pad


def export_model(source, name, out, judged=False):
    target = out / "models" / name
    copy_folder(source, target)
    tokenizer, encode = encoder(source)
    eos, pad = end_and_padding(source, tokenizer)
    model = load(source)
    document = {"arch": name, **model_document(model, encode, eos, pad, judged=judged)}
    write(target / "expected.json", document)
    if not (target / "config.v5.json").exists():
        write(target / "config.v5.json", json.loads(model.config.to_json_string(use_diff=False)))
    return encode, eos, pad


def export_adapter(source, model_source, name, base, encode, eos, pad, out, judged=False):
    target = out / "adapters" / name
    copy_folder(source, target)
    config = json.loads((target / "adapter_config.json").read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = f"../../models/{base}"
    write(target / "adapter_config.json", config)
    document = adapter_document(
        f"models/{base}", target, lambda: load(model_source), encode, eos, pad, judged=judged
    )
    write(target / "expected.json", document)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--model", type=Path, required=True, help="a Hugging Face model folder")
    arguments.add_argument("--adapter", type=Path, action="append", default=[], help="a PEFT folder over it")
    arguments.add_argument("--train", action="append", default=[], choices=METHODS, help="a method to train by")
    arguments.add_argument("--seed", type=int, default=0, help="of what --train starts from")
    arguments.add_argument("--judged", action="store_true", help="also say how exact it is, by fp64")
    arguments.add_argument("--out", type=Path, required=True, help="the folder to write")
    options = arguments.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    base = options.model.resolve().name
    encode, eos, pad = export_model(options.model, base, options.out, options.judged)
    print(f"models/{base}")
    for adapter in options.adapter:
        name = f"{base}-{adapter.resolve().name}"
        judged = options.judged
        export_adapter(adapter, options.model, name, base, encode, eos, pad, options.out, judged)
        print(f"adapters/{name}")
    for method in options.train:
        name = f"{base}-{method}"
        model, config = start(method, load(options.model))
        trajectory(name, method, f"models/{base}", model, config, encode, eos, pad, options.out)
        print(f"train/{name}")


if __name__ == "__main__":
    main()

"""What transformers and PEFT say about a model or an adapter, in the fixtures' format.

All of it runs on the CPU in fp32 with eager attention, without dropout and without a cache, so that
every figure is one plain forward pass. What the format leaves open is decided here as the fixtures do.
"""

import copy
import json
import math
from contextlib import contextmanager
from importlib.metadata import version

import numpy as np
import torch

NEW_TOKENS = 16
IGNORED = -100

PROMPTS = [
    ("劳动合同到期公司不续签，有没有经济补偿？", "可以起诉。转账记录、聊天记录都可以作为证据。"),
    ("What is the capital of France?", "The capital of France is Paris."),
    ("Human: 借款没有写借条，可以起诉吗？\n\nAssistant: ", "没有遗嘱的，按照法定继承办理。"),
]


def versions():
    names = ("torch", "transformers", "peft", "tokenizers", "safetensors", "numpy")
    return {name: version(name) for name in names}


def rounded(x):
    """Floats at 8 significant digits, in any nesting."""
    if isinstance(x, torch.Tensor):
        x = x.detach().tolist()
    if isinstance(x, dict):
        return {k: rounded(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [rounded(v) for v in x]
    if isinstance(x, float) and math.isfinite(x):
        return float(f"{x:.8g}")
    return x


def write(path, document):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(rounded(document), ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def forget_lengths(model):
    """Dynamic rope keeps the base of the longest text so far; afterwards it is that of a new model."""
    for module in model.modules():
        if hasattr(module, "original_inv_freq") and hasattr(module, "inv_freq"):
            module.inv_freq = module.original_inv_freq.clone()
            module.max_seq_len_cached = module.original_max_seq_len


@contextmanager
def wide_softmax():
    """Attention asks for its softmax in fp32 whatever it computes in: in a model of fp64 that rounds, and
    makes a masked score infinite, so that a row of nothing but padding becomes NaN and spreads."""
    original = torch.nn.functional.softmax

    def softmax(x, dim=None, dtype=None, **more):
        return original(x, dim=dim, dtype=None if x.dtype == torch.float64 else dtype, **more)

    torch.nn.functional.softmax = softmax
    try:
        yield
    finally:
        torch.nn.functional.softmax = original


class Reference:
    """A model, bare or with an adapter, asked for logits."""

    def __init__(self, model, virtual_tokens=0, prefix=False):
        self.model = model.eval()
        # Prompts in front of the embeddings have logits of their own, which the format leaves out.
        self.leading = 0 if prefix else virtual_tokens
        self.config = getattr(model, "base_model", model).config if virtual_tokens else model.config
        self.takes_positions = self.config.model_type != "bloom" and not virtual_tokens

    @torch.no_grad()
    def logits(self, ids, mask=None, positions=None):
        """[rows, tokens, vocab] of a batch, virtual tokens left out."""
        forget_lengths(self.model)
        arguments = {} if positions is None or not self.takes_positions else {"position_ids": positions}
        if mask is None:
            mask = torch.ones_like(ids)
        out = self.model(input_ids=ids, attention_mask=mask, use_cache=False, **arguments).logits
        out = out[:, self.leading :]
        return out if out.dtype == torch.float64 else out.float()

    def row(self, ids):
        return self.logits(torch.tensor([ids]))[0]

    def dynamic(self):
        """Whether the rope's base grows with the text, so that a cache holds keys of several bases."""
        return (getattr(self.config, "rope_parameters", None) or {}).get("rope_type") == "dynamic"

    @torch.no_grad()
    def follow(self, ids):
        """The last logits as `ids` grows, with a cache, as generate() computes them."""
        forget_lengths(self.model)
        cache, done = None, 0
        while True:
            out = self.model(input_ids=torch.tensor([ids[done:]]), past_key_values=cache, use_cache=True)
            cache, done = out.past_key_values, len(ids)
            yield out.logits[0, -1].float()


def penalised(logits, seen, penalty):
    """CTRL's rule over the tokens so far."""
    logits = logits.clone()
    index = torch.tensor(sorted(set(seen)))
    values = logits[index]
    logits[index] = torch.where(values < 0, values * penalty, values / penalty)
    return logits


def greedy(reference, ids, tokens, penalty=1.0):
    """The new ids and the smallest distance between the likeliest two tokens on the way."""
    ids, margin, new = list(ids), math.inf, []
    follow = reference.follow(ids) if reference.dynamic() else None
    for _ in range(tokens):
        logits = next(follow) if follow else reference.row(ids)[-1]
        if penalty != 1.0:
            logits = penalised(logits, ids, penalty)
        top = torch.topk(logits, 2)
        margin = min(margin, (top.values[0] - top.values[1]).item())
        new.append(top.indices[0].item())
        ids.append(new[-1])
    return new, margin


def completion_scores(reference, prompt, completion):
    """Natural log-probability of each completion token after the prompt."""
    logits = reference.row(prompt + completion)
    scores = torch.log_softmax(logits[len(prompt) - 1 : -1], -1)
    return [scores[i, token].item() for i, token in enumerate(completion)]


def prompt_entry(reference, text, ids, completion_text, completion, tokens):
    logits = reference.row(ids)
    places = sorted({0, len(ids) // 2, len(ids) - 1})
    new, margin = greedy(reference, ids, tokens)
    scores = completion_scores(reference, ids, completion)
    return logits, {
        "text": text,
        "input_ids": ids,
        "logits_first16": [{"position": p, "values": logits[p, :16]} for p in places],
        "greedy_16": new,
        "greedy_margin_min": margin,
        "completion_text": completion_text,
        "completion_ids": completion,
        "completion_logprobs": scores,
        "completion_logprob_sum": sum(scores),
        "loss": -sum(scores) / len(scores),
    }


def left_padded(reference, prompts, pad):
    """All prompts left-padded; None where a padded row does not equal the row alone."""
    width = max(len(p) for p in prompts)
    ids = [[pad] * (width - len(p)) + p for p in prompts]
    mask = [[0] * (width - len(p)) + [1] * len(p) for p in prompts]
    positions = [np.maximum(np.cumsum(m) - 1, 0).tolist() for m in mask]
    last = reference.logits(torch.tensor(ids), torch.tensor(mask), torch.tensor(positions))[:, -1]
    alone = torch.stack([reference.row(p)[-1] for p in prompts])
    difference = (last - alone).abs().max().item()
    if difference > 1e-3:
        return None
    return {
        "input_ids": ids,
        "attention_mask": mask,
        "position_ids": positions,
        "logits_last_first16": last[:, :16],
        "argmax_last": last.argmax(-1),
        "max_abs_diff_vs_unpadded": difference,
    }


def right_padded(rows, pad):
    """(ids, labels) pairs as one right-padded batch."""
    width = max(len(ids) for ids, _ in rows)
    return {
        "input_ids": [ids + [pad] * (width - len(ids)) for ids, _ in rows],
        "attention_mask": [[1] * len(ids) + [0] * (width - len(ids)) for ids, _ in rows],
        "labels": [labels + [IGNORED] * (width - len(labels)) for _, labels in rows],
    }


def right_padded_batch(reference, pairs, pad):
    """The loss of a right-padded batch; None where a padded row should equal the row alone and does not."""
    batch = right_padded([(p + c, [IGNORED] * len(p) + c) for p, c in pairs], pad)
    logits = reference.logits(torch.tensor(batch["input_ids"]), torch.tensor(batch["attention_mask"]))
    labels = torch.tensor(batch["labels"])
    count = int((labels[:, 1:] != IGNORED).sum())
    loss = torch.nn.functional.cross_entropy(
        logits[:, :-1].reshape(-1, logits.shape[-1]), labels[:, 1:].reshape(-1), ignore_index=IGNORED
    ).item()
    alone = -sum(sum(completion_scores(reference, p, c)) for p, c in pairs) / count
    if abs(alone - loss) > 1e-4 and not reference.dynamic():
        return None
    return {**batch, "loss_token_mean": loss, "num_label_tokens": count}


@torch.no_grad()
def rounding(reference, pairs):
    """The largest distance of a logit in fp32 from the same in fp64."""
    double = Reference(copy.deepcopy(reference.model).double())
    double.leading, double.takes_positions = reference.leading, reference.takes_positions
    with wide_softmax():
        return max((double.row(p + c) - reference.row(p + c)).abs().max().item() for p, c in pairs)


def sampling_distributions(logits):
    """What temperature, top-k and top-p leave of a distribution, in this order."""
    cases = []
    for temperature, top_k, top_p in [(0.7, 20, 0.8), (1.0, 0, 0.9), (1.5, 50, 1.0), (0.3, 5, 0.95)]:
        values, ids = torch.sort(logits.double() / temperature, descending=True, stable=True)
        if top_k:
            values, ids = values[:top_k], ids[:top_k]
        probabilities = torch.softmax(values, -1)
        before = torch.cumsum(probabilities, -1) - probabilities
        kept = before < top_p
        probabilities = probabilities[kept] / probabilities[kept].sum()
        cases.append(
            {
                "temperature": temperature,
                "top_k": top_k,
                "top_p": top_p,
                "order": "temperature, top_k, top_p",
                "kept_ids": ids[kept],
                "probs": probabilities,
            }
        )
    return {"prompt": 0, "cases": cases}


def model_document(model, encode, eos, pad, prompts=PROMPTS, judged=False):
    """expected.json of a bare model; `judged` says how exact it is, by a copy in fp64."""
    reference = Reference(model)
    entries, lasts, ids, pairs = [], [], [], []
    for text, completion_text in prompts:
        prompt, completion = encode(text), encode(completion_text) + [eos]
        logits, entry = prompt_entry(reference, text, prompt, completion_text, completion, NEW_TOKENS)
        entry["logits_last"] = logits[-1]
        entry["argmax_per_position"] = logits.argmax(-1)
        entries.append(entry)
        lasts.append(logits[-1])
        ids.append(prompt)
        pairs.append((prompt, completion))
    first = entries[0]["greedy_16"]
    stop = first[5]
    penalised_ids, penalised_margin = greedy(reference, ids[0], NEW_TOKENS, 1.3)
    document = {
        "hf_class": type(model).__name__,
        "eos_token_id": eos,
        "pad_token_id": pad,
        "versions": versions(),
        "prompts": entries,
        "stop_case": {
            "prompt": 0,
            "eos_token_id": stop,
            "max_new_tokens": NEW_TOKENS,
            "expected_new_ids_including_eos": first[: first.index(stop) + 1],
        },
        "greedy_repetition_penalty_1.3": {
            "prompt": 0,
            "new_ids": penalised_ids,
            "margin_min": penalised_margin,
        },
        "sampling_distributions": sampling_distributions(lasts[0]),
        "beam": None,
    }
    if judged:
        document["fp32_vs_fp64_max_abs_diff"] = rounding(reference, pairs)
    add_batches(document, reference, ids, pairs, pad)
    return document


def add_batches(document, reference, ids, pairs, pad):
    left = left_padded(reference, ids, pad) if reference.takes_positions or not reference.leading else None
    right = right_padded_batch(reference, pairs, pad)
    notes = []
    if left:
        document["left_padded_batch"] = left
    else:
        notes.append("no left_padded_batch: transformers' padded rows differ from the rows alone")
    if right:
        document["right_padded_training_batch"] = right
    else:
        notes.append("no right_padded_training_batch: transformers' padded rows differ from the rows alone")
    if notes:
        document["notes"] = notes


def adapter_document(base_folder, adapter_folder, load_base, encode, eos, pad, prompts=PROMPTS, judged=False):
    """expected.json of an adapter over its base; adapter_folder's own base path is not followed."""
    from peft import PeftConfig, PeftModel
    from safetensors import safe_open

    config = PeftConfig.from_pretrained(str(adapter_folder))
    kind = str(config.peft_type.value if hasattr(config.peft_type, "value") else config.peft_type)
    virtual = getattr(config, "num_virtual_tokens", 0) or 0
    model = PeftModel.from_pretrained(load_base(), str(adapter_folder)).eval()
    reference = Reference(model, virtual, prefix=kind == "PREFIX_TUNING")
    with safe_open(adapter_folder / "adapter_model.safetensors", "pt") as f:
        tensors = {name: list(f.get_slice(name).get_shape()) for name in sorted(f.keys())}
    document = {
        "adapter": kind.lower(),
        "base_model": base_folder,
        "num_virtual_tokens": virtual,
        "adapter_tensors": tensors,
        "versions": versions(),
    }
    entries, ids, pairs = [], [], []
    for text, completion_text in prompts:
        prompt, completion = encode(text), encode(completion_text) + [eos]
        logits, entry = prompt_entry(reference, text, prompt, completion_text, completion, NEW_TOKENS)
        last = logits[-1]
        top = torch.topk(last, 10)
        entry["logits_last_first64"] = last[:64]
        entry["logits_last_top10"] = {"ids": top.indices, "values": top.values}
        entry["logits_last_sum"] = last.double().sum().item()
        entry["logits_last_l2"] = last.double().norm().item()
        entries.append(entry)
        ids.append(prompt)
        pairs.append((prompt, completion))
    document["prompts"] = entries
    document["greedy_margin_min"] = min(e["greedy_margin_min"] for e in entries)
    bare = Reference(load_base()).row(ids[0])[-1]
    document["max_abs_effect_on_first_prompt"] = (reference.row(ids[0])[-1] - bare).abs().max().item()
    if judged:
        document["fp32_vs_fp64_max_abs_diff"] = rounding(reference, pairs)
    if virtual:
        right = right_padded_batch(reference, pairs, pad)
        if right:
            document["right_padded_training_batch"] = right
    else:
        add_batches(document, reference, ids, pairs, pad)
        add_merged(document, model, load_base, ids)
    return document


def add_merged(document, model, load_base, ids):
    scaling = {}
    for name, module in model.named_modules():
        if isinstance(getattr(module, "scaling", None), dict) and "default" in module.scaling:
            factor = module.scaling["default"]
            if hasattr(module, "lora_E"):
                factor = factor / (module.ranknum["default"].item() + 1e-5)
            scaling[name.removeprefix("base_model.model.")] = factor
    if scaling:
        document["effective_scaling_per_module"] = scaling
    before = load_base().state_dict()
    adapted = torch.stack([Reference(model).row(p)[-1] for p in ids])
    merged = model.merge_and_unload()
    reference = Reference(merged)
    if (torch.stack([reference.row(p)[-1] for p in ids]) - adapted).abs().max() > 1e-3:
        note = "no merged model: PEFT's answers differently from the adapter, as where a head is tied"
        document.setdefault("notes", []).append(note)
        return
    rows, changed = {}, []
    for name, weight in merged.state_dict().items():
        if name in before and torch.equal(weight, before[name]):
            continue
        changed.append(name)
        rows[name] = weight[3, :8] if weight.dim() == 2 else weight[3:4]
    document["merged"] = [{"logits_last_first32": reference.row(p)[-1][:32]} for p in ids]
    document["merged_weight_rows"] = rows
    document["merged_modules_changed"] = changed

"""Training trajectories in the fixtures' format: every optimizer step of a short run, by hand in PyTorch."""

import copy
import re

import torch
from safetensors.torch import save_file

from reference import IGNORED, Reference, forget_lengths, right_padded, versions, wide_softmax, write

ACCUMULATION, EPOCHS, WARMUP = 2, 3, 2
RATE, DECAY, CLIP = 5e-3, 0.01, 1.0

PAIRS = [
    ("劳动合同到期公司不续签，有没有经济补偿？", "用人单位应当支付经济补偿。"),
    ("What is the capital of France?", "Paris."),
    ("借款没有写借条，可以起诉吗？", "可以起诉，聊天记录也是证据。"),
    ("Name a prime number.", "Seven."),
    ("写一句关于春天的话。", "春风拂面花满园。"),
    ("Is a tuple mutable?", "No, a tuple is immutable."),
    ("房东不退押金怎么办？", "先协商，再起诉。"),
    ("What is 2 + 2?", "4"),
]

# What transformers' Trainer exempts from weight decay, beside the parameters of norm modules.
EXEMPT = re.compile(r"bias|layernorm|rmsnorm|(?:^|\.)norm(?:$|\.)|_norm(?:$|\.)")


def file_name(parameter):
    """A parameter's name without the adapter's name."""
    return parameter.replace(".default", "")


def schedule(step, total):
    """Cosine after a linear warm-up, as get_cosine_schedule_with_warmup."""
    import math

    if step < WARMUP:
        return step / max(1, WARMUP)
    return max(0.0, 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / max(1, total - WARMUP))))


def trainable(model):
    return {name: p for name, p in model.named_parameters() if p.requires_grad}


def exempt(model):
    norms = tuple(
        f"{name}." if name else name
        for name, module in model.named_modules()
        if type(module).__name__.endswith("Norm")
    )
    return [n for n in trainable(model) if EXEMPT.search(n.lower()) or (norms and n.startswith(norms))]


def micro_batches(encode, eos, pad):
    rows = []
    for prompt, completion in PAIRS + PAIRS[::-1]:
        p, c = encode(prompt), encode(completion) + [eos]
        rows.append((p + c, [IGNORED] * len(p) + c))
    return [right_padded(rows[i : i + 2], pad) for i in range(0, len(rows), 2)]


def loss_sum(model, batch, leading):
    logits = model(
        input_ids=torch.tensor(batch["input_ids"]), attention_mask=torch.tensor(batch["attention_mask"])
    ).logits[:, leading:]
    labels = torch.tensor(batch["labels"])[:, 1:]
    loss = torch.nn.functional.cross_entropy(
        logits[:, :-1].reshape(-1, logits.shape[-1]),
        labels.reshape(-1),
        ignore_index=IGNORED,
        reduction="sum",
    )
    return loss, int((labels != IGNORED).sum())


def run(model, batches, no_decay, leading, token_mean):
    model.train()
    forget_lengths(model)
    parameters = trainable(model)
    groups = [
        {"params": [p for n, p in parameters.items() if n not in no_decay], "weight_decay": DECAY},
        {"params": [p for n, p in parameters.items() if n in no_decay], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW([g for g in groups if g["params"]], lr=RATE, betas=(0.9, 0.999), eps=1e-8)
    per_epoch = len(batches) // ACCUMULATION
    total = EPOCHS * per_epoch
    steps, first_gradient = [], {}
    for step in range(total):
        rate = RATE * schedule(step, total)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        start = step % per_epoch * ACCUMULATION
        indices = list(range(start, start + ACCUMULATION))
        counts = [int((torch.tensor(batches[i]["labels"])[:, 1:] != IGNORED).sum()) for i in indices]
        micro, loss = [], 0.0
        for i, count in zip(indices, counts):
            total_loss, _ = loss_sum(model, batches[i], leading)
            scaled = total_loss / sum(counts) if token_mean else total_loss / count / ACCUMULATION
            scaled.backward()
            micro.append(total_loss.item() / count)
            loss += scaled.item()
        if step == 0:
            first_gradient = {
                n: {"l2": p.grad.norm().item(), "first8": p.grad.flatten()[:8].tolist()}
                for n, p in parameters.items()
            }
        norm = torch.nn.utils.clip_grad_norm_(list(parameters.values()), CLIP).item()
        optimizer.step()
        steps.append(
            {
                "step": step + 1,
                "epoch": step // per_epoch,
                "micro_batches": indices,
                "micro_loss": micro,
                "num_label_tokens": counts,
                "loss": loss,
                "grad_norm": norm,
                "lr": rate,
                "lr_after_step": RATE * schedule(step + 1, total),
                "param_l2": sum(p.double().square().sum().item() for p in parameters.values()) ** 0.5,
            }
        )
    return {"steps": steps, "first_step_unclipped_gradient": first_gradient}


def sensitivity(model, single, double, start, batches, no_decay, leading, token_mean):
    """How far the same run in fp64 ends from this one: what rounding alone does."""
    double.load_state_dict(start)
    with wide_softmax():
        run64 = run(double, batches, no_decay, leading, token_mean)
    weights = zip(trainable(model).values(), trainable(double).values())
    return {
        "loss": [step["loss"] for step in run64["steps"]],
        "max_abs_loss_diff_fp32_fp64": max(
            abs(a["loss"] - b["loss"]) for a, b in zip(single["steps"], run64["steps"])
        ),
        "max_rel_grad_norm_diff": max(
            abs(a["grad_norm"] - b["grad_norm"]) / (b["grad_norm"] or 1)
            for a, b in zip(single["steps"], run64["steps"])
        ),
        "max_abs_final_weight_diff": max((a.double() - b).abs().max().item() for a, b in weights),
    }


def summary(model):
    document = {}
    for name, p in trainable(model).items():
        flat = p.detach().flatten()
        stride = max(1, flat.numel() // 24)
        document[name] = {
            "shape": list(p.shape),
            "sum": flat.double().sum().item(),
            "l2": flat.double().norm().item(),
            "stride": stride,
            "values_strided": flat[::stride][:24].tolist(),
        }
    return document


def save_parameters(path, model):
    tensors = {file_name(n): p.detach().clone().contiguous() for n, p in trainable(model).items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, str(path), metadata={"format": "pt"})


def without_dropout(model):
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
        for name in ("attention_dropout", "hidden_dropout"):
            if isinstance(getattr(module, name, None), float):
                setattr(module, name, 0.0)
    return model


def trajectory(name, method, base_folder, model, config, encode, eos, pad, out):
    """Trains `model` (already a PEFT model unless config is None) twice and writes the whole case."""
    without_dropout(model)
    virtual = getattr(config, "num_virtual_tokens", 0) or 0
    prefix = method.startswith("prefix")
    leading = 0 if prefix else virtual
    batches = micro_batches(encode, eos, pad)
    no_decay = exempt(model)
    start = copy.deepcopy(model.state_dict())
    document = {
        "name": name,
        "base_model": base_folder,
        "peft_config": None if config is None else plain(config.to_dict(), base_folder),
        "init": "as saved",
        "versions": versions(),
        "hyper": {
            "optimizer": "torch.optim.AdamW",
            "lr": RATE,
            "betas": [0.9, 0.999],
            "eps": 1e-8,
            "weight_decay": DECAY,
            "no_decay_parameters": no_decay,
            "schedule": "get_cosine_schedule_with_warmup",
            "warmup_steps": WARMUP,
            "total_optimizer_steps": EPOCHS * len(batches) // ACCUMULATION,
            "epochs": EPOCHS,
            "gradient_accumulation": ACCUMULATION,
            "max_grad_norm": CLIP,
            "dropout": "all forced to 0.0",
            "order": f"batches 0..{len(batches) - 1} in order, each epoch",
        },
        "batches": batches,
    }
    if config is not None:
        save_parameters(out / "train" / f"{name}.initial.safetensors", model)
    double = copy.deepcopy(model).double()
    means = run(model, batches, no_decay, leading, token_mean=False)
    means["fp64_check"] = sensitivity(model, means, double, start, batches, no_decay, leading, False)
    if config is None:
        means["final_weight_summary"] = summary(model)
    else:
        save_parameters(out / "train" / f"{name}.final.safetensors", model)
    ids = encode(PAIRS[0][0])
    logits = Reference(model, virtual, prefix).row(ids)[-1]
    document["after_training_eval"] = {"input_ids": ids, "logits_last_first32": logits[:32]}
    if virtual:
        from peft import get_peft_model_state_dict

        tensors = {k: v.contiguous() for k, v in get_peft_model_state_dict(model).items()}
        save_file(tensors, str(out / "train" / f"{name}.final_adapter_model.safetensors"))
    model.load_state_dict(start)
    tokens = run(model, batches, no_decay, leading, token_mean=True)
    tokens.pop("first_step_unclipped_gradient")
    tokens["fp64_check"] = sensitivity(model, tokens, double, start, batches, no_decay, leading, True)
    tokens["final_weight_summary"] = summary(model)
    document["mean_of_means"] = means
    document["token_mean"] = tokens
    document["hf_trainer_check_token_mean"] = None
    write(out / "train" / f"{name}.json", document)


def plain(config, base_folder):
    """A PEFT config as JSON values, with a relative path of its base."""
    config = dict(config)
    config["base_model_name_or_path"] = f"../{base_folder}"
    for key, value in config.items():
        if isinstance(value, (set, frozenset)):
            config[key] = sorted(value)
        elif hasattr(value, "value"):
            config[key] = value.value
    return config

"""What transformers' Adafactor does when it is set up as its Trainer does for optim="adafactor".

`python make.py ../../../../../fixtures > expected.json`, with torch, transformers 5.18, peft and safetensors.
"""

import json
import pathlib
import sys

import torch
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import Adafactor, AutoModelForCausalLM, get_linear_schedule_with_warmup

RATE, DECAY, CLIP, ACCUMULATION, EPOCHS = 5e-3, 0.01, 1.0, 2, 3


def adafactor(parameters):
    return Adafactor(parameters, lr=RATE, weight_decay=DECAY, scale_parameter=False, relative_step=False)


def updates(*shape):
    """Six updates of one parameter, with gradients of very different sizes."""
    torch.manual_seed(len(shape))
    parameter = torch.nn.Parameter(torch.randn(shape))
    optimizer = adafactor([parameter])
    before, steps = parameter.flatten().tolist(), []
    for step in range(6):
        parameter.grad = torch.randn(shape) * 10.0 ** (step - 4)
        steps.append({"gradient": parameter.grad.flatten().tolist()})
        optimizer.step()
        steps[-1]["after"] = parameter.flatten().tolist()
    return {"shape": shape, "before": before, "steps": steps}


def loss_sum(model, batch):
    ids, mask, labels = (torch.tensor(batch[k]) for k in ("input_ids", "attention_mask", "labels"))
    logits = model(input_ids=ids, attention_mask=mask).logits[:, :-1]
    targets = labels[:, 1:]
    loss = torch.nn.functional.cross_entropy(
        logits.reshape(-1, logits.shape[-1]), targets.reshape(-1), ignore_index=-100, reduction="sum"
    )
    return loss, int((targets != -100).sum())


def trajectory(fixtures):
    document = json.loads((fixtures / "train/qwen2-tied-lora.json").read_text())
    base = AutoModelForCausalLM.from_pretrained(fixtures / "models/qwen2-tied", dtype=torch.float32)
    config = document["peft_config"]
    model = get_peft_model(
        base,
        LoraConfig(r=config["r"], lora_alpha=config["lora_alpha"], target_modules=config["target_modules"], task_type="CAUSAL_LM"),
    )
    parameters = {n.replace(".default", ""): p for n, p in model.named_parameters() if p.requires_grad}
    with torch.no_grad():
        for name, value in load_file(fixtures / "train/qwen2-tied-lora.initial.safetensors").items():
            parameters[name.replace(".default", "")].copy_(value)
    model.train()
    optimizer = adafactor(list(parameters.values()))
    batches = document["batches"]
    per_epoch = len(batches) // ACCUMULATION
    schedule = get_linear_schedule_with_warmup(optimizer, 2, EPOCHS * per_epoch)
    steps = []
    for step in range(EPOCHS * per_epoch):
        start = step % per_epoch * ACCUMULATION
        parts = [loss_sum(model, b) for b in batches[start : start + ACCUMULATION]]
        loss = sum(p for p, _ in parts) / sum(n for _, n in parts)
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(list(parameters.values()), CLIP).item()
        rate = schedule.get_last_lr()[0]
        optimizer.step()
        schedule.step()
        steps.append(
            {
                "loss": loss.item(),
                "grad_norm": norm,
                "lr": rate,
                "param_l2": sum(p.double().square().sum().item() for p in parameters.values()) ** 0.5,
            }
        )
    final = {n: p.detach().flatten()[::7].tolist() for n, p in parameters.items()}
    return {"steps": steps, "final_every_7th": final}


torch.set_num_threads(1)
print(
    json.dumps(
        {
            "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
            "updates": [updates(7), updates(5, 3), updates(2, 4, 3)],
            "trajectory": trajectory(pathlib.Path(sys.argv[1])),
        }
    )
)

"""The peer of the benchmark `training`: Hugging Face's Trainer with PEFT, on two threads of the CPU.

Reads one JSON request a line, a Job of the benchmark, and answers each with one JSON line:
{"seconds": [of each step], "losses": [of each step], "held_out": mean loss afterwards or null}
"""

import json
import sys
import tempfile
import time

import torch
from peft import PeftModel
from transformers import (
    AutoModelForCausalLM,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)
from transformers.utils import logging

logging.set_verbosity_error()
logging.disable_progress_bar()
torch.set_num_threads(2)

IGNORED = -100


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def collate(examples):
    """Pads to the longest, as Trainer's collators do."""
    longest = max(len(example["ids"]) for example in examples)

    def padded(values, filler):
        return torch.tensor([value + [filler] * (longest - len(value)) for value in values])

    return {
        "input_ids": padded([example["ids"] for example in examples], 0),
        "attention_mask": padded([[1] * len(example["ids"]) for example in examples], 0),
        "labels": padded([example["labels"] for example in examples], IGNORED),
    }


class Clock(TrainerCallback):
    """Seconds from the end of a step to the end of the next."""

    def __init__(self):
        self.seconds = []

    def on_epoch_begin(self, args, state, control, **kwargs):
        self.last = time.perf_counter()

    def on_step_end(self, args, state, control, **kwargs):
        now = time.perf_counter()
        self.seconds.append(now - self.last)
        self.last = now


class LossTrainer(Trainer):
    """Trainer as it is, which also keeps each step's loss."""

    losses = None

    def training_step(self, *args, **kwargs):
        loss = super().training_step(*args, **kwargs)
        self.losses.append(loss.item())
        return loss


def train(model, job, steps):
    arguments = TrainingArguments(
        output_dir=tempfile.gettempdir(),
        use_cpu=True,
        per_device_train_batch_size=job["batch"],
        max_steps=steps,
        learning_rate=job["learning_rate"],
        lr_scheduler_type="constant",
        max_grad_norm=1.0,
        weight_decay=0.0,
        train_sampling_strategy="random" if job["shuffled"] else "sequential",
        gradient_checkpointing=job["checkpointing"],
        gradient_checkpointing_kwargs={"use_reentrant": False},
        remove_unused_columns=False,
        logging_strategy="no",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        seed=1,
    )
    clock = Clock()
    trainer = LossTrainer(
        model=model,
        args=arguments,
        train_dataset=read(job["examples"]),
        data_collator=collate,
        callbacks=[clock],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.losses = []
    trainer.train()
    return {"seconds": clock.seconds, "losses": trainer.losses, "held_out": None}


def held_out(model, job):
    """Mean over all label tokens."""
    model.eval()
    examples = read(job["held_out"])
    total, count = 0.0, 0
    with torch.no_grad():
        for start in range(0, len(examples), job["batch"]):
            batch = collate(examples[start : start + job["batch"]])
            labels = (batch["labels"][:, 1:] != IGNORED).sum().item()
            total += model(**batch).loss.item() * labels
            count += labels
    return total / count


def answer(job):
    base = AutoModelForCausalLM.from_pretrained(
        job["model"],
        dtype={"FP32": torch.float32, "BF16": torch.bfloat16}[job["precision"]],
        attn_implementation="sdpa",
        use_cache=False,
    )
    model = PeftModel.from_pretrained(base, job["adapter"], is_trainable=True)
    if job["warm_up"] > 0:
        trained = [value for value in model.parameters() if value.requires_grad]
        begin = [value.detach().clone() for value in trained]
        train(model, job, job["warm_up"])
        with torch.no_grad():
            for value, before in zip(trained, begin):
                value.copy_(before)
                value.grad = None
    done = train(model, job, job["steps"])
    if job["held_out"] is not None:
        done["held_out"] = held_out(model, job)
    return done


answers = sys.stdout
# Whatever a library prints is no answer.
sys.stdout = sys.stderr
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), file=answers, flush=True)

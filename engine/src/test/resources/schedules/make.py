"""Learning rates of transformers' schedules: `python make.py > expected.json`, with transformers 5.18."""

import json

import torch
import transformers
from transformers import get_scheduler

WARMUPS = (0, 3, 10)
TOTALS = (1, 7, 40)
PEAKS = (5e-3, 2e-5)
CASES = [
    ("linear", {}),
    ("cosine", {}),
    ("cosine", {"num_cycles": 1.25}),
    ("cosine_with_restarts", {}),
    ("cosine_with_restarts", {"num_cycles": 3}),
    ("polynomial", {}),
    ("polynomial", {"lr_end": 1e-6, "power": 2.5}),
    ("constant", {}),
    ("constant_with_warmup", {}),
    ("inverse_sqrt", {}),
    ("inverse_sqrt", {"timescale": 25}),
    ("cosine_with_min_lr", {"min_lr": 1e-6}),
    ("cosine_with_min_lr", {"min_lr_rate": 0.1, "num_cycles": 0.75}),
    ("cosine_warmup_with_min_lr", {"min_lr_rate": 0.2}),
    ("cosine_warmup_with_min_lr", {"min_lr": 1e-6, "warmup_lr_rate": 0.05}),
    ("warmup_stable_decay", {"num_decay_steps": 9}),
    ("warmup_stable_decay", {"num_decay_steps": 5, "num_stable_steps": 4, "decay_type": "linear", "min_lr_ratio": 0.1}),
    ("warmup_stable_decay", {"num_decay_steps": 12, "warmup_type": "cosine", "decay_type": "1-sqrt"}),
    ("warmup_stable_decay", {"num_decay_steps": 12, "warmup_type": "1-sqrt", "num_cycles": 1.5, "min_lr_ratio": 0.2}),
]
# Validation losses, and what is asked of reduce_lr_on_plateau.
LOSSES = [3.0, 2.5, 2.6, 2.49999, 2.7, 2.8, 2.4, 2.4, 2.4, 2.4, 2.5, 2.6, 2.3, 2.31, 2.32, 2.33, 2.34, 2.35, 2.0, 2.1]
PLATEAUS = [
    {"patience": 1},
    {"patience": 2, "factor": 0.5, "cooldown": 2},
    {"patience": 0, "factor": 0.3, "threshold": 0.05, "threshold_mode": "abs", "min_lr": 1e-4},
    {},
]


def optimizer(peak):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=peak)


def rates(name, options, warmup, total, peak):
    sgd = optimizer(peak)
    schedule = get_scheduler(
        name, sgd, num_warmup_steps=warmup, num_training_steps=total, scheduler_specific_kwargs=dict(options)
    )
    found = []
    for _ in range(total + 2):
        found.append(sgd.param_groups[0]["lr"])
        sgd.step()
        try:
            schedule.step()
        except ZeroDivisionError:  # polynomial, when all steps are warm-up
            break
    return found


def cases():
    for name, options in CASES:
        for warmup in WARMUPS:
            for total in TOTALS:
                if warmup >= total and name in ("polynomial", "warmup_stable_decay"):
                    continue
                for peak in PEAKS:
                    yield {
                        "name": name,
                        "options": options,
                        "warmup": warmup,
                        "total": total,
                        "peak": peak,
                        "rates": rates(name, options, warmup, total, peak),
                    }


def plateau(options):
    sgd = optimizer(5e-3)
    schedule = get_scheduler("reduce_lr_on_plateau", sgd, scheduler_specific_kwargs=dict(options))
    found = []
    for loss in LOSSES:
        schedule.step(loss)
        found.append(sgd.param_groups[0]["lr"])
    return {"options": options, "peak": 5e-3, "losses": LOSSES, "rates_after": found}


print(
    json.dumps(
        {
            "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
            "cases": list(cases()),
            "plateaus": [plateau(options) for options in PLATEAUS],
        }
    )
)

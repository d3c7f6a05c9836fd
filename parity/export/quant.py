"""NF4 with double quantisation in the fixtures' format: blocks of 64, nested blocks of 256.

A re-statement of bitsandbytes' rules; the codebooks are those of fixtures/quant/nf4.safetensors.
"""

import torch
from safetensors.torch import load_file, save_file

from reference import NEW_TOKENS, Reference, greedy, versions, write

BLOCK, NESTED = 64, 256


def nearest(values, codebook):
    """The codes of the nearest numbers; exactly between two of them the lower."""
    midpoints = (codebook[:-1] + codebook[1:]) / 2
    return torch.searchsorted(midpoints, values.contiguous())


def normalised(block):
    largest = block.abs().max()
    if largest == 0:
        return block, largest
    return (block * (1 / largest) if len(block) in (BLOCK, NESTED) else block / largest), largest


def blockwise(flat, size, codebook):
    codes, largest = [], []
    for start in range(0, len(flat), size):
        scaled, most = normalised(flat[start : start + size])
        codes.append(nearest(scaled, codebook))
        largest.append(most)
    return torch.cat(codes), torch.stack(largest)


class Codebooks:
    def __init__(self, fixtures):
        tensors = load_file(str(fixtures / "quant" / "nf4.safetensors"))
        self.nf4, self.dynamic = tensors["nf4_codebook"], tensors["dynamic8_codebook"]

    def quantise(self, weight):
        flat = weight.flatten()
        codes, absmax = blockwise(flat, BLOCK, self.nf4)
        scale = lambda by: by.repeat_interleave(BLOCK)[: len(flat)]
        offset = absmax.mean()
        q8, q8_absmax = blockwise(absmax - offset, NESTED, self.dynamic)
        restored = self.dynamic[q8] * q8_absmax.repeat_interleave(NESTED)[: len(absmax)] + offset
        padded = torch.cat([codes, torch.full((len(codes) % 2,), 7)])
        return {
            "weight": weight,
            "packed": (padded[0::2] * 16 + padded[1::2]).to(torch.uint8),
            "absmax": absmax,
            "dequant": (self.nf4[codes] * scale(absmax)).view_as(weight),
            "offset": offset.view(1),
            "absmax_q8": q8.to(torch.uint8),
            "absmax_q8_absmax": q8_absmax,
            "absmax_restored": restored,
            "dequant_double": (self.nf4[codes] * scale(restored)).view_as(weight),
        }


def quant_set(out, fixtures, matrices, base, adapter, load, encode, prompts):
    """Matrices by name, and a base model whose projections are quantised, with an adapter over it."""
    from peft import PeftModel

    books = Codebooks(fixtures)
    tensors = {"nf4_codebook": books.nf4, "dynamic8_codebook": books.dynamic}
    figures = {}
    for name, weight in matrices.items():
        parts = books.quantise(weight)
        tensors.update({f"{name}.{part}": value.contiguous() for part, value in parts.items()})
        error = lambda part: (parts[part].double() - weight.double()).abs()
        figures[name] = {
            "shape": list(weight.shape),
            "blocks": len(parts["absmax"]),
            "max_abs_error": error("dequant").max().item(),
            "rmse": error("dequant").square().mean().sqrt().item(),
            "rmse_double": error("dequant_double").square().mean().sqrt().item(),
        }
    (out / "quant").mkdir(parents=True, exist_ok=True)
    save_file(tensors, str(out / "quant" / "nf4.safetensors"))

    def quantised():
        model, names = load(out / base), []
        for name, module in model.named_modules():
            if isinstance(module, torch.nn.Linear) and name != "lm_head":
                module.weight.data.copy_(books.quantise(module.weight.data)["dequant_double"])
                names.append(name)
        return model, names

    model, names = quantised()
    bare = [Reference(model).row(encode(text))[-1][:64] for text, _ in prompts]
    reference = Reference(PeftModel.from_pretrained(model, str(out / adapter)).eval())
    entries = []
    for text, _ in prompts:
        ids = encode(text)
        new, margin = greedy(reference, ids, NEW_TOKENS // 2)
        entries.append(
            {
                "input_ids": ids,
                "logits_last_first64": reference.row(ids)[-1][:64],
                "greedy_8": new,
                "greedy_margin_min": margin,
            }
        )
    write(
        out / "quant" / "expected.json",
        {
            "matrices": figures,
            "blocksize": BLOCK,
            "nested_blocksize": NESTED,
            "qlora_forward": {
                "base": base,
                "adapter": adapter,
                "quantised_linears": names,
                "base_only_logits_last_first64": bare,
                "prompts": entries,
            },
            "versions": versions(),
        },
    )

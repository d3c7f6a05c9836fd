"""Writes sets of tiny random models, adapters and trajectories in other shapes than fixtures/.

    python tiny_sets.py --fixtures ../../fixtures --out DIR [SET ...]

Each set is a folder that `tuneline check-parity` reads; without names all of them are written.
"""

import argparse
import json
import math
import shutil
from pathlib import Path

import torch
from peft import get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM

from export import encoder, export_adapter, export_model, load
from methods import CONFIGS, IA3Config, attention, every, lora, start
from quant import quant_set
from reference import PROMPTS, forget_lengths, model_document, write
from trajectories import trajectory

MARGIN = 0.01

# Beyond this the reference itself is too far from the truth for a comparison within 2e-4 to say much.
ROUNDING = 5e-5

EOS, PAD = 599, 597


def rope(kind, **more):
    return {"rope_type": kind, **more}


def llama(**more):
    return {
        "model_type": "llama",
        "vocab_size": 600,
        "hidden_size": 40,
        "intermediate_size": 72,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 128,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        **more,
    }


def like(kind, base, drop=(), **more):
    """Another architecture's config with llama's sizes."""
    config = {k: v for k, v in base.items() if k not in drop}
    return {**config, "model_type": kind, **more}


def mistral(**more):
    return like("mistral", llama(sliding_window=None), **more)


def qwen2(**more):
    return like("qwen2", llama(hidden_size=48, rms_norm_eps=1e-6), **more)


def qwen3(**more):
    return like("qwen3", llama(head_dim=18, rms_norm_eps=1e-6), **more)


def glm(**more):
    return like("glm", llama(head_dim=12, attention_bias=True, partial_rotary_factor=0.5), **more)


def gpt2(**more):
    return {
        "model_type": "gpt2",
        "vocab_size": 600,
        "n_embd": 40,
        "n_layer": 3,
        "n_head": 5,
        "n_positions": 110,
        "activation_function": "gelu_new",
        **more,
    }


def bloom(**more):
    return {"model_type": "bloom", "vocab_size": 600, "hidden_size": 40, "n_layer": 3, "n_head": 5, **more}


def fill(model, seed):
    """Random weights that make logits of a few units, so that greedy choices are clear."""
    generator = torch.Generator().manual_seed(seed)

    def normal(p, std, mean=0.0):
        p.data.copy_(torch.randn(p.shape, generator=generator) * std + mean)

    for name, p in model.named_parameters():
        if p.dim() == 1:
            normal(p, 0.15, 1.0 if "norm" in name or "ln_" in name else 0.0) if name.endswith(
                "weight"
            ) else normal(p, 0.15)
        elif any(part in name for part in ("embed", "wte", "wpe", "lm_head")):
            normal(p, 3 / math.sqrt(p.shape[1]) if "wpe" not in name else 0.3)
        else:
            normal(p, 1.2 / math.sqrt(p.shape[1]))


def document_4x(config):
    """The keys as published checkpoints of transformers 4 have them."""
    document = json.loads(config.to_json_string(use_diff=False))
    parameters = document.pop("rope_parameters", None)
    if parameters:
        document["rope_theta"] = parameters.pop("rope_theta")
        if "partial_rotary_factor" in parameters:
            document["partial_rotary_factor"] = parameters.pop("partial_rotary_factor")
        kind = parameters.get("rope_type", "default")
        if kind == "linear":
            parameters = {"type": kind, "factor": parameters["factor"]}
        document["rope_scaling"] = None if kind == "default" else parameters
    document.pop("layer_types", None)
    document["torch_dtype"] = document.pop("dtype", None) or "float32"
    document["transformers_version"] = "4.46.0"
    return document


def write_weights(folder, state, shards, dtype):
    state = {k: v.to(dtype).contiguous().clone() for k, v in state.items()}
    if shards == 1:
        save_file(state, str(folder / "model.safetensors"), metadata={"format": "pt"})
        return
    names, index = sorted(state), {}
    for i in range(shards):
        file = f"model-{i + 1:05d}-of-{shards:05d}.safetensors"
        part = {n: state[n] for n in names[i::shards]}
        save_file(part, str(folder / file), metadata={"format": "pt"})
        index.update(dict.fromkeys(part, file))
    size = sum(v.numel() * v.element_size() for v in state.values())
    write(
        folder / "model.safetensors.index.json",
        {"metadata": {"total_size": size}, "weight_map": dict(sorted(index.items()))},
    )


def build(folder, settings, seed, fixtures, shards=1, dtype=torch.float32, hub=False, old_layout=True):
    """A model folder with random weights; `hub` drops the prefix as gpt2's and bloom's checkpoints do."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = dict(settings)
    scaling = settings.pop("rope_scaling", None)
    theta = settings.pop("rope_theta", None)
    if theta is not None:
        settings["rope_parameters"] = {"rope_type": "default", **(scaling or {}), "rope_theta": theta}
        if "partial_rotary_factor" in settings:
            settings["rope_parameters"]["partial_rotary_factor"] = settings["partial_rotary_factor"]
    config = AutoConfig.for_model(
        settings.pop("model_type"), **settings, eos_token_id=EOS, pad_token_id=PAD, bos_token_id=None
    )
    config.dtype = torch.float32
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    config.architectures = [type(model).__name__]
    fill(model, seed)
    model.tie_weights()
    state = dict(model.state_dict())
    if config.tie_word_embeddings:
        state.pop("lm_head.weight", None)
    if hub:
        state = {k.removeprefix("transformer."): v for k, v in state.items()}
    write_weights(folder, state, shards, dtype)
    new = json.loads(config.to_json_string(use_diff=False))
    write(folder / "config.json", document_4x(config) if old_layout else new)
    write(folder / "config.v5.json", new)
    for name in ("tokenizer.json", "tokenizer_config.json", "generation_config.json"):
        shutil.copy2(fixtures / "models" / "qwen2-tied" / name, folder / name)
    return model


def clear(document):
    """Whether greedy choices are far apart and rounding is small."""
    return min(margins(document)) >= MARGIN and document["fp32_vs_fp64_max_abs_diff"] <= ROUNDING


def margins(document):
    yield from (p["greedy_margin_min"] for p in document["prompts"])
    if "greedy_repetition_penalty_1.3" in document:
        yield document["greedy_repetition_penalty_1.3"]["margin_min"]


def make_model(out, name, settings, seed, fixtures, **how):
    """Builds and exports a model, with another seed until every answer is clear."""
    folder = out / "models" / name
    for attempt in range(40):
        shutil.rmtree(folder, ignore_errors=True)
        build(folder, settings, seed + 1000 * attempt, fixtures, **how)
        encode, eos, pad = export_model(folder, name, out, judged=True)
        document = json.loads((folder / "expected.json").read_text())
        if clear(document) and cached_equals(folder, document):
            print(f"models/{name}")
            return encode, eos, pad
    raise SystemExit(f"no clear answer for {name}")


@torch.no_grad()
def cached_equals(folder, document):
    """Whether generate(), which has a cache, gives the same greedy answers."""
    model = load(folder)
    for p in document["prompts"]:
        forget_lengths(model)
        ids = torch.tensor([p["input_ids"]])
        new = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            repetition_penalty=1.0,
            max_new_tokens=len(p["greedy_16"]),
            min_new_tokens=len(p["greedy_16"]),
            temperature=None,
            top_p=None,
            top_k=None,
        )[0, ids.shape[1] :].tolist()
        if EOS not in p["greedy_16"] and PAD not in p["greedy_16"] and new != p["greedy_16"]:
            return False
    return True


def variant(out, name, key, encode, **changes):
    """The same weights under another configuration: config_<key>.json and expected_<key>.json."""
    folder = out / "models" / name
    document = json.loads((folder / "config.json").read_text())
    document.update(changes)
    write(folder / f"config_{key}.json", document)
    other = out / ".variant"
    shutil.rmtree(other, ignore_errors=True)
    shutil.copytree(folder, other)
    shutil.copy2(folder / f"config_{key}.json", other / "config.json")
    model = load(other)
    expected = model_document(model, encode, EOS, PAD)
    for extra in ("stop_case", "greedy_repetition_penalty_1.3", "sampling_distributions", "beam"):
        expected.pop(extra, None)
    write(
        folder / f"expected_{key}.json",
        {"arch": name, "config": f"config_{key}.json", "weights": "model.safetensors", **expected},
    )
    shutil.rmtree(other)
    print(f"models/{name} variant {key} margin {min(margins(expected)):.4f}")


def randomise(model, seed, size=0.25):
    generator = torch.Generator().manual_seed(seed)
    for name, p in model.named_parameters():
        if not p.requires_grad:
            continue
        noise = torch.randn(p.shape, generator=generator)
        if "ia3_l" in name:
            p.data.copy_(1 + 0.4 * noise)
        elif "magnitude" in name:
            p.data.mul_(1 + 0.1 * noise)
        elif "modules_to_save" in name:
            p.data.add_(0.05 * noise)
        elif "prompt_encoder" in name:
            p.data.copy_(0.5 * noise) if p.dim() == 2 and "embedding" in name else p.data.add_(0.1 * noise)
        else:
            p.data.copy_(size * noise)


def prune(model, seed):
    """Gives an AdaLoRA model the unequal ranks that its budget schedule would end with."""
    generator = torch.Generator().manual_seed(seed)
    config = model.peft_config["default"]
    pattern = {}
    for name, p in model.named_parameters():
        if "lora_E" in name:
            keep = torch.rand(p.shape[0], generator=generator) < 0.55
            pattern[name.removeprefix("base_model.model.").replace(".default", "")] = keep.tolist()
    first = next(iter(pattern))
    pattern[first] = [False] * len(pattern[first])
    config.rank_pattern = pattern
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "lora_E" in name:
                keep = pattern[name.removeprefix("base_model.model.").replace(".default", "")]
                p.mul_(torch.tensor(keep).float().view(-1, 1))


def make_adapter(out, base, method, config, seed, encode, eos, pad, randomly=True):
    source = out / ".adapter" / method
    model_folder = out / "models" / base
    name = f"{base}-{method}"
    for attempt in range(40):
        shutil.rmtree(source, ignore_errors=True)
        torch.manual_seed(seed + 1000 * attempt)
        model = get_peft_model(load(model_folder), config)
        randomise(model, seed + 1000 * attempt)
        if config.peft_type.value == "ADALORA":
            prune(model, seed + attempt)
        model.save_pretrained(str(source))
        shutil.rmtree(out / "adapters" / name, ignore_errors=True)
        export_adapter(source, model_folder, name, base, encode, eos, pad, out, True)
        (out / "adapters" / name / "README.md").unlink(missing_ok=True)
        document = json.loads((out / "adapters" / name / "expected.json").read_text())
        if clear(document):
            break
    else:
        raise SystemExit(f"no clear answer for {name}")
    shutil.rmtree(out / ".adapter")
    print(f"adapters/{name}")


def make_trajectory(out, base, method, seed, encode, eos, pad):
    torch.manual_seed(seed)
    model, config = start(method, load(out / "models" / base))
    if config is not None and method not in ("prefix_tuning_projection", "p_tuning", "p_tuning_lstm"):
        generator = torch.Generator().manual_seed(seed)
        for name, p in model.named_parameters():
            if p.requires_grad and "lora_B" in name:
                p.data.copy_(0.1 * torch.randn(p.shape, generator=generator))
    trajectory(f"{base}-{method}", method, f"models/{base}", model, config, encode, eos, pad, out)
    print(f"train/{base}-{method}")


BASIC = {"llama": llama(), "mistral": mistral(), "qwen3": qwen3(), "gpt2": gpt2(), "bloom": bloom(), "glm": glm()}


def basic(out, fixtures):
    for i, (name, settings) in enumerate(BASIC.items()):
        encoded = make_model(out, name, settings, 100 + i, fixtures)
        make_adapter(out, name, "lora", lora(settings["model_type"]), 200 + i, *encoded)
        make_trajectory(out, name, "lora", 300 + i, *encoded)


def ropes(out, fixtures):
    scalings = {
        "linear": rope("linear", factor=3.0),
        "dynamic": rope("dynamic", factor=2.5),
        "llama3": rope(
            "llama3",
            factor=8.0,
            low_freq_factor=1.0,
            high_freq_factor=4.0,
            original_max_position_embeddings=32,
        ),
        "yarn": rope("yarn", factor=4.0, original_max_position_embeddings=32),
        "yarn_full": rope(
            "yarn",
            factor=2.0,
            original_max_position_embeddings=24,
            beta_fast=16.0,
            beta_slow=2.0,
            attention_factor=1.1,
        ),
    }
    for i, (key, scaling) in enumerate(scalings.items()):
        length = 20 if key == "dynamic" else 128
        for j, (kind, make) in enumerate({"llama": llama, "qwen2": qwen2, "mistral": mistral}.items()):
            settings = make(rope_scaling=scaling, max_position_embeddings=length, rope_theta=5000.0)
            make_model(out, f"{kind}-{key}", settings, 400 + 10 * i + j, fixtures, old_layout=j != 1)
    # Of the trajectory's batches some are longer, some shorter, some between the longest before and what the model takes unstretched.
    settings = llama(rope_scaling=scalings["dynamic"], max_position_embeddings=28)
    encoded = make_model(out, "llama-dynamic-batches", settings, 460, fixtures)
    for i, method in enumerate(["lora", "prefix_tuning", "prompt_tuning", "full"]):
        make_trajectory(out, "llama-dynamic-batches", method, 461 + i, *encoded)
    encoded = make_model(out, "llama-plain", llama(), 470, fixtures)
    variant(out, "llama-plain", "yarn", encoded[0], rope_scaling={"type": "yarn", **scalings["yarn"]})
    variant(out, "llama-plain", "llama3", encoded[0], rope_scaling=scalings["llama3"])
    encoded = make_model(out, "qwen3-yarn", qwen3(rope_scaling=scalings["yarn"]), 480, fixtures)
    encoded = make_model(out, "glm-linear", glm(rope_scaling=scalings["linear"]), 481, fixtures)


def windows(out, fixtures):
    encoded = make_model(out, "mistral-w9", mistral(sliding_window=9), 500, fixtures)
    make_adapter(out, "mistral-w9", "lora", lora("mistral", r=5), 501, *encoded)
    make_trajectory(out, "mistral-w9", "lora", 502, *encoded)
    variant(out, "mistral-w9", "w1", encoded[0], sliding_window=1)
    variant(out, "mistral-w9", "none", encoded[0], sliding_window=None)
    settings = qwen2(use_sliding_window=True, sliding_window=7, max_window_layers=1)
    encoded = make_model(out, "qwen2-w7", settings, 510, fixtures)
    make_adapter(out, "qwen2-w7", "ia3", CONFIGS["ia3"]("qwen2"), 511, *encoded)
    variant(out, "qwen2-w7", "off", encoded[0], use_sliding_window=False)
    settings = qwen3(use_sliding_window=True, sliding_window=6, max_window_layers=2)
    make_model(out, "qwen3-w6", settings, 520, fixtures)


def shapes(out, fixtures):
    models = {
        "llama-biased": (llama(attention_bias=True, mlp_bias=True, tie_word_embeddings=True), {}),
        "llama-mha-headdim": (llama(num_key_value_heads=4, head_dim=14, vocab_size=640), {"shards": 4}),
        "llama-mqa-bf16": (llama(num_key_value_heads=1), {"dtype": torch.bfloat16}),
        "mistral-fp16": (mistral(head_dim=16), {"dtype": torch.float16, "shards": 2}),
        "qwen2-one-layer": (qwen2(num_hidden_layers=1, vocab_size=611, tie_word_embeddings=True), {}),
        "qwen2-v5": (qwen2(rope_theta=1e6), {"old_layout": False, "shards": 3}),
        "qwen3-biased": (qwen3(attention_bias=True, tie_word_embeddings=True), {}),
        "qwen3-untied-bf16": (qwen3(num_key_value_heads=1, vocab_size=672), {"dtype": torch.bfloat16}),
        "gpt2-inner": (gpt2(n_inner=72, scale_attn_by_inverse_layer_idx=True), {}),
        "gpt2-relu-hub": (gpt2(activation_function="relu", scale_attn_weights=False), {"hub": True}),
        "gpt2-gelu": (gpt2(activation_function="gelu", n_head=2, vocab_size=632), {"shards": 2}),
        "gpt2-silu-fp16": (gpt2(activation_function="silu", n_layer=1), {"dtype": torch.float16}),
        "bloom-three-heads": (bloom(n_head=3, hidden_size=36), {"hub": True}),
        "bloom-eight-heads": (bloom(n_head=8, hidden_size=32, vocab_size=648), {"shards": 2}),
        "bloom-post-ln": (bloom(apply_residual_connection_post_layernorm=True, n_head=7, hidden_size=42), {}),
        "glm-unbiased": (glm(attention_bias=False, tie_word_embeddings=True), {}),
        "glm-mha": (glm(num_key_value_heads=4, head_dim=20, partial_rotary_factor=0.5), {"shards": 2}),
        "glm-full-rotary": (glm(partial_rotary_factor=1.0), {"dtype": torch.bfloat16}),
    }
    for i, (name, (settings, how)) in enumerate(models.items()):
        make_model(out, name, settings, 600 + i, fixtures, **how)


def patterned(kind):
    targets = every(kind)
    return {
        "lora_r9": lora(kind, r=9, lora_alpha=5),
        "lora_rslora_dora": lora(kind, use_rslora=True, use_dora=True, r=5, lora_alpha=11),
        "lora_pattern": lora(
            kind,
            r=4,
            rank_pattern={targets[0]: 7, rf".*\.1\..*{targets[-1]}": 2},
            alpha_pattern={targets[-1]: 3, targets[0]: 17},
        ),
        "lora_regex": lora(kind, target_modules=rf".*\.[02]\..*({'|'.join(targets[:2])})"),
        "lora_layers": lora(kind, layers_to_transform=[0, 2]),
        "lora_alllinear": lora(kind, target_modules="all-linear", r=2),
        "lora_bias": lora(kind, bias="lora_only"),
        "dora_attention": lora(kind, use_dora=True, target_modules=attention(kind)),
    }


def lora_variants(out, fixtures):
    bases = {"llama": llama(), "gpt2": gpt2(), "bloom": bloom(), "qwen2": qwen2(vocab_size=616)}
    for i, (name, settings) in enumerate(bases.items()):
        encoded = make_model(out, name, settings, 700 + i, fixtures)
        for j, (method, config) in enumerate(patterned(name).items()):
            if method == "lora_bias" and name == "llama":
                continue
            make_adapter(out, name, method, config, 710 + 20 * i + j, *encoded)
    encode = encoder(out / "models" / "llama")[1], EOS, PAD
    save = lora("llama", target_modules=["q_proj", "down_proj"], modules_to_save=["lm_head", "embed_tokens"])
    make_adapter(out, "llama", "lora_save", save, 800, *encode)
    embed = lora("llama", target_modules=["embed_tokens", "lm_head", "k_proj"])
    make_adapter(out, "llama", "lora_embed", embed, 801, *encode)
    make_adapter(out, "gpt2", "lora_wte", lora("gpt2", target_modules=["wte", "c_attn"]), 802, *encode)


def methods(out, fixtures):
    for i, (name, settings) in enumerate(BASIC.items()):
        encoded = make_model(out, name, settings, 900 + i, fixtures)
        for j, method in enumerate(CONFIGS):
            if method in ("lora", "rslora", "dora", "lora_bias"):
                continue
            make_adapter(out, name, method, CONFIGS[method](name), 910 + 20 * i + j, *encoded)
    encoded = encoder(out / "models" / "llama")[1], EOS, PAD
    only_up = IA3Config(task_type="CAUSAL_LM", target_modules=["up_proj", "q_proj"], feedforward_modules=["up_proj"])
    make_adapter(out, "llama", "ia3_up", only_up, 1030, *encoded)
    no_forward = IA3Config(task_type="CAUSAL_LM", target_modules=["o_proj", "gate_proj"], feedforward_modules=[])
    make_adapter(out, "llama", "ia3_outputs", no_forward, 1031, *encoded)


def training(out, fixtures):
    names = ["dora", "ia3", "prefix_tuning", "prompt_tuning", "p_tuning", "full"]
    more = {"llama": ["rslora", "p_tuning_lstm", "prefix_tuning_projection"], "gpt2": ["prefix_tuning_projection"]}
    for i, (name, settings) in enumerate(BASIC.items()):
        encoded = make_model(out, name, settings, 1100 + i, fixtures)
        for j, method in enumerate(names + more.get(name, [])):
            make_trajectory(out, name, method, 1110 + 20 * i + j, *encoded)


def as_chatglm3(folder):
    """Rewrites a glm model's folder in the layout of ChatGLM3-6B, whose mathematics are the same."""
    config = json.loads((folder / "config.json").read_text())
    old = load_file(str(folder / "model.safetensors"))
    new = {
        "transformer.embedding.word_embeddings.weight": old["model.embed_tokens.weight"],
        "transformer.encoder.final_layernorm.weight": old["model.norm.weight"],
        "transformer.output_layer.weight": old["lm_head.weight"],
    }
    for i in range(config["num_hidden_layers"]):
        source, target = f"model.layers.{i}.", f"transformer.encoder.layers.{i}."
        for kind in ("weight", "bias"):
            parts = [old[f"{source}self_attn.{p}_proj.{kind}"] for p in "qkv"]
            new[f"{target}self_attention.query_key_value.{kind}"] = torch.cat(parts)
        for theirs, ours in {
            "self_attn.o_proj": "self_attention.dense",
            "mlp.gate_up_proj": "mlp.dense_h_to_4h",
            "mlp.down_proj": "mlp.dense_4h_to_h",
            "input_layernorm": "input_layernorm",
            "post_attention_layernorm": "post_attention_layernorm",
        }.items():
            new[f"{target}{ours}.weight"] = old[f"{source}{theirs}.weight"]
    new["transformer.rotary_pos_emb.inv_freq"] = 10000.0 ** -(
        torch.arange(0, config["head_dim"] // 2, 2) / (config["head_dim"] // 2)
    )
    save_file({k: v.contiguous() for k, v in new.items()}, str(folder / "model.safetensors"))
    (folder / "config.v5.json").unlink()
    write(
        folder / "config.json",
        {
            "architectures": ["ChatGLMModel"],
            "model_type": "chatglm",
            "add_bias_linear": False,
            "add_qkv_bias": True,
            "apply_query_key_layer_scaling": True,
            "apply_residual_connection_post_layernorm": False,
            "bias_dropout_fusion": True,
            "eos_token_id": EOS,
            "pad_token_id": PAD,
            "ffn_hidden_size": config["intermediate_size"],
            "fp32_residual_connection": False,
            "hidden_dropout": 0.0,
            "attention_dropout": 0.0,
            "hidden_size": config["hidden_size"],
            "kv_channels": config["head_dim"],
            "layernorm_epsilon": config["rms_norm_eps"],
            "multi_query_attention": True,
            "multi_query_group_num": config["num_key_value_heads"],
            "num_attention_heads": config["num_attention_heads"],
            "num_layers": config["num_hidden_layers"],
            "original_rope": True,
            "padded_vocab_size": config["vocab_size"],
            "post_layer_norm": True,
            "rmsnorm": True,
            "seq_length": config["max_position_embeddings"],
            "tie_word_embeddings": False,
            "torch_dtype": "float32",
            "use_cache": True,
            "vocab_size": config["vocab_size"],
        },
    )


def chatglm3(out, fixtures):
    models = {
        "chatglm3-one-group": glm(num_key_value_heads=1, hidden_size=48),
        "chatglm3-three-groups": glm(num_attention_heads=6, num_key_value_heads=3, vocab_size=640, head_dim=8),
        "chatglm3-narrow": glm(head_dim=20, num_hidden_layers=1, intermediate_size=50),
    }
    for i, (name, settings) in enumerate(models.items()):
        make_model(out, name, settings, 1300 + i, fixtures)
        as_chatglm3(out / "models" / name)


def quantised(out, fixtures):
    generator = torch.Generator().manual_seed(1200)
    matrices = {
        "wide": torch.randn(33, 640, generator=generator),
        "tall": 0.01 * torch.randn(500, 40, generator=generator),
        "odd": torch.rand(7, 9, generator=generator) - 0.3,
        "zeros": torch.cat([torch.zeros(2, 64), torch.randn(3, 64, generator=generator)]),
    }
    encoded = make_model(out, "llama", llama(hidden_size=64), 1201, fixtures)
    make_adapter(out, "llama", "lora", lora("llama", r=4), 1202, *encoded)
    quant_set(out, fixtures, matrices, "models/llama", "adapters/llama-lora", load, encoded[0], PROMPTS)


SETS = {
    "basic": basic,
    "ropes": ropes,
    "windows": windows,
    "shapes": shapes,
    "lora": lora_variants,
    "methods": methods,
    "training": training,
    "chatglm3": chatglm3,
    "quant": quantised,
}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--fixtures", type=Path, required=True, help="where the tokenizer is taken from")
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("sets", nargs="*", choices=[[], *SETS], default=[])
    options = arguments.parse_args()
    torch.set_num_threads(1)
    for name in options.sets or SETS:
        SETS[name](options.out / name, options.fixtures)


if __name__ == "__main__":
    main()

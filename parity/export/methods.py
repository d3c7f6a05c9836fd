"""The methods that a trajectory can be exported for, each with small settings."""

from peft import (
    AdaLoraConfig,
    IA3Config,
    LoraConfig,
    PrefixTuningConfig,
    PromptEncoderConfig,
    PromptTuningConfig,
    get_peft_model,
)

ATTENTION = {
    "gpt2": ["c_attn"],
    "bloom": ["query_key_value"],
    "glm": ["q_proj", "v_proj"],
}
ALL = {
    "gpt2": ["c_attn", "c_proj", "c_fc"],
    "bloom": ["query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"],
    "glm": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_up_proj", "down_proj"],
}
FEED_FORWARD = {"gpt2": ["mlp.c_proj"], "bloom": ["mlp.dense_4h_to_h"]}
IA3_VALUES = {"gpt2": ["c_attn"], "bloom": ["query_key_value"]}


def attention(kind):
    return ATTENTION.get(kind, ["q_proj", "v_proj"])


def every(kind):
    return ALL.get(kind, ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])


def ia3(kind, **more):
    values = IA3_VALUES.get(kind, ["k_proj", "v_proj"])
    forward = FEED_FORWARD.get(kind, ["down_proj"])
    return IA3Config(
        task_type="CAUSAL_LM", target_modules=values + forward, feedforward_modules=forward, **more
    )


def lora(kind, **more):
    settings = {"r": 3, "lora_alpha": 6, "lora_dropout": 0.0, "target_modules": every(kind), **more}
    return LoraConfig(task_type="CAUSAL_LM", fan_in_fan_out=kind == "gpt2", **settings)


CONFIGS = {
    "lora": lora,
    "rslora": lambda kind: lora(kind, use_rslora=True, target_modules=attention(kind)),
    "dora": lambda kind: lora(kind, use_dora=True),
    "lora_bias": lambda kind: lora(kind, bias="lora_only"),
    "ia3": ia3,
    "adalora": lambda kind: AdaLoraConfig(
        task_type="CAUSAL_LM",
        init_r=4,
        target_r=2,
        total_step=12,
        tinit=2,
        tfinal=4,
        deltaT=1,
        lora_alpha=8,
        target_modules=every(kind),
        fan_in_fan_out=kind == "gpt2",
    ),
    "prefix_tuning": lambda kind: PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=3),
    "prefix_tuning_projection": lambda kind: PrefixTuningConfig(
        task_type="CAUSAL_LM", num_virtual_tokens=3, prefix_projection=True, encoder_hidden_size=10
    ),
    "prompt_tuning": lambda kind: PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=4),
    "p_tuning": lambda kind: PromptEncoderConfig(
        task_type="CAUSAL_LM", num_virtual_tokens=4, encoder_hidden_size=14, encoder_dropout=0.0
    ),
    "p_tuning_lstm": lambda kind: PromptEncoderConfig(
        task_type="CAUSAL_LM",
        num_virtual_tokens=4,
        encoder_hidden_size=10,
        encoder_dropout=0.0,
        encoder_num_layers=2,
        encoder_reparameterization_type="LSTM",
    ),
}

# AdaLoRA changes its ranks as it trains, which the format of trajectories does not describe.
METHODS = [m for m in CONFIGS if m != "adalora"] + ["full"]


def start(method, model):
    """(the model to train, its PEFT config); the config is None for full fine-tuning."""
    if method == "full":
        for parameter in model.parameters():
            parameter.requires_grad_(True)
        return model, None
    config = CONFIGS[method](model.config.model_type)
    model = get_peft_model(model, config)
    return model, model.peft_config["default"]

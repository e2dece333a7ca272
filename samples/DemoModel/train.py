"""Trains the demo model on a text and writes shakespeare.gguf and training.json beside itself.

    python3 train.py tinyshakespeare.txt

Needs PyTorch, NumPy and regex (Debian: python3-torch, python3-numpy, python3-regex). Each time the loss on the
held-out text falls, both files are written anew, so that a run cut off early leaves its best model.
"""

import argparse
import hashlib
import json
import math
import pathlib
import time
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch.nn import functional as F

import gguf
from bpe import Bpe, learn_merges
from model import Qwen3
from windows import TrainingWindows, held_out_windows

HERE = pathlib.Path(__file__).parent
TEXT_SHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"


@dataclass(frozen=True)
class Settings:
    vocabulary: int = 1024
    layers: int = 4
    hidden: int = 256
    heads: int = 4
    kv_heads: int = 2
    head_size: int = 64
    ffn: int = 768
    context: int = 512
    epsilon: float = 1e-6
    rope_base: float = 10000.0
    seed: int = 1
    held_out: float = 0.1  # the tail of the text
    line_starts: float = 0.15  # of the windows; the others start with a speech
    batch: int = 8  # windows of `context` tokens
    steps: int = 2400
    warmup: int = 100
    learning_rate: float = 2e-3
    final_learning_rate: float = 1e-4
    weight_decay: float = 0.1
    dropout: float = 0.25
    merge_dropout: float = 0.1  # the text is small: the same words in other tokens are new to the model
    clip: float = 1.0
    evaluate_every: int = 100
    threads: int = 2


def held_out_loss(model, windows):
    """Mean negative log-likelihood of a token, in nats, in float32."""
    with torch.no_grad():
        total = sum(
            F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten(), reduction="sum").item()
            for inputs, targets in windows)
    return total / token_count(windows)


def token_count(windows):
    return sum(targets.numel() for _, targets in windows)


def learning_rate(s, step):
    """Linear warmup, then half a cosine."""
    if step < s.warmup:
        return s.learning_rate * step / s.warmup
    progress = (step - s.warmup) / max(1, s.steps - s.warmup)
    return s.final_learning_rate + (s.learning_rate - s.final_learning_rate) * (1 + math.cos(math.pi * progress)) / 2


def merge_dropout(s, step):
    """Constant for half of the steps, then down to 0, since the model is used with whole tokens."""
    return s.merge_dropout * min(1.0, 2 * (1 - step / s.steps))


def optimizer(model, s):
    matrices = [p for p in model.parameters() if p.dim() == 2]
    vectors = [p for p in model.parameters() if p.dim() == 1]
    groups = [{"params": matrices, "weight_decay": s.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, betas=(0.9, 0.99))


def metadata(s, bpe):
    normal, control = 1, 3
    kinds = [control if i == bpe.end_of_text else normal for i in range(len(bpe.tokens))]
    u32, f32, string = gguf.UINT32, gguf.FLOAT32, gguf.STRING
    return {
        "general.architecture": (string, "qwen3"),
        "general.name": (string, "AiKernels demo: Shakespeare"),
        "general.description": (string, "A few million parameters trained on Shakespeare's plays; a demonstration."),
        "general.license": (string, "mit"),
        "general.file_type": (u32, 7),  # mostly Q8_0
        "general.quantization_version": (u32, 2),
        "general.alignment": (u32, gguf.ALIGNMENT),
        "qwen3.block_count": (u32, s.layers),
        "qwen3.context_length": (u32, s.context),
        "qwen3.embedding_length": (u32, s.hidden),
        "qwen3.feed_forward_length": (u32, s.ffn),
        "qwen3.attention.head_count": (u32, s.heads),
        "qwen3.attention.head_count_kv": (u32, s.kv_heads),
        "qwen3.attention.key_length": (u32, s.head_size),
        "qwen3.attention.value_length": (u32, s.head_size),
        "qwen3.attention.layer_norm_rms_epsilon": (f32, s.epsilon),
        "qwen3.rope.freq_base": (f32, s.rope_base),
        "tokenizer.ggml.model": (string, "gpt2"),
        "tokenizer.ggml.pre": (string, "qwen2"),
        "tokenizer.ggml.tokens": (gguf.ARRAY, (string, bpe.tokens)),
        "tokenizer.ggml.token_type": (gguf.ARRAY, (gguf.INT32, kinds)),
        "tokenizer.ggml.merges": (gguf.ARRAY, (string, [f"{a} {b}" for a, b in bpe.merges])),
        "tokenizer.ggml.bos_token_id": (u32, bpe.end_of_text),
        "tokenizer.ggml.eos_token_id": (u32, bpe.end_of_text),
        "tokenizer.ggml.add_bos_token": (gguf.BOOL, True),
    }


def as_read(stored, s):
    """The model with the weights that a reader of its file gets."""
    model = Qwen3(s)
    model.load_state_dict({name: torch.from_numpy(np.array(x)) for name, x in gguf.load(stored).items()})
    return model.eval()


def sample(model, bpe, count, temperature, seed):
    generator = torch.Generator().manual_seed(seed)
    ids = [bpe.end_of_text]
    with torch.no_grad():
        while len(ids) < count:
            logits = model(torch.tensor([ids]))[0, -1]
            probabilities = torch.softmax(logits / temperature, dim=-1)
            ids.append(torch.multinomial(probabilities, 1, generator=generator).item())
    return bpe.decode(ids)


def main():
    arguments = argparse.ArgumentParser(description="Trains the demo model.")
    arguments.add_argument("text", type=pathlib.Path, help=f"the text whose SHA-256 is {TEXT_SHA256}")
    arguments.add_argument("--steps", type=int, default=Settings.steps)
    chosen = arguments.parse_args()
    data = chosen.text.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != TEXT_SHA256:
        raise SystemExit(f"{chosen.text} has SHA-256 {found}, not {TEXT_SHA256}.")
    train(data.decode("utf-8"), Settings(steps=chosen.steps))


def split(text, s):
    """The text to learn from, and its tail, cut between two speeches."""
    cut = text.index("\n\n", int(len(text) * (1 - s.held_out))) + 2
    return text[:cut], text[cut:]


def train(text, s):
    torch.set_num_threads(s.threads)
    torch.manual_seed(s.seed)
    known, unknown = split(text, s)
    bpe = Bpe(learn_merges(known, s.vocabulary - 257))  # beside 256 bytes and <|endoftext|>
    windows, held_out = TrainingWindows(bpe, known, s), held_out_windows(bpe, unknown, s)
    model = Qwen3(s)
    stepper, best, begin = optimizer(model, s), math.inf, time.time()
    for step in range(1, s.steps + 1):
        loss = advance(model, stepper, windows.draw(merge_dropout(s, step)), learning_rate(s, step), s.clip)
        if step % s.evaluate_every and step < s.steps:
            continue
        # What counts is the model as quantized.
        stored = gguf.store({name: x.numpy() for name, x in model.state_dict().items()})
        now = held_out_loss(as_read(stored, s), held_out)
        minutes = round((time.time() - begin) / 60, 1)
        print(f"step {step}: training {loss:.4f}, held out {now:.4f}, {minutes} min", flush=True)
        if now < best:
            best = now
            bits = now * token_count(held_out) / math.log(2)
            save(stored, s, bpe, {
                "text_sha256": TEXT_SHA256,
                "settings": asdict(s),
                "parameters": sum(p.numel() for p in model.parameters()),
                "training_tokens": len(bpe.encode(known)),
                "held_out_tokens": token_count(held_out),
                "best_step": step,
                "minutes": minutes,
                "training_loss_of_the_last_batch": round(loss, 4),
                "held_out_loss_nats_per_token": round(now, 4),
                "held_out_bits_per_byte": round(bits / len(unknown.encode("utf-8")), 4)})
            print(sample(as_read(stored, s), bpe, 150, 0.8, s.seed), flush=True)


def advance(model, stepper, batch, rate, clip):
    """One step of the optimizer; the loss before it."""
    for group in stepper.param_groups:
        group["lr"] = rate
    inputs, targets = batch
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(inputs)
    loss = F.cross_entropy(logits.float().flatten(0, 1), targets.flatten())
    stepper.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
    stepper.step()
    return loss.item()


def save(stored, s, bpe, record):
    gguf.write(HERE / "shakespeare.gguf", metadata(s, bpe), stored)
    (HERE / "training.json").write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()

"""A Qwen3 decoder. Its parameters bear the names of the GGUF tensors, so that the state dictionary is the file."""

import math

import torch
from torch import nn
from torch.nn import functional as F


class RmsNorm(nn.Module):
    def __init__(self, size, epsilon):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.epsilon = epsilon

    def forward(self, x):
        x = x.float()
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.epsilon) * self.weight


def rotation(length, size, base):
    """cos and sin [length, size]; element i turns with element i + size/2."""
    frequency = base ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
    angle = torch.outer(torch.arange(length, dtype=torch.float64), frequency).repeat(1, 2)
    return angle.cos().float(), angle.sin().float()


def rotate(x, cos, sin):
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-second, first), dim=-1) * sin


class Block(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.heads, self.kv_heads, self.head_size = s.heads, s.kv_heads, s.head_size
        self.attn_norm = RmsNorm(s.hidden, s.epsilon)
        self.attn_q = nn.Linear(s.hidden, s.heads * s.head_size, bias=False)
        self.attn_k = nn.Linear(s.hidden, s.kv_heads * s.head_size, bias=False)
        self.attn_v = nn.Linear(s.hidden, s.kv_heads * s.head_size, bias=False)
        self.attn_q_norm = RmsNorm(s.head_size, s.epsilon)
        self.attn_k_norm = RmsNorm(s.head_size, s.epsilon)
        self.attn_output = nn.Linear(s.heads * s.head_size, s.hidden, bias=False)
        self.ffn_norm = RmsNorm(s.hidden, s.epsilon)
        self.ffn_gate = nn.Linear(s.hidden, s.ffn, bias=False)
        self.ffn_up = nn.Linear(s.hidden, s.ffn, bias=False)
        self.ffn_down = nn.Linear(s.ffn, s.hidden, bias=False)
        self.drop = nn.Dropout(s.dropout)

    def forward(self, x, cos, sin, mask):
        x = x + self.drop(self.attend(self.attn_norm(x), cos, sin, mask))
        h = self.ffn_norm(x)
        return x + self.drop(self.ffn_down(F.silu(self.ffn_gate(h)) * self.ffn_up(h)))

    def attend(self, x, cos, sin, mask):
        batch, length, _ = x.shape
        q = self.attn_q(x).view(batch, length, self.heads, self.head_size).transpose(1, 2)
        k = self.attn_k(x).view(batch, length, self.kv_heads, self.head_size).transpose(1, 2)
        v = self.attn_v(x).view(batch, length, self.kv_heads, self.head_size).transpose(1, 2)
        q = rotate(self.attn_q_norm(q), cos, sin) / math.sqrt(self.head_size)
        k = rotate(self.attn_k_norm(k), cos, sin)
        group = self.heads // self.kv_heads
        k, v = k.repeat_interleave(group, dim=1), v.repeat_interleave(group, dim=1)
        scores = q @ k.transpose(-1, -2)
        weights = torch.softmax(scores + mask.to(scores.dtype), dim=-1)  # in bfloat16 when training: a quarter faster
        return self.attn_output((weights @ v).transpose(1, 2).reshape(batch, length, -1))


class Qwen3(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.token_embd = nn.Embedding(s.vocabulary, s.hidden)
        self.blk = nn.ModuleList(Block(s) for _ in range(s.layers))
        self.output_norm = RmsNorm(s.hidden, s.epsilon)
        self.drop = nn.Dropout(s.dropout)
        cos, sin = rotation(s.context, s.head_size, s.rope_base)
        mask = torch.full((s.context, s.context), -math.inf).triu(1)
        for name, table in (("cos", cos), ("sin", sin), ("mask", mask)):
            self.register_buffer(name, table, persistent=False)
        self.initialize(s.layers)

    def initialize(self, layers):
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                # The layers' outputs add up in the residual stream: start them smaller.
                onto_residual = name.endswith(("attn_output.weight", "ffn_down.weight"))
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * layers) if onto_residual else 0.02)

    def forward(self, ids):
        """ids [batch, length] -> logits [batch, length, vocabulary]"""
        n = ids.shape[1]
        x = self.drop(self.token_embd(ids))
        for block in self.blk:
            x = block(x, self.cos[:n], self.sin[:n], self.mask[:n, :n])
        return F.linear(self.output_norm(x), self.token_embd.weight)

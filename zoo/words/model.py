"""A decoder-only transformer in Llama's manner: RMSNorm, rotary positions, SwiGLU, tied embeddings.

forward() takes and gives the keys and values of what came before, as exports for cached decoding do.
"""
import torch
import torch.nn.functional as F
from torch import nn

WIDTH, LAYERS, HEADS, INNER = 160, 5, 5, 432
POSITIONS = 256
ROPE_THETA = 10000.0


class RmsNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return self.weight * x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5)


def rotate(x, cos, sin):
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat([-b, a], -1) * sin


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.before_attention, self.before_inner = RmsNorm(WIDTH), RmsNorm(WIDTH)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.out = nn.Linear(WIDTH, WIDTH, bias=False)
        self.gate_up = nn.Linear(WIDTH, 2 * INNER, bias=False)
        self.down = nn.Linear(INNER, WIDTH, bias=False)

    def forward(self, x, cos, sin, mask, past):
        batch, length, _ = x.shape
        heads = self.qkv(self.before_attention(x)).view(batch, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        query, key, value = rotate(heads[0], cos, sin), rotate(heads[1], cos, sin), heads[2]
        if past is not None:
            key, value = torch.cat([past[0], key], 2), torch.cat([past[1], value], 2)
        scores = query @ key.transpose(-1, -2) * (WIDTH // HEADS) ** -0.5 + mask
        mixed = (scores.softmax(-1) @ value).transpose(1, 2).reshape(batch, length, WIDTH)
        x = x + self.out(mixed)
        gate, up = self.gate_up(self.before_inner(x)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up), key, value


class Words(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, WIDTH)
        nn.init.normal_(self.embedding.weight, std=0.02)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm = RmsNorm(WIDTH)
        for layer in self.layers:
            for linear in (layer.qkv, layer.gate_up):
                nn.init.normal_(linear.weight, std=0.04)
            for linear in (layer.out, layer.down):
                nn.init.normal_(linear.weight, std=0.04 / (2 * LAYERS) ** 0.5)
        half = WIDTH // HEADS // 2
        angles = torch.outer(torch.arange(POSITIONS).float(), ROPE_THETA ** (-torch.arange(half).float() / half))
        self.register_buffer("cos", torch.cat([angles.cos()] * 2, -1), persistent=False)
        self.register_buffer("sin", torch.cat([angles.sin()] * 2, -1), persistent=False)

    def forward(self, input_ids, attention_mask, position_ids, past=None):
        """ids [batch, length], mask [batch, past + length], positions [batch, length], past: key and value of each
        layer [batch, heads, past, width] -> logits [batch, length, vocabulary], and the same grown."""
        total, length = attention_mask.shape[1], input_ids.shape[1]
        row = torch.arange(length)[:, None] + (total - length)
        later = torch.arange(total)[None, :] > row
        mask = (later[None] | (attention_mask == 0)[:, None]).float()[:, None] * -1e9
        cos, sin = self.cos[position_ids][:, None], self.sin[position_ids][:, None]
        x, present = self.embedding(input_ids), []
        for i, layer in enumerate(self.layers):
            x, key, value = layer(x, cos, sin, mask, None if past is None else past[2 * i:2 * i + 2])
            present += [key, value]
        return (F.linear(self.norm(x), self.embedding.weight), *present)

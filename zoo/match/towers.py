"""Two towers whose outputs have length one: a convolutional network for pictures, a causal transformer for texts."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from model import TextBlock, VaeBlock, conv3

WIDTH = 96  # of the embeddings
TEXT_WIDTH, TEXT_LAYERS, TEXT_HEADS = 64, 2, 2
CHANNELS = (24, 48, 80, 96)  # at 32x32, 16x16, 8x8, 4x4


class VisionTower(nn.Module):
    """Picture in [0, 1] -> embedding."""

    def __init__(self):
        super().__init__()
        a, b, c, d = CHANNELS
        self.layers = nn.Sequential(
            nn.PixelUnshuffle(2), conv3(12, a), VaeBlock(a),
            conv3(a, b, stride=2), VaeBlock(b),
            conv3(b, c, stride=2), VaeBlock(c),
            conv3(c, d, stride=2), VaeBlock(d), nn.GroupNorm(8, d), nn.SiLU())
        # Maxima see parts, means see grounds.
        self.project = nn.Linear(2 * d, WIDTH)

    def forward(self, pixel_values):
        features = self.layers(pixel_values * 2 - 1).flatten(2)
        return unit(self.project(torch.cat([features.mean(2), features.amax(2)], 1)))


class TextTower(nn.Module):
    """Token ids -> embedding, taken where the first end token stands, as CLIP does."""

    def __init__(self, vocabulary, length, end):
        super().__init__()
        self.end = end
        self.tokens = nn.Embedding(vocabulary, TEXT_WIDTH)
        self.positions = nn.Parameter(torch.randn(length, TEXT_WIDTH) * 0.02)
        nn.init.normal_(self.tokens.weight, std=0.05)
        self.blocks = nn.ModuleList(TextBlock(TEXT_WIDTH, TEXT_HEADS) for _ in range(TEXT_LAYERS))
        self.norm = nn.LayerNorm(TEXT_WIDTH)
        self.project = nn.Linear(TEXT_WIDTH, WIDTH)
        self.register_buffer("mask", torch.full((length, length), -1e4).triu(1), persistent=False)

    def forward(self, input_ids):
        x = self.tokens(input_ids) + self.positions
        for block in self.blocks:
            x = block(x, self.mask)
        first_end = (input_ids == self.end).float().argmax(1)
        at = F.one_hot(first_end, input_ids.shape[1]).float()
        return unit(self.project(self.norm((x * at[:, :, None]).sum(1))))


def unit(x):
    return x / (x.square().sum(1, keepdim=True) + 1e-12).sqrt()


class Match(nn.Module):
    """logit = exp(log_scale) * cosine + bias; the sigmoid of it is how likely text and picture fit."""

    def __init__(self, vocabulary, length, end):
        super().__init__()
        self.text, self.vision = TextTower(vocabulary, length, end), VisionTower()
        self.log_scale = nn.Parameter(torch.tensor(float(np.log(10))))
        self.bias = nn.Parameter(torch.tensor(-5.0))

    def logits(self, texts, pictures):
        return self.log_scale.exp() * texts @ pictures.T + self.bias

    def forward(self, input_ids, pixel_values):
        return self.logits(self.text(input_ids), self.vision(pixel_values))

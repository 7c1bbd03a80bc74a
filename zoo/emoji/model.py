"""The four networks: VAE encoder and decoder, text encoder, U-Net.

They mirror the parts of Stable Diffusion at toy size: 64x64 pictures, 16x16x4
latents, a causal text transformer and a U-Net with cross-attention. Everything
is fp32 and exports to plain ONNX operators.
"""
import math

import torch
import torch.nn.functional as F
from torch import nn

LATENT_CHANNELS = 4
LATENT_SIZE = 16
IMAGE_SIZE = 64
TEXT_WIDTH = 96
TEXT_LAYERS = 2
TEXT_HEADS = 2
UNET_CHANNELS = (64, 96, 112)
VAE_CHANNELS = 48
TRAIN_TIMESTEPS = 1000
BETA_START, BETA_END = 0.00085, 0.012


def alphas_cumprod():
    """Cumulative signal power of the `scaled_linear` schedule of Stable Diffusion."""
    betas = torch.linspace(BETA_START**0.5, BETA_END**0.5, TRAIN_TIMESTEPS, dtype=torch.float64) ** 2
    return torch.cumprod(1 - betas, 0).float()


def conv3(inputs, outputs, stride=1):
    return nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1)


class VaeBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.layers = nn.Sequential(
            nn.GroupNorm(8, channels), nn.SiLU(), conv3(channels, channels),
            nn.GroupNorm(8, channels), nn.SiLU(), conv3(channels, channels))

    def forward(self, x):
        return x + self.layers(x)


class Encoder(nn.Module):
    """Image in [-1, 1] -> mean and log-variance of the latent (training only)."""

    def __init__(self, c=VAE_CHANNELS):
        super().__init__()
        self.layers = nn.Sequential(
            nn.PixelUnshuffle(2), conv3(12, c), VaeBlock(c),
            conv3(c, 2 * c, stride=2), VaeBlock(2 * c),
            nn.GroupNorm(8, 2 * c), nn.SiLU(), nn.Conv2d(2 * c, 2 * LATENT_CHANNELS, 1))

    def forward(self, image):
        mean, log_variance = self.layers(image).chunk(2, dim=1)
        return mean, log_variance.clamp(-10, 4)


class Decoder(nn.Module):
    """Unscaled latent -> image in [-1, 1]; pixel shuffles do the upsampling."""

    def __init__(self, c=VAE_CHANNELS):
        super().__init__()
        self.layers = nn.Sequential(
            conv3(LATENT_CHANNELS, 2 * c), VaeBlock(2 * c), VaeBlock(2 * c),
            nn.Conv2d(2 * c, 4 * c, 1), nn.PixelShuffle(2),
            conv3(c, c), VaeBlock(c), VaeBlock(c),
            nn.GroupNorm(8, c), nn.SiLU(), conv3(c, 12), nn.PixelShuffle(2))

    def forward(self, latent_sample):
        return self.layers(latent_sample)


class Attention(nn.Module):
    def __init__(self, width, context_width, heads):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(context_width, width, bias=False)
        self.value = nn.Linear(context_width, width, bias=False)
        self.out = nn.Linear(width, width)

    def forward(self, x, context, mask=None):
        def split(y):
            return y.reshape(y.shape[0], y.shape[1], self.heads, -1).transpose(1, 2)

        query, key, value = split(self.query(x)), split(self.key(context)), split(self.value(context))
        scores = query @ key.transpose(2, 3) * (x.shape[2] // self.heads) ** -0.5
        if mask is not None:
            scores = scores + mask
        return self.out((scores.softmax(-1) @ value).transpose(1, 2).reshape(x.shape))


class TextBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(width), Attention(width, width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x, mask):
        y = self.norm1(x)
        x = x + self.attention(y, y, mask)
        return x + self.mlp(self.norm2(x))


class TextEncoder(nn.Module):
    def __init__(self, vocabulary, length, width=TEXT_WIDTH, layers=TEXT_LAYERS, heads=TEXT_HEADS):
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Parameter(torch.randn(length, width) * 0.02)
        nn.init.normal_(self.tokens.weight, std=0.05)
        self.blocks = nn.ModuleList(TextBlock(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.register_buffer("mask", torch.full((length, length), -1e4).triu(1), persistent=False)

    def forward(self, input_ids):
        x = self.tokens(input_ids) + self.positions
        for block in self.blocks:
            x = block(x, self.mask)
        return self.norm(x)


class ResBlock(nn.Module):
    """Two convolutions; the time-and-text embedding scales and shifts between them."""

    def __init__(self, inputs, outputs, embedding):
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(16, inputs), conv3(inputs, outputs)
        self.modulation = nn.Linear(embedding, 2 * outputs)
        self.norm2, self.conv2 = nn.GroupNorm(16, outputs), conv3(outputs, outputs)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x, embedding):
        scale, shift = self.modulation(embedding)[:, :, None, None].chunk(2, dim=1)
        y = self.norm2(self.conv1(F.silu(self.norm1(x)))) * (1 + scale) + shift
        return self.skip(x) + self.conv2(F.silu(y))


class TransformerBlock(nn.Module):
    """Self-attention, cross-attention to the text and a gated MLP over the pixels."""

    def __init__(self, channels, context, heads=2):
        super().__init__()
        self.norm_in = nn.GroupNorm(16, channels)
        self.norm1, self.self_attention = nn.LayerNorm(channels), Attention(channels, channels, heads)
        self.norm2, self.cross_attention = nn.LayerNorm(channels), Attention(channels, context, heads)
        self.norm3 = nn.LayerNorm(channels)
        self.expand, self.contract = nn.Linear(channels, 4 * channels), nn.Linear(2 * channels, channels)
        nn.init.zeros_(self.contract.weight)

    def forward(self, x, context):
        y = self.norm_in(x).flatten(2).transpose(1, 2)
        z = self.norm1(y)
        y = y + self.self_attention(z, z)
        y = y + self.cross_attention(self.norm2(y), context)
        value, gate = self.expand(self.norm3(y)).chunk(2, dim=-1)
        y = y + self.contract(value * F.gelu(gate))
        return x + y.transpose(1, 2).reshape(x.shape)


class UNet(nn.Module):
    """Predicts v at 16x16, 8x8 and 4x4; the two lower levels attend to the text."""

    def __init__(self, channels=UNET_CHANNELS, context=TEXT_WIDTH, embedding=128):
        super().__init__()
        a, b, c = channels
        self.time = nn.Sequential(nn.Linear(64, embedding), nn.SiLU(), nn.Linear(embedding, embedding))
        self.pooled_text = nn.Linear(context, embedding)
        self.register_buffer(
            "frequencies", torch.exp(-math.log(10000) * torch.arange(32) / 32), persistent=False)
        self.stem = conv3(LATENT_CHANNELS, a)
        self.down1, self.shrink1 = ResBlock(a, a, embedding), conv3(a, a, stride=2)
        self.down2, self.attend2 = ResBlock(a, b, embedding), TransformerBlock(b, context)
        self.shrink2 = conv3(b, b, stride=2)
        self.down3, self.attend3 = ResBlock(b, c, embedding), TransformerBlock(c, context)
        self.middle = ResBlock(c, c, embedding)
        self.up3, self.attend_up3 = ResBlock(c + c, c, embedding), TransformerBlock(c, context)
        self.grow3 = conv3(c, b)
        self.up2, self.attend_up2 = ResBlock(b + b, b, embedding), TransformerBlock(b, context)
        self.up2b, self.grow2 = ResBlock(b + a, b, embedding), nn.Conv2d(b, a, 1)
        self.up1, self.up1b = ResBlock(a + a, a, embedding), ResBlock(a, a, embedding)
        self.norm, self.head = nn.GroupNorm(16, a), conv3(a, LATENT_CHANNELS)

    def forward(self, sample, timestep, encoder_hidden_states):
        text = encoder_hidden_states
        angles = timestep.float()[:, None] * self.frequencies
        e = self.time(torch.cat([angles.cos(), angles.sin()], dim=-1))
        e = F.silu(e + self.pooled_text(text.mean(1)))

        level1 = self.down1(self.stem(sample), e)
        shrunk = self.shrink1(level1)
        level2 = self.attend2(self.down2(shrunk, e), text)
        level3 = self.attend3(self.down3(self.shrink2(level2), e), text)

        x = self.middle(level3, e)
        x = self.attend_up3(self.up3(torch.cat([x, level3], 1), e), text)
        x = self.grow3(F.interpolate(x, scale_factor=2.0, mode="nearest"))
        x = self.attend_up2(self.up2(torch.cat([x, level2], 1), e), text)
        x = self.up2b(torch.cat([x, shrunk], 1), e)
        x = F.interpolate(self.grow2(x), scale_factor=2.0, mode="nearest")
        x = self.up1b(self.up1(torch.cat([x, level1], 1), e), e)
        return self.head(F.silu(self.norm(x)))


def parameter_count(module):
    return sum(p.numel() for p in module.parameters())

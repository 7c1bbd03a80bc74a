#!/usr/bin/env python3
"""Trains the emoji model from scratch: `python3 train.py all`.

Every stage writes a checkpoint and resumes from it. All randomness is a
function of the seed and of the index of a sample, so an interrupted run takes
the same course as an uninterrupted one, whatever the number of workers.
"""
import argparse
import os
from pathlib import Path
from types import SimpleNamespace

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import onnx
import onnx.numpy_helper
import torch
import torch.nn.functional as F
from torch import nn

import model
import tokenizer
from data import COLOURS, STYLES, Emoji, composite, random_example, random_picture
from export import export, export_encoder
from sample import Pipeline, report
from trainer import Trainer, run_stage

SEED = 7
HERE = Path(__file__).parent
MODEL = HERE / "model"


def sample_rng(stage, index):
    return np.random.default_rng([SEED, stage, index])


class Vae(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = model.Encoder(), model.Decoder()


def picture_loss(picture, wanted):
    """Absolute and squared error, and the absolute error of the edges, which keeps lines sharp."""
    error = picture - wanted
    edges = (error[..., 1:] - error[..., :-1]).abs().mean() + (error[..., 1:, :] - error[..., :-1, :]).abs().mean()
    return error.abs().mean() + error.square().mean() + 0.5 * edges


def reconstruction_psnr(vae, emoji):
    """Mean PSNR in dB over a fixed set of concept pictures, latents without noise."""
    colours, values = list(COLOURS.values()), []
    with torch.no_grad():
        for start in range(0, 96, 32):
            x = torch.from_numpy(np.stack([
                composite(emoji.glyphs[i * 7 % len(emoji.glyphs), i % 2], colours[i * 3 % 10])
                for i in range(start, start + 32)]))
            error = ((vae.decoder(vae.encoder(x)[0]).clamp(-1, 1) - x) / 2).square().mean((1, 2, 3))
            values += (-10 * error.log10()).tolist()
    return f"{np.mean(values):.2f}"


def train_vae(group, options):
    torch.manual_seed(SEED)
    emoji = Emoji(options.packages)
    all_glyphs = emoji.all_glyphs()
    vae = Vae()
    trainer = Trainer("vae", group, options, vae, options.vae_steps, batch=32, peak=2e-3, decay=0.6, ema_decay=0.995)

    def loss_of(indices):
        rngs = [sample_rng(1, i) for i in indices]
        x = torch.from_numpy(np.stack([random_picture(rng, emoji, all_glyphs) for rng in rngs]))
        mean, log_variance = vae.encoder(x)
        noise = torch.from_numpy(np.stack([rng.standard_normal(mean.shape[1:], np.float32) for rng in rngs]))
        picture = vae.decoder(mean + noise * (0.5 * log_variance).exp())
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()
        return picture_loss(picture, x) + 1e-4 * divergence

    trainer.run(loss_of, lambda: reconstruction_psnr(vae, emoji))


def refine_decoder(group, options):
    """Trains the decoder further while the encoder, and so the latents, stay as they are."""
    torch.manual_seed(SEED)
    emoji = Emoji(options.packages)
    all_glyphs = emoji.all_glyphs()
    vae = trained_vae(options)
    trainer = Trainer(
        "decoder", group, options, vae.decoder, options.decoder_steps, batch=32, peak=7e-4, decay=0.9, ema_decay=0.99)

    def loss_of(indices):
        rngs = [sample_rng(3, i) for i in indices]
        x = torch.from_numpy(np.stack([random_picture(rng, emoji, all_glyphs) for rng in rngs]))
        with torch.no_grad():
            mean, log_variance = vae.encoder(x)
        noise = torch.from_numpy(np.stack([rng.standard_normal(mean.shape[1:], np.float32) for rng in rngs]))
        return picture_loss(vae.decoder(mean + noise * (0.5 * log_variance).exp()), x)

    trainer.run(loss_of, lambda: reconstruction_psnr(vae, emoji))


def exported_decoder():
    """The decoder as it is in MODEL, whatever checkpoints there are."""
    decoder = model.Decoder()
    graph = onnx.load(str(MODEL / "vae_decoder/model.onnx")).graph
    weights = {one.name: torch.from_numpy(onnx.numpy_helper.to_array(one).copy()) for one in graph.initializer}
    # Normalisations are stored under the exporter's names, in the order in which they come.
    nameless = iter([weights[name] for name in weights if name.startswith("onnx::")])
    decoder.load_state_dict({
        name: (weights[name] if name in weights else next(nameless)).view_as(value)
        for name, value in decoder.state_dict().items()})
    return decoder.eval().requires_grad_(False)


class Inverse(nn.Module):
    """An encoder in front of the exported decoder, in the decoder's units."""

    def __init__(self):
        super().__init__()
        self.encoder = model.Encoder()

    def forward(self, sample):
        return torch.cat(self.encoder(sample), dim=1)


def inverse_psnr(inverse, decoder, emoji):
    return reconstruction_psnr(SimpleNamespace(encoder=inverse.encoder, decoder=decoder), emoji)


def train_encoder(group, options):
    """An encoder for the exported decoder: the first one was not kept.

    It brings pictures back through the decoder, and finds latents again that the decoder made pictures of."""
    torch.manual_seed(SEED)
    emoji = Emoji(options.packages)
    all_glyphs = emoji.all_glyphs()
    decoder, inverse = exported_decoder(), Inverse()
    trainer = Trainer(
        "encoder", group, options, inverse, options.encoder_steps, batch=32, peak=2e-3, decay=0.7, ema_decay=0.99)

    def loss_of(indices):
        rngs = [sample_rng(4, i) for i in indices]
        x = torch.from_numpy(np.stack([random_picture(rng, emoji, all_glyphs) for rng in rngs]))
        mean, log_variance = inverse.encoder(x)
        noise = torch.from_numpy(np.stack([rng.standard_normal(mean.shape[1:], np.float32) for rng in rngs]))
        spread = torch.tensor([0.3 * rng.random() for rng in rngs]).float()[:, None, None, None]
        near = (mean + spread * noise).detach()
        with torch.no_grad():
            made = decoder(near).clamp(-1, 1)
        found = inverse.encoder(made)[0]
        # The variance is what the layout has a place for; this keeps it small and finite.
        divergence = 1e-4 * (log_variance + 6).square().mean()
        return picture_loss(decoder(mean), x) + 0.2 * F.mse_loss(found, near) + divergence

    trainer.run(loss_of, lambda: inverse_psnr(inverse, decoder, emoji))


def export_encoder_alone(options):
    inverse = Inverse()
    print("encoder checkpoint at step", load_average(inverse, Path(options.work) / "encoder.pt"))
    export_encoder(inverse, MODEL, Path(options.work) / "reference.json")
    print("PSNR of 96 reconstructions:", inverse_psnr(inverse, exported_decoder(), Emoji(options.packages)))


class TextToLatent(nn.Module):
    def __init__(self):
        super().__init__()
        self.text_encoder = model.TextEncoder(tokenizer.VOCABULARY, tokenizer.LENGTH)
        self.unet = model.UNet()


def load_average(networks, path):
    """Loads the averaged weights of a checkpoint; returns the step it was taken at."""
    state = torch.load(path)
    networks.load_state_dict(state["networks"])
    with torch.no_grad():
        for parameter, average in zip(networks.parameters(), state["ema"]):
            parameter.copy_(average)
    networks.eval()
    return state["step"]


def trained_vae(options):
    vae = Vae()
    load_average(vae, Path(options.work) / "vae.pt")
    return vae


def refined_decoder(options):
    decoder = model.Decoder()
    load_average(decoder, Path(options.work) / "decoder.pt")
    return decoder


def encode_pictures(options, emoji):
    """Latents [concept, style, colour, 4, 16, 16] of every picture, scaled to unit variance, and the scale."""
    vae = trained_vae(options)
    with torch.no_grad():
        latents = torch.stack([
            torch.stack([
                vae.encoder(torch.from_numpy(np.stack([composite(glyph, c) for c in COLOURS.values()])))[0]
                for glyph in styles])
            for styles in emoji.glyphs])
    scale = 1 / latents.std().item()
    return latents * scale, scale


def train_diffusion(group, options):
    torch.manual_seed(SEED)
    emoji = Emoji(options.packages)
    latents, _ = encode_pictures(options, emoji)
    encode = tokenizer.Tokenizer(MODEL / "tokenizer")
    power = model.alphas_cumprod()
    networks = TextToLatent()
    networks.unet.to(memory_format=torch.channels_last)  # A sixth faster here; the autoencoder gains nothing.
    trainer = Trainer("diffusion", group, options, networks, options.diffusion_steps,
                      batch=48, peak=1.2e-3, decay=0.6, ema_decay=0.998)

    def loss_of(indices):
        rngs = [sample_rng(2, i) for i in indices]
        examples = [random_example(rng, emoji) for rng in rngs]
        ids = torch.tensor([encode(caption) for *_, caption in examples])
        clean = torch.stack([latents[concept, style, colour] for concept, style, colour, _ in examples])
        noise = torch.from_numpy(np.stack([rng.standard_normal(clean.shape[1:], np.float32) for rng in rngs]))
        # One timestep from each of `batch` equal slices: less noise in the loss than independent draws.
        slices = [(i % trainer.batch + rng.random()) / trainer.batch for i, rng in zip(indices, rngs)]
        timesteps = (torch.tensor(slices) * model.TRAIN_TIMESTEPS).long()
        signal = power[timesteps].sqrt()[:, None, None, None]
        spread = (1 - power[timesteps]).sqrt()[:, None, None, None]
        noisy = (signal * clean + spread * noise).contiguous(memory_format=torch.channels_last)
        predicted = networks.unet(noisy, timesteps, networks.text_encoder(ids))
        return F.mse_loss(predicted, signal * noise - spread * clean)

    trainer.run(loss_of)


def train_tokenizer(options):
    tokenizer.train(Emoji(options.packages).corpus(), MODEL / "tokenizer")


def load_trained(options):
    emoji = Emoji(options.packages)
    _, scale = encode_pictures(options, emoji)
    networks = TextToLatent()
    print("diffusion checkpoint at step", load_average(networks, Path(options.work) / "diffusion.pt"))
    encode = tokenizer.Tokenizer(MODEL / "tokenizer")
    return emoji, Pipeline(encode, networks.text_encoder, networks.unet, refined_decoder(options), scale)


def export_model(options):
    _, pipeline = load_trained(options)
    export(pipeline, MODEL, Path(options.work) / "reference.json")


def draw_report(options):
    emoji, pipeline = load_trained(options)
    print(report(pipeline, emoji, options.out, options.work))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["tokenizer", "vae", "diffusion", "decoder", "export", "encoder",
                                            "export-encoder", "grid", "all"])
    parser.add_argument("--packages", default=HERE / ".data/node_modules", help="where the npm packages are")
    parser.add_argument("--work", default=HERE / ".work", help="folder of checkpoints")
    parser.add_argument("--log", default=HERE / "training-log.csv", help="table of the course of training")
    parser.add_argument("--out", default=HERE, help="folder of the pictures and figures of `grid`")
    parser.add_argument("--workers", type=int, default=2, help="single-threaded training processes")
    parser.add_argument("--vae-steps", type=int, default=1250)
    parser.add_argument("--diffusion-steps", type=int, default=3200)
    parser.add_argument("--decoder-steps", type=int, default=450)
    parser.add_argument("--encoder-steps", type=int, default=700)
    parser.add_argument("--save-every", type=float, default=120, help="seconds between checkpoints")
    options = parser.parse_args()
    commands = {
        "tokenizer": train_tokenizer,
        "vae": lambda options: run_stage(train_vae, options),
        "diffusion": lambda options: run_stage(train_diffusion, options),
        "decoder": lambda options: run_stage(refine_decoder, options),
        "export": export_model,
        "encoder": lambda options: run_stage(train_encoder, options),
        "export-encoder": export_encoder_alone,
        "grid": draw_report,
    }
    for name in commands if options.command == "all" else [options.command]:
        commands[name](options)


if __name__ == "__main__":
    main()

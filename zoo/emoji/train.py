#!/usr/bin/env python3
"""Trains the emoji model from scratch: `python3 train.py all`.

Every stage writes a checkpoint and resumes from it. All randomness is a
function of the seed and of the index of a sample, so an interrupted run takes
the same course as an uninterrupted one, whatever the number of workers.
"""
import argparse
import csv
import os
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn

import model
import tokenizer
from data import COLOURS, STYLES, Emoji, composite, random_example, random_picture
from export import export
from sample import Pipeline, report

SEED = 7
HERE = Path(__file__).parent
MODEL = HERE / "model"


class Group:
    """The processes that train together; each is a single thread."""

    def __init__(self, rank, workers, rendezvous):
        self.rank, self.workers = rank, workers
        torch.set_num_threads(1)
        torch.set_flush_denormal(True)
        if workers > 1:
            dist.init_process_group("gloo", init_method=f"file://{rendezvous}", rank=rank, world_size=workers)

    def mean(self, tensor):
        if self.workers > 1:
            dist.all_reduce(tensor)
            tensor /= self.workers
        return tensor


def run_stage(stage, options):
    """Runs stage(group, options) in every worker process."""
    work = Path(options.work).resolve()
    work.mkdir(exist_ok=True)
    rendezvous = work / f"rendezvous.{os.getpid()}.{stage.__name__}"
    torch.multiprocessing.spawn(_enter, (stage, options, rendezvous), nprocs=options.workers)
    rendezvous.unlink(missing_ok=True)


def _enter(rank, stage, options, rendezvous):
    os.setsid()  # Linux shares the processor between sessions first: give each worker its own.
    stage(Group(rank, options.workers, rendezvous), options)


def learning_rate(step, steps, peak, decay):
    """Linear warm-up, a plateau, then a half cosine to zero over the last `decay` of the steps."""
    warm = min(1.0, (step + 1) / 100)
    progress = max(0.0, step / steps - (1 - decay)) / decay
    return peak * warm * 0.5 * (1 + np.cos(np.pi * min(1.0, progress)))


def sample_rng(stage, index):
    return np.random.default_rng([SEED, stage, index])


class Trainer:
    """The loop that both stages share: AdamW, gradient averaging, EMA, log, checkpoint."""

    def __init__(self, name, group, options, networks, steps, batch, peak, decay, ema_decay):
        self.name, self.group, self.networks = name, group, networks
        self.steps, self.batch, self.peak, self.decay, self.ema_decay = steps, batch, peak, decay, ema_decay
        self.path = Path(options.work) / f"{name}.pt"
        self.log_path = HERE / "training-log.csv"
        self.save_every = options.save_every
        self.parameters = list(networks.parameters())
        self.optimizer = torch.optim.AdamW(self.parameters, peak, betas=(0.9, 0.99), weight_decay=0.01, foreach=True)
        self.ema = [p.detach().clone() for p in self.parameters]
        self.step, self.seconds, self.cpu_seconds, self.loss = 0, 0.0, 0.0, None
        if self.path.exists():
            state = torch.load(self.path)
            networks.load_state_dict(state["networks"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.ema = state["ema"]
            self.step, self.seconds = state["step"], state["seconds"]
            self.cpu_seconds, self.loss = state["cpu_seconds"], state["loss"]
        if group.rank == 0:
            self._rewind_log()

    def run(self, loss_of, evaluate=None):
        began, cpu_began, saved = time.time() - self.seconds, time.process_time() - self.cpu_seconds, time.time()
        while self.step < self.steps:
            rate = learning_rate(self.step, self.steps, self.peak, self.decay)
            for parameter_group in self.optimizer.param_groups:
                parameter_group["lr"] = rate
            first = self.step * self.batch
            loss = loss_of(range(first + self.group.rank, first + self.batch, self.group.workers))
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            flat = self.group.mean(torch.cat([p.grad.flatten() for p in self.parameters] + [loss.detach()[None]]))
            for p, part in zip(self.parameters, flat[:-1].split([p.numel() for p in self.parameters])):
                p.grad.copy_(part.view_as(p))
            nn.utils.clip_grad_norm_(self.parameters, 1.0)
            self.optimizer.step()
            self.step += 1
            decay = min(self.ema_decay, (1 + self.step) / (10 + self.step))
            torch._foreach_mul_(self.ema, decay)
            torch._foreach_add_(self.ema, [p.detach() for p in self.parameters], alpha=1 - decay)
            mean_loss = flat[-1].item()
            self.loss = mean_loss if self.loss is None else 0.98 * self.loss + 0.02 * mean_loss
            self.seconds, self.cpu_seconds = time.time() - began, time.process_time() - cpu_began
            if self.group.rank == 0:
                if self.step % 50 == 0 or self.step == self.steps:
                    due = evaluate and (self.step % 250 == 0 or self.step == self.steps)
                    self._log(rate, evaluate() if due else "")
                if time.time() - saved > self.save_every or self.step == self.steps:
                    self._save()
                    saved = time.time()

    def _save(self):
        state = {
            "networks": self.networks.state_dict(), "optimizer": self.optimizer.state_dict(), "ema": self.ema,
            "step": self.step, "steps": self.steps, "seconds": self.seconds, "cpu_seconds": self.cpu_seconds,
            "loss": self.loss}
        partial = self.path.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.path)

    HEADER = ["stage", "step", "samples", "wall_seconds", "cpu_seconds_worker0", "loss", "learning_rate", "psnr"]

    def _rewind_log(self):
        """Drops rows that a previous run wrote after its last checkpoint."""
        rows = list(csv.DictReader(self.log_path.open())) if self.log_path.exists() else []
        with self.log_path.open("w", newline="") as file:
            writer = csv.DictWriter(file, self.HEADER)
            writer.writeheader()
            writer.writerows(row for row in rows if row["stage"] != self.name or int(row["step"]) <= self.step)

    def _log(self, rate, quality):
        row = [self.name, self.step, self.step * self.batch, f"{self.seconds:.0f}", f"{self.cpu_seconds:.0f}",
               f"{self.loss:.5f}", f"{rate:.2e}", quality]
        with self.log_path.open("a", newline="") as file:
            csv.writer(file).writerow(row)
        print(*row, flush=True)


class Vae(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = model.Encoder(), model.Decoder()


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
        error = vae.decoder(mean + noise * (0.5 * log_variance).exp()) - x
        edges = (error[..., 1:] - error[..., :-1]).abs().mean() + (error[..., 1:, :] - error[..., :-1, :]).abs().mean()
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()
        return error.abs().mean() + error.square().mean() + 0.5 * edges + 1e-4 * divergence

    trainer.run(loss_of, lambda: reconstruction_psnr(vae, emoji))


class TextToLatent(nn.Module):
    def __init__(self):
        super().__init__()
        self.text_encoder = model.TextEncoder(tokenizer.VOCABULARY, tokenizer.LENGTH)
        self.unet = model.UNet()


def trained_vae(options):
    state = torch.load(Path(options.work) / "vae.pt")
    vae = Vae()
    vae.load_state_dict(state["networks"])
    with torch.no_grad():
        for parameter, average in zip(vae.parameters(), state["ema"]):
            parameter.copy_(average)
    return vae.eval()


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
    state = torch.load(Path(options.work) / "diffusion.pt")
    networks.load_state_dict(state["networks"])
    with torch.no_grad():
        for parameter, average in zip(networks.parameters(), state["ema"]):
            parameter.copy_(average)
    networks.eval()
    print(f"diffusion checkpoint at step {state['step']} of {state['steps']}")
    encode = tokenizer.Tokenizer(MODEL / "tokenizer")
    return emoji, Pipeline(encode, networks.text_encoder, networks.unet, trained_vae(options).decoder, scale)


def export_model(options):
    _, pipeline = load_trained(options)
    export(pipeline, MODEL, Path(options.work) / "reference.json")


def draw_report(options):
    emoji, pipeline = load_trained(options)
    print(report(pipeline, emoji, options.out))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["tokenizer", "vae", "diffusion", "export", "grid", "all"])
    parser.add_argument("--packages", default=HERE / ".data/node_modules", help="where the npm packages are")
    parser.add_argument("--work", default=HERE / ".work", help="folder of checkpoints")
    parser.add_argument("--out", default=HERE, help="folder of the pictures and figures of `grid`")
    parser.add_argument("--workers", type=int, default=2, help="single-threaded training processes")
    parser.add_argument("--vae-steps", type=int, default=1900)
    parser.add_argument("--diffusion-steps", type=int, default=3800)
    parser.add_argument("--save-every", type=float, default=120, help="seconds between checkpoints")
    options = parser.parse_args()
    commands = {
        "tokenizer": train_tokenizer,
        "vae": lambda options: run_stage(train_vae, options),
        "diffusion": lambda options: run_stage(train_diffusion, options),
        "export": export_model,
        "grid": draw_report,
    }
    for name in commands if options.command == "all" else [options.command]:
        commands[name](options)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Trains the match model from scratch: `python3 train.py train`, then `export`, `order`, `report`.

Pictures, captions, tokenizer and training loop are zoo/emoji's: checkpoints, and randomness that depends on the seed
and the index of a sample only.
"""
import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
HERE = Path(__file__).parent
EMOJI = HERE.parent / "emoji"
sys.path.insert(1, str(EMOJI))

import numpy as np
import torch
import torch.nn.functional as F

import tokenizer
import towers
from data import Emoji
from export import export
from pictures import NOBODY, Foreigners, draw_caption, draw_label, draw_nobody, draw_picture, judge_pairs
from report import order, report, retrieval
from trainer import Trainer, run_stage

SEED = 13
MODEL = HERE / "model"
BATCH = 96


def sample_rng(stage, index):
    return np.random.default_rng([SEED, stage, index])


def untrained():
    encode = tokenizer.Tokenizer(EMOJI / "model/tokenizer")
    return towers.Match(tokenizer.VOCABULARY, tokenizer.LENGTH, encode.ids[tokenizer.END]), encode


class Batch:
    """Five pictures of six show an object, two in a row the same one; each brings a caption that fits it and one for
    another style and colour."""

    def __init__(self, indices, emoji, foreigners):
        pictures, labels, texts, said = [], [], [], []
        for index in indices:
            rng = sample_rng(2, index)
            if index % 12 >= 10:
                pictures.append(draw_nobody(rng, foreigners))
                labels.append((NOBODY, NOBODY, NOBODY))
                continue
            concept = int(sample_rng(1, index // 2).integers(len(emoji.names)))
            label = (concept, *draw_label(rng, emoji, concept))
            pictures.append(draw_picture(rng, emoji, *label))
            labels.append(label)
            for named in (label, (concept, *draw_label(rng, emoji, concept))):
                text, meant = draw_caption(rng, emoji, *named)
                texts.append(text)
                said.append(meant)
        self.pictures, self.texts = torch.from_numpy(np.stack(pictures)), texts
        self.fits = torch.from_numpy(judge_pairs(emoji, said, labels))


def train_match(group, options):
    torch.manual_seed(SEED)
    emoji = Emoji(options.packages)
    foreigners = Foreigners(emoji)
    networks, encode = untrained()
    networks.vision.to(memory_format=torch.channels_last)
    trainer = Trainer("match", group, options, networks, options.steps, BATCH, peak=2e-3, decay=0.8, ema_decay=0.995)

    def loss_of(indices):
        batch = Batch(indices, emoji, foreigners)
        logits = networks(torch.tensor([encode(text) for text in batch.texts]), batch.pictures)
        known = ~batch.fits.isnan()
        losses = F.binary_cross_entropy_with_logits(logits, batch.fits.nan_to_num(), reduction="none")
        return (losses * known).sum() / len(batch.pictures)

    trainer.run(loss_of, lambda: f"{retrieval(networks, encode, emoji)['picture_to_text']:.3f}")


def trained(options):
    """The averaged weights, rounded to what the exported files hold."""
    networks, encode = untrained()
    state = torch.load(Path(options.work) / "match.pt")
    with torch.no_grad():
        for parameter, average in zip(networks.parameters(), state["ema"]):
            parameter.copy_(average.half() if average.numel() >= 1024 else average)
    print("checkpoint at step", state["step"])
    return networks.eval(), encode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["train", "export", "order", "report"])
    parser.add_argument("--packages", default=HERE / ".data/node_modules", help="where the npm packages are")
    parser.add_argument("--work", default=HERE / ".work", help="folder of checkpoints")
    parser.add_argument("--log", default=HERE / "training-log.csv", help="table of the course of training")
    parser.add_argument("--workers", type=int, default=1, help="single-threaded training processes")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--save-every", type=float, default=120, help="seconds between checkpoints")
    options = parser.parse_args()
    if options.command == "train":
        run_stage(train_match, options)
    elif options.command == "export":
        export(*trained(options), MODEL, EMOJI / "model/tokenizer", Path(options.work) / "reference.json")
    elif options.command == "order":
        order(tokenizer.Tokenizer(EMOJI / "model/tokenizer"), Emoji(options.packages), Path(options.work))
    else:
        report(*trained(options), Emoji(options.packages), Path(options.work), HERE)


if __name__ == "__main__":
    main()

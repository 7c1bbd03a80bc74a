#!/usr/bin/env python3
"""Trains the model from scratch: `python3 train.py all`.

The training loop is zoo/emoji's: checkpoints, and randomness that depends on the seed and the index of a sample only.
"""
import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
HERE = Path(__file__).parent
sys.path.insert(1, str(HERE.parent / "emoji"))

import numpy as np
import torch
import torch.nn.functional as F

import corpus
import model
import tokenizer
from export import export
from trainer import Trainer, run_stage

SEED = 11
MODEL = HERE / "model"
BATCH = 32


def sample_rng(stage, index):
    return np.random.default_rng([SEED, stage, index])


def train_tokenizer(options):
    exchanges = corpus.Exchanges()
    rng = sample_rng(0, 0)
    tokenizer.train((text for _ in range(60_000) for text in exchanges.draw(rng)), MODEL)


def encode_turns(encode, turns):
    """Ids of a talk, and for each whether the model has to say it."""
    ids, own = [], []
    for question, answer in turns:
        asked = encode.turn("user", question) + encode.turn("assistant", "", closed=False)
        said = encode(answer) + [encode.ids[tokenizer.END]]
        ids += asked + said + encode("\n")
        own += [False] * len(asked) + [True] * len(said) + [False]
    return ids[:model.POSITIONS], own[:model.POSITIONS]


def batch_of(talks):
    """Padded ids, masks and targets; what the model isn't to say counts a twentieth."""
    longest = max(len(ids) for ids, _ in talks)
    ids = torch.zeros(len(talks), longest, dtype=torch.long)
    weights = torch.zeros(len(talks), longest)
    for row, (talk, own) in enumerate(talks):
        ids[row, :len(talk)] = torch.tensor(talk)
        weights[row, :len(talk)] = torch.tensor(own).float() * 0.95 + 0.05
    return ids, weights


def loss_of_batch(network, ids, weights):
    positions = torch.arange(ids.shape[1] - 1).expand(len(ids), -1)
    logits = network(ids[:, :-1], torch.ones_like(ids[:, :-1]), positions)[0]
    losses = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
    return (losses * weights[:, 1:].flatten()).sum() / weights[:, 1:].sum()


def perplexity(network, encode, exchanges, words):
    """Of the answers to "What does … mean?"."""
    total, count = 0.0, 0
    with torch.no_grad():
        for start in range(0, len(words), 64):
            talks = [encode_turns(encode, [(f"What does {word} mean?", corpus.sentence(synset.definition))])
                     for word, synset, _ in words[start:start + 64]]
            ids, weights = batch_of(talks)
            own = (weights > 0.5).float()
            total += loss_of_batch(network, ids, own).item() * own[:, 1:].sum().item()
            count += own[:, 1:].sum().item()
    return float(np.exp(total / count))


def train_words(group, options):
    torch.manual_seed(SEED)
    exchanges, encode = corpus.Exchanges(), tokenizer.Tokenizer(MODEL)
    network = model.Words(tokenizer.VOCABULARY)
    trainer = Trainer("words", group, options, network, options.steps, BATCH, peak=3e-3, decay=0.7, ema_decay=0.995)

    def loss_of(indices):
        talks = []
        for index in indices:
            rng = sample_rng(1, index)
            # Talks of two questions come together: padding costs as much as words.
            turns = [exchanges.draw(rng) for _ in range(2 if index // BATCH % 8 == 0 else 1)]
            talks.append(encode_turns(encode, turns))
        return loss_of_batch(network, *batch_of(talks))

    def evaluate():
        known = perplexity(network, encode, exchanges, exchanges.known[:400])
        return f"{known:.2f}/{perplexity(network, encode, exchanges, exchanges.held_out):.2f}"

    trainer.run(loss_of, evaluate)


def trained(options):
    network = model.Words(tokenizer.VOCABULARY)
    state = torch.load(Path(options.work) / "words.pt")
    network.load_state_dict(state["networks"])
    with torch.no_grad():
        for parameter, average in zip(network.parameters(), state["ema"]):
            parameter.copy_(average)
    print("checkpoint at step", state["step"])
    return network.eval()


def answer(network, encode, question, most=60):
    """The likeliest next token each time."""
    ids = encode.turn("user", question) + encode.turn("assistant", "", closed=False)
    begin = len(ids)
    with torch.no_grad():
        while len(ids) < begin + most:
            given = torch.tensor([ids])
            logits = network(given, torch.ones_like(given), torch.arange(len(ids))[None])[0]
            best = int(logits[0, -1].argmax())
            if best == encode.ids[tokenizer.END]:
                break
            ids.append(best)
    return encode.decode(ids[begin:])


def export_model(options):
    export(trained(options), tokenizer.Tokenizer(MODEL), MODEL, Path(options.work) / "reference.json")


def write_report(options):
    """Perplexities, and the answers to questions.txt, each tried once."""
    network, encode, exchanges = trained(options), tokenizer.Tokenizer(MODEL), corpus.Exchanges()
    lines = [f"known {perplexity(network, encode, exchanges, exchanges.known):.2f}",
             f"held out {perplexity(network, encode, exchanges, exchanges.held_out):.2f}"]
    for question in (HERE / "questions.txt").read_text().splitlines():
        lines.append(f"{question} -> {answer(network, encode, question)}")
    (HERE / "answers.txt").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["tokenizer", "train", "export", "report", "all"])
    parser.add_argument("--work", default=HERE / ".work", help="folder of checkpoints")
    parser.add_argument("--log", default=HERE / "training-log.csv", help="table of the course of training")
    parser.add_argument("--workers", type=int, default=2, help="single-threaded training processes")
    parser.add_argument("--steps", type=int, default=4400)
    parser.add_argument("--save-every", type=float, default=120, help="seconds between checkpoints")
    options = parser.parse_args()
    commands = {"tokenizer": train_tokenizer, "train": lambda options: run_stage(train_words, options),
                "export": export_model, "report": write_report}
    for name in commands if options.command == "all" else [options.command]:
        commands[name](options)


if __name__ == "__main__":
    main()

"""What the match model finds: among all captions for a picture, and among all pictures for a caption."""
import json

import numpy as np
import torch

from data import COLOURS, STYLES, composite, fixed_prompts, full_caption
from pictures import PALETTE, Foreigners, finish, lay, spoil
from sample import FIRST_SEED, noise

DRAWN_STEPS = (20, 6, 3)


class Cases:
    """Every object in every style and colour, with its full caption."""

    def __init__(self, emoji):
        self.labels = np.array([
            (c, s, b) for c in range(len(emoji.names)) for s in range(len(STYLES)) for b in range(len(COLOURS))])
        self.captions = [full_caption(emoji.names[c][0], list(STYLES)[s], list(COLOURS)[b]) for c, s, b in self.labels]
        self.held_out = np.array([(c, b) in emoji.held_out for c, _, b in self.labels])
        self.emoji = emoji

    def pictures(self, spoiled=False):
        for i, (c, s, b) in enumerate(self.labels):
            picture = (composite(self.emoji.glyphs[c, s], PALETTE[b]).transpose(1, 2, 0) + 1) * 127.5
            yield finish(spoil(np.random.default_rng([3, i]), picture) if spoiled else picture)


def in_parts(tower, inputs, size=144):
    with torch.no_grad():
        return torch.cat([tower(inputs[i:i + size]) for i in range(0, len(inputs), size)])


def embed_texts(networks, encode, texts):
    return in_parts(networks.text, torch.tensor([encode(text) for text in texts]))


def embed_pictures(networks, pictures):
    return in_parts(networks.vision, torch.from_numpy(np.stack(list(pictures))))


def found(similarities, wanted, labels):
    """Shares of rows whose best column is the wanted one, is among the best five, and has the wanted part."""
    best = similarities.topk(5).indices.numpy()
    same = labels[best[:, 0]] == labels[wanted]
    return {"first": share(best[:, 0] == wanted), "first_five": share((best == wanted[:, None]).any(1)),
            "object": share(same[:, 0]), "style": share(same[:, 1]), "colour": share(same[:, 2]), "of": len(wanted)}


def share(hits):
    return round(float(np.mean(hits)), 4)


def retrieval(networks, encode, emoji):
    """Of the held-out pairs, in short, for the log."""
    cases = Cases(emoji)
    held = np.flatnonzero(cases.held_out)
    pictures = [picture for i, picture in enumerate(cases.pictures()) if cases.held_out[i]]
    similarities = embed_pictures(networks, pictures) @ embed_texts(networks, encode, cases.captions).T
    return {"picture_to_text": found(similarities, held, cases.labels)["first"]}


def order(encode, emoji, work):
    """Prompts and noise for draw.mjs: the fixed prompts, the held-out pairs, every object in both styles."""
    cases, rng = Cases(emoji), np.random.default_rng(5)
    sets = {"fixed_prompts": [cases.captions.index(prompt) for prompt in fixed_prompts()],
            "held_out_pairs": np.flatnonzero(cases.held_out).tolist(),
            "all_concepts": [int(rng.choice([20 * c + 10 * s + b for b in range(10) if (c, b) not in emoji.held_out]))
                             for c in range(len(emoji.names)) for s in range(len(STYLES))]}
    wanted = sum(sets.values(), [])
    work.mkdir(exist_ok=True)
    (work / "order.json").write_text(json.dumps({
        "sets": {name: len(members) for name, members in sets.items()}, "wanted": wanted, "steps": DRAWN_STEPS,
        "empty": encode(""), "ids": [encode(cases.captions[i]) for i in wanted],
        "noise": [noise(FIRST_SEED + i).flatten().tolist() for i in range(len(wanted))]}))
    print(len(wanted), "prompts in", work / "order.json")


def one_part_wrong(cases):
    """For each case every caption that differs in exactly one part."""
    return (cases.labels[:, None] != cases.labels[None]).sum(2) == 1


def report(networks, encode, emoji, work, folder):
    cases, foreigners = Cases(emoji), Foreigners(emoji)
    texts = embed_texts(networks, encode, cases.captions)
    everyone, held = np.arange(len(cases.labels)), cases.held_out
    wrong = one_part_wrong(cases)

    def verdicts(pictures, wanted):
        """How often the sigmoid passes one half for the right caption, and for captions wrong in one part."""
        passed = (networks.log_scale.exp() * pictures @ texts.T + networks.bias > 0).detach().numpy()
        return {"right_caption_passes": share(passed[np.arange(len(wanted)), wanted]),
                "one_part_wrong_passes": share(passed[wrong[wanted]])}

    results = {}
    for name, spoiled in (("clean", False), ("spoiled", True)):
        pictures = embed_pictures(networks, cases.pictures(spoiled))
        by_text = texts @ pictures.T
        for pairs, chosen in (("held_out_pairs", held), ("trained_pairs", ~held)):
            wanted = everyone[chosen]
            results[f"{name}, {pairs}"] = {
                "picture_to_text": found(pictures[wanted] @ texts.T, wanted, cases.labels),
                "text_to_picture": found(by_text[wanted], wanted, cases.labels), **verdicts(pictures[wanted], wanted)}

    rng = np.random.default_rng(9)
    strangers = embed_pictures(networks, (
        finish(lay(rng, np.tile(PALETTE[i % 10], (64, 64, 1)), glyph, False))
        for i, glyph in enumerate(foreigners.held_out)))
    highest = (strangers @ texts.T).amax(1) * networks.log_scale.exp() + networks.bias
    results["foreign emoji, never trained"] = {
        "some_caption_of_1440_passes": share((highest > 0).numpy()), "of": len(strangers)}

    asked = json.loads((work / "order.json").read_text())
    drawn = np.fromfile(work / "drawn.bin", np.uint8).reshape(len(asked["steps"]), -1, 3, 64, 64)
    for steps, pictures in zip(asked["steps"], drawn):
        embeds, start = embed_pictures(networks, pictures.astype(np.float32) / 255), 0
        for name, count in asked["sets"].items():
            part, wanted = embeds[start:start + count], np.array(asked["wanted"][start:start + count])
            similarities = part @ texts.T
            results[f"drawn by zoo/emoji in {steps} steps, {name}"] = {
                "picture_to_text": found(similarities, wanted, cases.labels), **verdicts(part, wanted),
                "mean_cosine": round(similarities[np.arange(count), wanted].mean().item(), 3)}
            start += count
    (folder / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    for name, result in results.items():
        print(name, result)

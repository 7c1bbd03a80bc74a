"""Draws pictures with the trained networks and measures what was drawn."""
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import model
from data import COLOURS, STYLES, composite, fixed_prompts, full_caption

STEPS, GUIDANCE = 20, 4.0
FIRST_SEED = 100


def noise(seed):
    return np.random.default_rng(seed).standard_normal((4, 16, 16), np.float32)


class Pipeline:
    """Text to picture by Euler steps in sigma space, trailing spacing, as scheduler_config.json says."""

    def __init__(self, tokenizer, text_encoder, unet, decoder, scaling_factor):
        self.tokenizer, self.text_encoder, self.unet, self.decoder = tokenizer, text_encoder, unet, decoder
        self.scaling_factor = scaling_factor
        power = model.alphas_cumprod()
        self.sigmas = ((1 - power) / power).sqrt()

    @torch.no_grad()
    def __call__(self, prompts, seeds, steps=STEPS, guidance=GUIDANCE):
        ids = torch.tensor([self.tokenizer("")] * len(prompts) + [self.tokenizer(p) for p in prompts])
        text = self.text_encoder(ids)
        timesteps = (model.TRAIN_TIMESTEPS - torch.arange(steps) * model.TRAIN_TIMESTEPS / steps).round().long() - 1
        sigmas = [*self.sigmas[timesteps].tolist(), 0.0]
        x = torch.from_numpy(np.stack([noise(seed) for seed in seeds])) * sigmas[0]
        for timestep, sigma, following in zip(timesteps, sigmas, sigmas[1:]):
            scaled = torch.cat([x, x]) / (sigma**2 + 1) ** 0.5
            without, guided = self.unet(scaled, timestep.expand(len(scaled)), text).chunk(2)
            v = without + guidance * (guided - without)
            clean = x / (sigma**2 + 1) - v * sigma / (sigma**2 + 1) ** 0.5
            x = x + (x - clean) / sigma * (following - sigma)
        images = self.decoder(x / self.scaling_factor)
        return ((images / 2 + 0.5).clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy()


def draw(pipeline, prompts, first_seed):
    """Picture i comes from seed first_seed + i; nothing is drawn twice or left out."""
    return np.concatenate([
        pipeline(prompts[i:i + 32], range(first_seed + i, first_seed + len(prompts[i:i + 32]) + i))
        for i in range(0, len(prompts), 32)])


def save_grid(images, columns, path, zoom):
    rows = -(-len(images) // columns)
    canvas = np.full((rows * columns, 64, 64, 3), 255, np.uint8)
    canvas[:len(images)] = images
    canvas = canvas.reshape(rows, columns, 64, 64, 3).transpose(0, 2, 1, 3, 4).reshape(rows * 64, columns * 64, 3)
    Image.fromarray(canvas).resize((columns * 64 * zoom, rows * 64 * zoom), Image.NEAREST).save(path, optimize=True)


class Judge:
    """Which drawing and which background a picture comes closest to, by squared error."""

    def __init__(self, emoji):
        self.emoji = emoji
        self.palette = np.array(list(COLOURS.values()), np.float32)
        self.references = [
            np.stack([composite(glyph, colour) for glyph in emoji.glyphs.reshape(-1, 56, 56, 4)])
            for colour in COLOURS.values()]

    def __call__(self, image, concept, style, colour):
        border = np.concatenate([image[:3].reshape(-1, 3), image[-3:].reshape(-1, 3),
                                 image[:, :3].reshape(-1, 3), image[:, -3:].reshape(-1, 3)])
        background = np.square(self.palette - np.median(border, axis=0)).sum(1).argmin()
        picture = image.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1
        nearest = np.square(self.references[colour] - picture).mean((1, 2, 3)).argmin()
        return {"background": bool(background == colour), "object": bool(nearest // len(STYLES) == concept),
                "object_and_style": bool(nearest == concept * len(STYLES) + style)}


def report(pipeline, emoji, folder, work):
    """Writes grid.png, held_out.png, held_out.txt and results.json, and all_concepts.png to `work`."""
    folder, judge = Path(folder), Judge(emoji)
    styles, colours = list(STYLES), list(COLOURS)
    cases = {
        full_caption(emoji.names[c][0], styles[s], colours[b]): (c, s, b)
        for c in range(len(emoji.names)) for s in range(len(styles)) for b in range(len(colours))}

    def judged(images, asked):
        verdicts = [judge(image, *case) for image, case in zip(images, asked)]
        return {"pictures": len(verdicts)} | {key: sum(v[key] for v in verdicts) for key in verdicts[0]}

    results = {"steps": STEPS, "guidance": GUIDANCE}
    prompts = fixed_prompts()
    images = draw(pipeline, prompts, FIRST_SEED)
    save_grid(images, 8, folder / "grid.png", 2)
    results["fixed_prompts"] = judged(images, [cases[prompt] for prompt in prompts])

    held = [(c, i % len(styles), b) for i, (c, b) in enumerate(sorted(emoji.held_out))]
    by_case = {case: prompt for prompt, case in cases.items()}
    images = draw(pipeline, [by_case[case] for case in held], 1000)
    save_grid(images, 12, folder / "held_out.png", 1)
    results["held_out_pairs"] = judged(images, held)
    (folder / "held_out.txt").write_text("".join(by_case[case] + "\n" for case in held))

    rng = np.random.default_rng(5)
    trained = [(c, s, int(rng.choice([b for b in range(len(colours)) if (c, b) not in emoji.held_out])))
               for c in range(len(emoji.names)) for s in range(len(styles))]
    images = draw(pipeline, [by_case[case] for case in trained], 2000)
    save_grid(images, 20, Path(work) / "all_concepts.png", 1)
    results["all_concepts_both_styles"] = judged(images, trained)
    (folder / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    return results

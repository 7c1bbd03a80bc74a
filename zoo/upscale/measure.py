#!/usr/bin/env python3
"""How close enlarged pictures come to the originals they were reduced from: `python3 measure.py`.

The pictures are the 72 Noto drawings of zoo/emoji on its ten colours, and the photo-like test picture of the package.
Also counts the bytes in which the package's own samples differ. Writes results.json, and before-and-after.png: reduced by two, enlarged by bicubic interpolation, by x2, the original.
"""
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
sys.path.insert(1, str(HERE.parent / "emoji"))
from data import COLOURS, CONCEPTS

PACKAGES, WORK = HERE / ".data/node_modules", HERE / ".work"
OVERLAP = 10
ASSETS = PACKAGES / "@upscalerjs/esrgan-slim/assets"


def emoji_pictures():
    folder = PACKAGES / "emoji-datasource-google"
    by_name = {name: entry for entry in json.loads((folder / "emoji.json").read_text()) for name in entry["short_names"]}
    for i, line in enumerate(CONCEPTS.strip().split("\n")):
        glyph = Image.open(folder / "img/google/64" / by_name[line.split(":")[0]]["image"]).convert("RGBA")
        ground = Image.new("RGBA", glyph.size, (*list(COLOURS.values())[i % 10], 255))
        yield Image.alpha_composite(ground, glyph).convert("RGB")


def enlarge(scale, pictures, margin=0):
    """With a margin the picture is continued by its mirror image first, and the margin's share cut off afterwards."""
    raw = np.stack([np.asarray(p, np.float32).transpose(2, 0, 1) / 255 for p in pictures])
    raw = np.pad(raw, ((0, 0), (0, 0), (margin, margin), (margin, margin)), "reflect")
    side = raw.shape[2]
    raw.tofile(WORK / "in.bin")
    subprocess.run(["node", HERE / "run.mjs", HERE / f"model_x{scale}/upscaler/model.onnx", str(side), WORK / "in.bin",
                    WORK / "out.bin"], check=True)
    large = np.fromfile(WORK / "out.bin", np.float32).reshape(len(pictures), 3, side * scale, side * scale)
    own = slice(margin * scale, (side - margin) * scale)
    large = large[:, :, own, own].transpose(0, 2, 3, 1)
    return [Image.fromarray(p) for p in (large * 255).round().astype(np.uint8)]


def psnr(pictures, wanted):
    errors = [np.square(np.asarray(a, np.float64) - np.asarray(b)).mean() for a, b in zip(pictures, wanted)]
    return round(float(np.mean(-10 * np.log10(np.maximum(errors, 1e-3) / 255**2))), 2)


def measure(originals, scale):
    def resized(pictures, side):
        return [p.resize((side, side), Image.BICUBIC) for p in pictures]

    side = originals[0].size[0]
    small = resized(originals, side // scale)
    plain, ours, mirrored = resized(small, side), enlarge(scale, small), enlarge(scale, small, OVERLAP)
    return {"bicubic": psnr(plain, originals), "upscaler": psnr(ours, originals),
            "upscaler, mirrored margin": psnr(mirrored, originals)}, (small, plain, mirrored)


def main():
    WORK.mkdir(exist_ok=True)
    emoji = list(emoji_pictures())
    fixture = [Image.open(ASSETS / "fixture.png").convert("RGB")]
    results = {}
    for scale in (2, 4):
        results[f"x{scale}, 72 drawings of 64x64"], rows = measure(emoji, scale)
        results[f"x{scale}, the package's test picture"], _ = measure(fixture, scale)
        sample = Image.open(ASSETS / f"samples/{scale}x/result.png").convert("RGB")
        different = np.asarray(enlarge(scale, fixture)[0]) != np.asarray(sample)
        results[f"x{scale}, bytes unlike the package's sample"] = int(different.sum())
        if scale == 2:
            canvas = Image.new("RGB", (12 * 128, 4 * 128))
            for row, pictures in enumerate([*rows, emoji]):
                for column, picture in enumerate(pictures[::6]):
                    canvas.paste(picture.resize((128, 128), Image.NEAREST), (column * 128, row * 128))
            canvas.save(HERE / "before-and-after.png", optimize=True)
    (HERE / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()

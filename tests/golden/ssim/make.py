#!/usr/bin/env python3
"""Makes the pictures and the reference numbers in this folder with scikit-image (Debian's python3-skimage 0.19.3).

    python3 make.py          writes *.png and golden.json beside this file

SSIM comes from skimage.metrics.structural_similarity, PSNR from skimage.metrics.peak_signal_noise_ratio, brightness from
skimage.color.rgb2gray. MS-SSIM isn't in scikit-image: `ms_ssim` below is written from Wang, Simoncelli, Bovik (2003) on
scipy's filters, independently of the C++ code. The hashes are written from their descriptions on Pillow and scipy.
"""
import json
import os

import numpy as np
import scipy.fft
import skimage
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage.color import rgb2gray
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

HERE = os.path.dirname(os.path.abspath(__file__))
MS_WEIGHTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]


def scene(width, height, seed):
    """A few flat and shaded shapes: edges, gradients and flat ground, as pictures of things have."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(float)
    picture = np.empty((height, width, 3))
    picture[:] = rng.uniform(60, 220, 3)
    for _ in range(6):
        cx, cy = rng.uniform(0, width), rng.uniform(0, height)
        rx, ry = rng.uniform(0.08, 0.35, 2) * [width, height]
        inside = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1
        shade = (x * rng.uniform(-1, 1) + y * rng.uniform(-1, 1)) * 60 / width
        picture[inside] = (rng.uniform(0, 255, 3) + shade[..., None])[inside]
    picture += (12 * np.sin(x * 0.9) * np.sin(y * 0.7))[..., None] * (x > width / 2)[..., None]
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def distortions(picture, seed):
    rng = np.random.default_rng(seed)
    as_float = picture.astype(float)
    to_bytes = lambda values: np.clip(np.rint(values), 0, 255).astype(np.uint8)
    yield "noise", to_bytes(as_float + rng.normal(0, 9, picture.shape))
    yield "blur", to_bytes(gaussian_filter(as_float, (1.2, 1.2) + (0,) * (picture.ndim - 2)))
    yield "shift", np.roll(picture, 2, axis=1)
    yield "bright", to_bytes(as_float * 1.1 + 8)


def ms_ssim_plane(a, b):
    a, b = a.astype(float), b.astype(float)
    scales = 1
    while scales < 5 and min(a.shape) >> scales >= 11:
        scales += 1
    weights = np.array(MS_WEIGHTS[:scales]) / sum(MS_WEIGHTS[:scales])
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    product = 1.0
    for scale in range(scales):
        blur = lambda p: gaussian_filter(p, 1.5, truncate=3.5)[5:-5, 5:-5]
        ma, mb = blur(a), blur(b)
        va, vb, cov = blur(a * a) - ma * ma, blur(b * b) - mb * mb, blur(a * b) - ma * mb
        contrast = (2 * cov + c2) / (va + vb + c2)
        if scale == scales - 1:
            contrast = contrast * (2 * ma * mb + c1) / (ma * ma + mb * mb + c1)
        product *= max(contrast.mean(), 0.0) ** weights[scale]
        half = lambda p: p[: p.shape[0] // 2 * 2, : p.shape[1] // 2 * 2].reshape(p.shape[0] // 2, 2, p.shape[1] // 2, 2).mean((1, 3))
        a, b = half(a), half(b)
    return product


def over_channels(function, a, b):
    if a.ndim == 2:
        return function(a, b)
    return float(np.mean([function(a[..., c], b[..., c]) for c in range(a.shape[2])]))


def bits(flags):
    return "".join(f"{byte:02x}" for byte in np.packbits(flags.astype(np.uint8).ravel()))


def dhash(picture):
    small = np.asarray(Image.fromarray(picture).convert("L").resize((9, 8), Image.LANCZOS)).astype(int)
    return bits(small[:, 1:] > small[:, :-1])


def phash(picture):
    small = np.asarray(Image.fromarray(picture).convert("L").resize((32, 32), Image.LANCZOS)).astype(float)
    low = scipy.fft.dctn(small, type=2, norm="ortho")[:8, :8]
    return bits(low > np.median(low))


def compare(a, b):
    axis = {} if a.ndim == 2 else {"channel_axis": 2}
    gaussian = dict(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
    values = {
        "psnr": peak_signal_noise_ratio(a, b),
        "ssim": structural_similarity(a, b, **axis),
        "ssim_gaussian": structural_similarity(a, b, **gaussian, **axis),
        "ms_ssim": over_channels(ms_ssim_plane, a, b),
    }
    if a.ndim == 3:
        grey_a, grey_b = rgb2gray(a), rgb2gray(b)
        values["ssim_of_rgb2gray"] = structural_similarity(grey_a, grey_b, data_range=1.0)
        values["ssim_of_rgb2gray_gaussian"] = structural_similarity(grey_a, grey_b, data_range=1.0, **gaussian)
    return {name: float(value) for name, value in values.items()}


def main():
    cases, hashes = [], {}
    for name, picture in [
        ("rgb_64x64", scene(64, 64, 1)),
        ("rgb_37x23", scene(37, 23, 2)),
        ("grey_48x40", scene(48, 40, 3)[..., 1]),
        ("rgb_188x180", scene(188, 180, 4)),
    ]:
        save = lambda file, pixels: Image.fromarray(pixels).save(os.path.join(HERE, file), optimize=True)
        save(name + ".png", picture)
        hashes[name + ".png"] = {"dhash": dhash(picture), "phash": phash(picture)}
        for kind, changed in distortions(picture, 7):
            if name == "rgb_188x180" and kind in ("noise", "bright"):
                continue
            file = f"{name}_{kind}.png"
            save(file, changed)
            hashes[file] = {"dhash": dhash(changed), "phash": phash(changed)}
            cases.append({"reference": name + ".png", "changed": file, "values": compare(picture, changed)})
    document = {"made_by": f"make.py with scikit-image {skimage.__version__}", "cases": cases, "hashes": hashes}
    with open(os.path.join(HERE, "golden.json"), "w") as out:
        json.dump(document, out, indent=1)
        out.write("\n")


if __name__ == "__main__":
    main()

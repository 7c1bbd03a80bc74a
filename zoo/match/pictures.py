"""Training pictures for the match model: zoo/emoji's drawings and captions, moved, shaded and spoiled.

A picture has a label (object, style, colour). Object -1 is a picture that no caption fits: another emoji, a bare
background, noise. Colour -1 is a background of no name.
"""
import io

import numpy as np
from PIL import Image, ImageFilter

from data import COLOURS, IMAGE_SIZE, STYLES, article

PALETTE = np.array(list(COLOURS.values()), np.float32)
NOBODY = -1
# A foreign emoji this close to one of the objects (mean squared error of bytes, on white) is no counterexample.
TOO_CLOSE = 600.0


class Foreigners:
    """Drawings of emoji that aren't among the objects and don't look like one; every tenth never comes in training."""

    def __init__(self, emoji):
        def flat(glyphs):
            alpha = glyphs[..., 3:].astype(np.float32) / 255
            return (glyphs[..., :3] * alpha + 255 * (1 - alpha)).reshape(len(glyphs), -1)

        glyphs, known = emoji.all_glyphs(), flat(emoji.glyphs.reshape(-1, *emoji.glyphs.shape[2:]))
        strange = flat(glyphs)
        squares = np.square(strange).mean(1)[:, None] + np.square(known).mean(1) - 2 * strange @ known.T / known.shape[1]
        unlike = glyphs[squares.min(1) > TOO_CLOSE]
        self.held_out, self.glyphs = unlike[::10], np.delete(unlike, np.s_[::10], 0)


def background(rng, colour, rough):
    """One colour, or a shade of it that changes over the picture."""
    ground = np.empty((IMAGE_SIZE, IMAGE_SIZE, 3), np.float32)
    ground[:] = colour
    if rough:
        ramp = np.linspace(-1, 1, IMAGE_SIZE, dtype=np.float32)
        slope = rng.normal(0, 7, 2)
        ground += (slope[0] * ramp[:, None] + slope[1] * ramp)[..., None] + rng.normal(0, 5, 3).astype(np.float32)
    return ground


def lay(rng, ground, glyph, moved):
    """The drawing over the ground, somewhere near the middle and at about its size."""
    side, dx, dy = glyph.shape[0], 0, 0
    if moved:
        side = int(rng.integers(44, 62))
        glyph = np.asarray(Image.fromarray(glyph).resize((side, side), Image.BILINEAR))
        dx, dy = rng.integers(-4, 5, 2)
    left, top = np.clip([(IMAGE_SIZE - side) // 2 + dx, (IMAGE_SIZE - side) // 2 + dy], 0, IMAGE_SIZE - side)
    alpha = glyph[..., 3:].astype(np.float32) / 255
    window = ground[top:top + side, left:left + side]
    window[:] = glyph[..., :3] * alpha + window * (1 - alpha)
    return ground


def smooth_noise(rng, cells):
    coarse = rng.standard_normal((cells, cells, 3)).astype(np.float32) * 40 + 128
    return np.asarray(Image.fromarray(coarse.clip(0, 255).astype(np.uint8)).resize(
        (IMAGE_SIZE, IMAGE_SIZE), Image.BICUBIC), np.float32) - 128


def spoil(rng, picture):
    """What pictures suffer: grain, blotches, blur, lost size, JPEG, a change of light, a missing piece."""
    draw = rng.random(8)
    if draw[0] < 0.3:
        picture = picture * rng.uniform(0.85, 1.15) + rng.uniform(-12, 12)
    if draw[1] < 0.25:
        picture = picture + smooth_noise(rng, int(rng.choice([8, 16, 32]))) * rng.uniform(0.1, 0.6)
    if draw[2] < 0.3:
        picture = picture + rng.standard_normal(picture.shape).astype(np.float32) * rng.uniform(2, 24)
    if draw[3] < 0.1:
        top, left, height, width = rng.integers(0, 52, 2).tolist() + rng.integers(6, 18, 2).tolist()
        picture = picture.copy()
        picture[top:top + height, left:left + width] = rng.integers(256, size=3)
    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    if draw[4] < 0.25:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.6)))
    if draw[5] < 0.15:
        side = int(rng.integers(24, 56))
        image = image.resize((side, side), Image.BILINEAR).resize((IMAGE_SIZE, IMAGE_SIZE), Image.BICUBIC)
    if draw[6] < 0.2:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=int(rng.integers(15, 90)))
        image = Image.open(file)
    return np.asarray(image, np.float32)


def finish(picture):
    """[64, 64, 3] of bytes or floats up to 255 -> float32 [3, 64, 64] in [0, 1]."""
    return np.ascontiguousarray(np.asarray(picture, np.float32).transpose(2, 0, 1)) / 255


def draw_picture(rng, emoji, concept, style, colour):
    values = PALETTE[colour] if colour >= 0 else rng.integers(256, size=3)
    rough = rng.random(3)
    picture = lay(rng, background(rng, values, rough[0] < 0.5), emoji.glyphs[concept, style], rough[1] < 0.7)
    return finish(spoil(rng, picture) if rough[2] < 0.8 else picture)


def draw_nobody(rng, foreigners):
    """A picture without any of the objects."""
    values = PALETTE[rng.integers(len(PALETTE))] if rng.random() < 0.8 else rng.integers(256, size=3)
    ground, kind = background(rng, values, rng.random() < 0.5), rng.random()
    if kind < 0.7:
        ground = lay(rng, ground, foreigners.glyphs[rng.integers(len(foreigners.glyphs))], rng.random() < 0.7)
    elif kind < 0.85:
        strength = rng.uniform(0.5, 4)
        ground = ground + smooth_noise(rng, int(rng.choice([3, 5, 8, 16, 32]))) * strength
    elif kind < 0.92:
        ground = rng.integers(0, 256, ground.shape).astype(np.float32)
    return finish(spoil(rng, ground) if rng.random() < 0.8 else ground)


def draw_label(rng, emoji, concept):
    """Style and colour of a picture of this object; the held-out colours never come."""
    while True:
        style, colour = int(rng.integers(len(STYLES))), int(rng.integers(len(COLOURS)))
        if (concept, colour) not in emoji.held_out:
            return style, NOBODY if rng.random() < 0.06 else colour


def draw_caption(rng, emoji, concept, style, colour):
    """A caption that fits, and what it names: (object, style or None, colour or None)."""
    draw = rng.random(6)
    names = emoji.names[concept]
    name = names[0] if draw[0] < 0.7 else names[-1]
    text = article(name) if draw[1] < 0.75 else name
    if draw[2] < 0.08:
        text = rng.choice(["a picture of ", "an emoji of ", "a drawing of "]) + text
    joined = draw[3] < 0.2
    said_style, said_colour = None, None
    if draw[4] < 0.75:
        said_style = style
        text += f" in {list(STYLES)[style]} style" if joined else f", {list(STYLES)[style]} style"
    if draw[5] < 0.8 and colour != NOBODY:
        said_colour = colour
        text += f" on a {list(COLOURS)[colour]} background" if joined else f", {list(COLOURS)[colour]} background"
    return text, (name, concept, said_style, said_colour)


def is_part_of(name, names):
    """Whether a name is also the end of one of the others: "apple" of "green apple"."""
    return any(other != name and other.split()[-len(name.split()):] == name.split() for other in names)


def judge_pairs(emoji, said, labels):
    """[texts, pictures]: 1 where the text fits, 0 where it doesn't, NaN where nobody can say."""
    fits = np.zeros((len(said), len(labels)), np.float32)
    for row, (name, concept, style, colour) in enumerate(said):
        for column, (other, other_style, other_colour) in enumerate(labels):
            if other == NOBODY:
                continue
            if concept != other:
                fits[row, column] = np.nan if is_part_of(name, emoji.names[other]) else 0
            elif style is not None and style != other_style:
                fits[row, column] = 0
            elif colour is None:
                fits[row, column] = 1
            elif other_colour == NOBODY:
                fits[row, column] = np.nan
            else:
                fits[row, column] = colour == other_colour
    return fits

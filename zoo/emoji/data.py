"""Training pictures and captions.

A picture is one emoji drawing of Noto Emoji or Twemoji, laid over a flat
colour. Its caption names the object, the style and the colour, so the model
has to learn how to combine the three.
"""
import json
from pathlib import Path

import numpy as np
from PIL import Image

IMAGE_SIZE = 64
GLYPH_SIZE = 56
MARGIN = (IMAGE_SIZE - GLYPH_SIZE) // 2
HELD_OUT_SHARE = 0.05

STYLES = {"noto": "google", "twemoji": "twitter"}

COLOURS = {
    "white": (255, 255, 255), "black": (20, 20, 20), "red": (214, 60, 60), "orange": (240, 150, 60),
    "yellow": (250, 220, 90), "green": (90, 180, 90), "blue": (80, 130, 220), "purple": (150, 90, 190),
    "pink": (245, 170, 200), "gray": (150, 150, 150),
}

# Emoji short name: caption names, the preferred one first.
CONCEPTS = """
tiger: tiger face, tiger
cat: cat face, cat
dog: dog face, dog
rabbit: rabbit face, rabbit
pig: pig face, pig
frog: frog
bear: bear
panda_face: panda
lion_face: lion
fox_face: fox
penguin: penguin
turtle: turtle
fish: fish
whale: whale
dolphin: dolphin
shark: shark
octopus: octopus
snail: snail
ladybug: ladybug
butterfly: butterfly
owl: owl
elephant: elephant
hedgehog: hedgehog
evergreen_tree: evergreen tree
cactus: cactus
rose: rose
sunflower: sunflower
four_leaf_clover: four leaf clover
mushroom: mushroom
apple: red apple, apple
green_apple: green apple
banana: banana
strawberry: strawberry
watermelon: watermelon
pineapple: pineapple
lemon: lemon
tomato: tomato
carrot: carrot
hamburger: hamburger
pizza: pizza
doughnut: doughnut
ghost: ghost
robot_face: robot
skull: skull
joy: face with tears of joy
sunglasses: smiling face with sunglasses
heart: red heart, heart
blue_heart: blue heart
green_heart: green heart
yellow_heart: yellow heart
purple_heart: purple heart
rainbow: rainbow
full_moon: full moon, moon
snowman: snowman
star: star
fire: fire
droplet: water drop
rocket: rocket
airplane: airplane
helicopter: helicopter
bus: bus
car: red car, car
fire_engine: fire engine
house: house
soccer: soccer ball
basketball: basketball
balloon: balloon
jack_o_lantern: halloween pumpkin, pumpkin
christmas_tree: christmas tree
crown: crown
guitar: guitar
bulb: light bulb
"""

# The fixed test: one picture per line, line i drawn from seed 100 + i.
PROMPTS_FILE = Path(__file__).parent / "prompts.txt"


def article(name):
    return f"an {name}" if name[0] in "aeio" else f"a {name}"


def full_caption(name, style, colour):
    return f"{article(name)}, {style} style, {colour} background"


def fixed_prompts():
    return PROMPTS_FILE.read_text().split("\n")[:-1]


class Emoji:
    """The concepts, their drawings, and the pairs kept out of training."""

    def __init__(self, packages):
        self.packages = Path(packages)
        self.table = json.loads((self.packages / "emoji-datasource-google/emoji.json").read_text())
        by_name = {name: entry for entry in self.table for name in entry["short_names"]}
        rows = [line.split(":") for line in CONCEPTS.strip().split("\n")]
        self.names = [[name.strip() for name in names.split(",")] for _, names in rows]
        self.glyphs = np.stack([
            np.stack([self._glyph(by_name[key.strip()], style) for style in STYLES]) for key, _ in rows])
        self.held_out = self._choose_held_out()

    def _path(self, entry, style):
        vendor = STYLES[style]
        return self.packages / f"emoji-datasource-{vendor}/img/{vendor}/64/{entry['image']}"

    def _glyph(self, entry, style):
        image = Image.open(self._path(entry, style)).convert("RGBA")
        return np.asarray(image.resize((GLYPH_SIZE, GLYPH_SIZE), Image.LANCZOS))

    def all_glyphs(self):
        """Every drawing except flags; the autoencoder sees them all."""
        return np.stack([
            self._glyph(entry, style) for entry in self.table for style in STYLES
            if entry["category"] not in ("Flags", "Component") and self._path(entry, style).exists()])

    def _choose_held_out(self):
        """At most one colour per object, never white (the default) nor a pair of the fixed test."""
        asked = set(fixed_prompts())
        rng = np.random.default_rng(2024)
        wanted = round(HELD_OUT_SHARE * len(self.names) * len(COLOURS))
        pairs = set()
        for concept in rng.permutation(len(self.names))[:wanted]:
            colours = [
                i for i, colour in enumerate(COLOURS) if colour != "white" and not any(
                    full_caption(self.names[concept][0], style, colour) in asked for style in STYLES)]
            pairs.add((int(concept), int(rng.choice(colours))))
        return pairs

    def corpus(self):
        """Word counts for the tokenizer: emoji names, with our own captions weighted up."""
        counts = {}

        def add(text, weight):
            for word in text.lower().replace("_", " ").split():
                counts[word] = counts.get(word, 0) + weight

        for entry in self.table:
            add(entry["name"] or "", 1)
            for name in entry["short_names"]:
                add(name, 1)
        for names in self.names:
            for name in names:
                add(name, 20)
        add(" ".join([*COLOURS, *STYLES, "a an the in on style background emoji"]), 200)
        return counts


def composite(glyph, colour, dx=0, dy=0):
    """RGBA glyph over a flat colour -> float32 [3, 64, 64] in [-1, 1]."""
    alpha = glyph[..., 3:].astype(np.float32) / 255
    image = np.empty((IMAGE_SIZE, IMAGE_SIZE, 3), np.float32)
    image[:] = colour
    window = image[MARGIN + dy:MARGIN + dy + GLYPH_SIZE, MARGIN + dx:MARGIN + dx + GLYPH_SIZE]
    window[:] = glyph[..., :3] * alpha + window * (1 - alpha)
    return np.ascontiguousarray((image / 127.5 - 1).transpose(2, 0, 1))


def random_picture(rng, emoji, all_glyphs):
    """One picture for the autoencoder: mostly our concepts, slightly moved."""
    if rng.random() < 0.8:
        glyph = emoji.glyphs[rng.integers(len(emoji.glyphs)), rng.integers(len(STYLES))]
    else:
        glyph = all_glyphs[rng.integers(len(all_glyphs))]
    colour = list(COLOURS.values())[rng.integers(len(COLOURS))] if rng.random() < 0.8 else rng.integers(256, size=3)
    dx, dy = rng.integers(-2, 3, size=2) if rng.random() < 0.5 else (0, 0)
    return composite(glyph, colour, dx, dy)


def random_example(rng, emoji):
    """Indices of one training picture and its caption ('' one time in ten)."""
    while True:
        concept = int(rng.integers(len(emoji.names)))
        style, colour = int(rng.integers(len(STYLES))), int(rng.integers(len(COLOURS)))
        if (concept, colour) not in emoji.held_out:
            break
    draw = rng.random(6)
    names = emoji.names[concept]
    name = names[0] if draw[0] < 0.7 else names[-1]
    caption = article(name) if draw[1] < 0.75 else name
    joined = draw[2] < 0.2
    if draw[3] < 0.8:
        caption += f" in {list(STYLES)[style]} style" if joined else f", {list(STYLES)[style]} style"
    if draw[4] < 0.85:
        caption += f" on a {list(COLOURS)[colour]} background" if joined else f", {list(COLOURS)[colour]} background"
    else:
        colour = 0
    return concept, style, colour, "" if draw[5] < 0.1 else caption

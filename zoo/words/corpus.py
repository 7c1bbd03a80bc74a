"""Short exchanges about words, made from WordNet 3.0 as Debian's `wordnet-base` has it.

An exchange is a question in one of several wordings and its answer from a gloss, a hypernym, a synonym or an example.
Common words come up more often. One synset in twenty is held out: nobody is ever asked what its words mean, although
they may turn up elsewhere.
"""
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

FOLDER = Path("/usr/share/wordnet")
PARTS = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
COMMONEST = 3000  # words; each in its first sense only
HELD_OUT_EVERY = 20
WORD = re.compile(r"[a-z][a-z' -]*$")


@dataclass
class Synset:
    key: str
    words: list
    definition: str
    examples: list
    hypernyms: list = field(default_factory=list)


def read_synsets(part):
    synsets = {}
    for line in (FOLDER / f"data.{PARTS[part]}").read_text(encoding="ascii", errors="ignore").splitlines():
        if line.startswith(" "):
            continue
        head, _, gloss = line.partition(" | ")
        fields = head.split()
        count = int(fields[3], 16)
        words = [re.sub(r"\(\w+\)$", "", word).replace("_", " ") for word in fields[4:4 + 2 * count:2]]
        rest = fields[4 + 2 * count:]
        pointers = [rest[1 + 4 * i:5 + 4 * i] for i in range(int(rest[0]))]
        examples = re.findall(r'"([^"]+)"', gloss)
        definition = re.split(r'; "|;\s*$', gloss.strip())[0].strip().rstrip(";")
        synsets[fields[0]] = Synset(part + fields[0], words, definition, examples,
                                    [part + p[1] for p in pointers if p[0] in ("@", "@i") and p[2] == part])
    return synsets


def read_words():
    """[(word, its first synset, how often it was seen)], the commonest first, and all synsets by key."""
    found, everything = {}, {}
    for part in PARTS:
        synsets = read_synsets(part)
        everything |= {part + offset: synset for offset, synset in synsets.items()}
        counts = {}
        for line in (FOLDER / "cntlist.rev").read_text().splitlines():
            sense, _, count = line.split()
            lemma, _, rest = sense.partition("%")
            if {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}[rest[0]] == part:
                counts[lemma] = counts.get(lemma, 0) + int(count)
        for line in (FOLDER / f"index.{PARTS[part]}").read_text().splitlines():
            if line.startswith(" "):
                continue
            fields = line.split()
            word, seen = fields[0].replace("_", " "), counts.get(fields[0], 0)
            first = synsets[fields[-int(fields[2])]]
            # A word that is more often another part of speech is asked about as that one.
            if WORD.match(word) and len(first.definition) < 120 and seen >= found.get(word, (None, -1))[1]:
                found[word] = (first, seen)
    words = sorted(found.items(), key=lambda one: (-one[1][1], one[0]))
    return [(word, synset, seen) for word, (synset, seen) in words], everything


def is_held_out(synset):
    return int(synset.key[1:]) % HELD_OUT_EVERY == 7


def article(word):
    return ("an " if word[0] in "aeiou" else "a ") + word


def sentence(text):
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


class Exchanges:
    """Draws exchanges as (question, answer). All randomness comes from the given generator."""

    def __init__(self, commonest=COMMONEST):
        words, self.synsets = read_words()
        self.all = words[:commonest]
        self.held_out = [one for one in self.all if is_held_out(one[1])]
        self.known = [one for one in self.all if not is_held_out(one[1])]
        weights = np.array([(seen + 1) ** 0.4 for _, _, seen in self.known])
        self.cumulative = np.cumsum(weights / weights.sum())

    def draw(self, rng):
        word, synset, _ = self.known[int(np.searchsorted(self.cumulative, rng.random()))]
        kind = rng.random()
        if kind < 0.62:
            return self.meaning(word, synset, rng)
        if kind < 0.76 and synset.hypernyms and synset.key[0] == "n":
            return self.kind_of(word, synset, rng)
        if kind < 0.90 and len(synset.words) > 1:
            return self.synonym(word, synset, rng)
        if synset.examples:
            return self.example(word, synset, rng)
        return self.meaning(word, synset, rng)

    def meaning(self, word, synset, rng):
        forms = [f"What does {word} mean?", f"Define {word}.", f"What is the meaning of {word}?", f"{word}?"]
        if synset.key[0] == "n":
            forms += [f"What is {article(word)}?", f"What is {word}?", f"Tell me what {article(word)} is."]
        if synset.key[0] == "v":
            forms += [f"What does it mean to {word}?"]
        return forms[int(rng.integers(len(forms)))], sentence(synset.definition)

    def kind_of(self, word, synset, rng):
        above = self.synsets[synset.hypernyms[0]].words[0].lower()
        forms = [f"What kind of thing is {article(word)}?", f"What sort of thing is {word}?"]
        return forms[int(rng.integers(2))], sentence(f"It is {article(above)}")

    def synonym(self, word, synset, rng):
        others = [one for one in synset.words if one.lower() != word]
        if not others:
            return self.meaning(word, synset, rng)
        forms = [f"Give me another word for {word}.", f"What is a synonym of {word}?"]
        return forms[int(rng.integers(2))], sentence(others[0])

    def example(self, word, synset, rng):
        forms = [f"Use {word} in a sentence.", f"Give me an example of {word}."]
        return forms[int(rng.integers(2))], sentence(synset.examples[0])

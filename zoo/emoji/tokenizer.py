"""Byte-level BPE in the file format of CLIP: lower-cased, `</w>` ends a word."""
import json
import re
from collections import Counter
from pathlib import Path

START, END = "<|startoftext|>", "<|endoftext|>"
LENGTH = 20
VOCABULARY = 1024
# The captions are plain ASCII; a general CLIP tokenizer splits them the same way.
WORDS = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[a-z]+|[0-9]|[^\sa-z0-9]+")


def byte_alphabet():
    """The printable character that stands for each byte, as GPT-2 chose them."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [b for b in range(256) if b not in printable]
    return {b: chr(b) for b in printable} | {b: chr(256 + i) for i, b in enumerate(others)}


ALPHABET = byte_alphabet()


def symbols(word):
    letters = [ALPHABET[b] for b in word.encode()]
    return [*letters[:-1], letters[-1] + "</w>"]


def merge(parts, pair):
    merged, i = [], 0
    while i < len(parts):
        if tuple(parts[i:i + 2]) == pair:
            merged.append(parts[i] + parts[i + 1])
            i += 2
        else:
            merged.append(parts[i])
            i += 1
    return merged


def train(corpus, folder):
    """Learns merges from {text: count} and writes the four tokenizer files."""
    counts = Counter()
    for text, count in corpus.items():
        for word in WORDS.findall(text):
            counts[word] += count
    parts = {word: symbols(word) for word in counts}
    single = [ALPHABET[b] for b in sorted(ALPHABET)]
    tokens, merges = single + [letter + "</w>" for letter in single], []
    while len(tokens) + 2 < VOCABULARY:
        pairs = Counter()
        for word, pieces in parts.items():
            for pair in zip(pieces, pieces[1:]):
                pairs[pair] += counts[word]
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        tokens.append("".join(best))
        parts = {word: merge(pieces, best) for word, pieces in parts.items()}
    tokens += [START, END]

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    special = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END}
    write_json(folder / "vocab.json", {token: i for i, token in enumerate(tokens)}, indent=None)
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    write_json(folder / "special_tokens_map.json", special)
    write_json(folder / "tokenizer_config.json", {
        "tokenizer_class": "CLIPTokenizer", "model_max_length": LENGTH, "do_lower_case": True,
        "add_prefix_space": False, "errors": "replace", **special})


def write_json(path, value, indent=2):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=indent) + "\n")


class Tokenizer:
    def __init__(self, folder):
        folder = Path(folder)
        self.ids = json.loads((folder / "vocab.json").read_text())
        lines = (folder / "merges.txt").read_text().splitlines()[1:]
        self.ranks = {tuple(line.split()): rank for rank, line in enumerate(lines)}
        self.cache = {}

    def word(self, word):
        if word not in self.cache:
            parts = symbols(word)
            while len(parts) > 1:
                best = min(zip(parts, parts[1:]), key=lambda pair: self.ranks.get(pair, len(self.ranks)))
                if best not in self.ranks:
                    break
                parts = merge(parts, best)
            self.cache[word] = [self.ids[part] for part in parts]
        return self.cache[word]

    def __call__(self, text):
        ids = [self.ids[START]]
        for word in WORDS.findall(text.lower()):
            ids += self.word(word)
        ids = ids[:LENGTH - 1]
        return ids + [self.ids[END]] * (LENGTH - len(ids))

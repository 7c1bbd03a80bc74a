"""Byte-level BPE in the file format of Hugging Face's `tokenizers`, with ChatML's marks."""
import json
import re
from collections import Counter
from pathlib import Path

VOCABULARY = 2048
START, END, TEXT_END = "<|im_start|>", "<|im_end|>", "<|endoftext|>"
# GPT-2's pattern; the corpus is ASCII, so [A-Za-z] and [0-9] stand for its classes of letters and digits.
WORDS = re.compile(r"'(?:[sdmt]|ll|ve|re)| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+")
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + "
    "'\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}")


def byte_alphabet():
    """The printable character that stands for each byte, as GPT-2 chose them."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [b for b in range(256) if b not in printable]
    return {b: chr(b) for b in printable} | {b: chr(256 + i) for i, b in enumerate(others)}


ALPHABET = byte_alphabet()


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


def train(texts, folder):
    """Learns merges from texts and writes tokenizer.json and tokenizer_config.json."""
    counts = Counter(word for text in texts for word in WORDS.findall(text))
    parts = {word: [ALPHABET[b] for b in word.encode()] for word, count in counts.items() if count > 2}
    tokens, merges = [ALPHABET[b] for b in sorted(ALPHABET)], []
    while len(tokens) + 3 < VOCABULARY:
        pairs = Counter()
        for word, pieces in parts.items():
            for pair in zip(pieces, pieces[1:]):
                pairs[pair] += counts[word]
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        tokens.append("".join(best))
        parts = {word: merge(pieces, best) if best[0] in pieces else pieces for word, pieces in parts.items()}
    write(folder, tokens, merges)


def write(folder, tokens, merges):
    special = [TEXT_END, START, END]
    added = [{"id": len(tokens) + i, "content": one, "single_word": False, "lstrip": False, "rstrip": False,
              "normalized": False, "special": True} for i, one in enumerate(special)]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    document = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
        "pre_tokenizer": byte_level, "post_processor": None, "decoder": byte_level,
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
                  "vocab": {token: i for i, token in enumerate(tokens)}, "merges": [f"{a} {b}" for a, b in merges]}}
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps(document, ensure_ascii=False) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 256, "bos_token": None,
        "eos_token": END, "pad_token": TEXT_END, "chat_template": CHAT_TEMPLATE}, indent=2) + "\n")


class Tokenizer:
    """Encodes as Hugging Face's does, for ASCII."""

    def __init__(self, folder):
        document = json.loads((Path(folder) / "tokenizer.json").read_text())
        self.ids = document["model"]["vocab"] | {one["content"]: one["id"] for one in document["added_tokens"]}
        self.names = {i: token for token, i in self.ids.items()}
        self.ranks = {tuple(pair.split(" ")): rank for rank, pair in enumerate(document["model"]["merges"])}
        self.bytes = {letter: byte for byte, letter in ALPHABET.items()}
        self.cache = {}

    def word(self, word):
        if word not in self.cache:
            parts = [ALPHABET[b] for b in word.encode()]
            while len(parts) > 1:
                best = min(zip(parts, parts[1:]), key=lambda pair: self.ranks.get(pair, len(self.ranks)))
                if best not in self.ranks:
                    break
                parts = merge(parts, best)
            self.cache[word] = [self.ids[part] for part in parts]
        return self.cache[word]

    def __call__(self, text):
        return [i for word in WORDS.findall(text) for i in self.word(word)]

    def turn(self, role, content, closed=True):
        """<|im_start|>role\\ncontent<|im_end|>\\n"""
        head = [self.ids[START]] + self(role + "\n") + self(content)
        return head + ([self.ids[END]] + self("\n") if closed else [])

    def decode(self, ids):
        return bytes(self.bytes[c] for i in ids for c in self.names[i] if c in self.bytes).decode(errors="replace")

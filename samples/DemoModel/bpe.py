"""Byte-level BPE as GGUF's `gpt2` tokenizer with the `qwen2` pre-tokenizer defines it: training and encoding."""

from collections import Counter, defaultdict

import regex

# The pre-tokenizer of Qwen2: a merge never crosses the pieces that this pattern cuts.
PIECES = regex.compile(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")

END_OF_TEXT = "<|endoftext|>"


def byte_alphabet():
    """One printable character for each byte: itself where it is visible in Latin-1, else the next one from U+0100."""
    visible = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)]
    hidden = [b for b in range(256) if b not in visible]
    return {b: chr(b) for b in visible} | {b: chr(256 + i) for i, b in enumerate(hidden)}


ALPHABET = byte_alphabet()
BYTES = {character: byte for byte, character in ALPHABET.items()}


def spell(piece):
    return [ALPHABET[b] for b in piece.encode("utf-8")]


def join(parts, pair):
    """Replaces each occurrence of the pair, left to right, by one part."""
    joined, i = [], 0
    while i < len(parts):
        together = i + 1 < len(parts) and (parts[i], parts[i + 1]) == pair
        joined.append(pair[0] + pair[1] if together else parts[i])
        i += 2 if together else 1
    return joined


def learn_merges(text, count):
    """The `count` merges that greedily join the most frequent pair; ties go to the pair that sorts first."""
    frequency = Counter(PIECES.findall(text))
    words = [(spell(piece), n) for piece, n in frequency.items()]
    pairs, users = Counter(), defaultdict(set)
    for w, (parts, n) in enumerate(words):
        for pair in zip(parts, parts[1:]):
            pairs[pair] += n
            users[pair].add(w)
    merges = []
    while len(merges) < count:
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        for w in users.pop(best):
            parts, n = words[w]
            joined = join(parts, best)
            pairs.subtract(occurrences(parts, n))
            pairs.update(occurrences(joined, n))
            for pair in zip(joined, joined[1:]):
                users[pair].add(w)
            words[w] = (joined, n)
        del pairs[best]
    return merges


def occurrences(parts, n):
    return Counter({pair: n * k for pair, k in Counter(zip(parts, parts[1:])).items()})


class Bpe:
    """Ids in order: the byte alphabet by code point, the merges as learnt, <|endoftext|> last."""

    def __init__(self, merges):
        self.merges = merges
        self.tokens = sorted(BYTES) + [a + b for a, b in merges] + [END_OF_TEXT]
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self.rank = {pair: i for i, pair in enumerate(merges)}
        self.end_of_text = self.ids[END_OF_TEXT]
        self.known = {}

    def encode(self, text):
        return [i for piece in PIECES.findall(text) for i in self.encode_piece(piece)]

    def encode_piece(self, piece):
        if piece not in self.known:
            parts = spell(piece)
            while len(parts) > 1:
                pair = min(zip(parts, parts[1:]), key=lambda p: self.rank.get(p, len(self.rank)))
                if pair not in self.rank:
                    break
                parts = join(parts, pair)
            self.known[piece] = [self.ids[part] for part in parts]
        return self.known[piece]

    def encode_at_random(self, piece, dropout, random):
        """BPE-dropout (Provilkov et al. 2020): each time a join comes up, it is passed over with that probability."""
        parts = spell(piece)
        while True:
            joins = [
                (self.rank[pair], i) for i, pair in enumerate(zip(parts, parts[1:]))
                if pair in self.rank and random.random() >= dropout]
            if not joins:
                return [self.ids[part] for part in parts]
            i = min(joins)[1]
            parts[i:i + 2] = [parts[i] + parts[i + 1]]

    def decode(self, ids):
        data = b"".join(bytes(BYTES[c] for c in self.tokens[i]) for i in ids if i != self.end_of_text)
        return data.decode("utf-8", errors="replace")

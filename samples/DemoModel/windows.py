"""Cuts a text into windows of tokens: <|endoftext|> first, so that a model can start from it alone."""

import random
import re

import torch

from bpe import PIECES


def shifted(first, targets):
    """Inputs and targets [batch, context]: each input is the token before its target."""
    start = torch.full((len(targets), 1), first)
    return torch.cat((start, targets[:, :-1]), dim=1), targets


class TrainingWindows:
    """Draws windows that start with a speech or, seldom, with a line inside one."""

    def __init__(self, bpe, text, s):
        self.bpe, self.text, self.s = bpe, text, s
        self.random = random.Random(s.seed)
        last = len(text) - 4 * s.context  # a token has 2.4 characters on average: enough text for a whole window
        self.lines = [m.end() for m in re.finditer("\n(?!\n)", text[:last])]
        self.speeches = [0] + [m.end() for m in re.finditer("\n\n", text[:last])]

    def draw(self, merge_dropout):
        windows = [self.window(merge_dropout) for _ in range(self.s.batch)]
        return shifted(self.bpe.end_of_text, torch.tensor(windows))

    def window(self, merge_dropout):
        starts = self.lines if self.random.random() < self.s.line_starts else self.speeches
        ids = []
        for piece in PIECES.finditer(self.text, self.random.choice(starts)):
            ids += self.bpe.encode_at_random(piece.group(), merge_dropout, self.random)
            if len(ids) >= self.s.context:
                break
        return ids[:self.s.context]


def held_out_windows(bpe, text, s):
    """The whole text once, in batches; the last window is shorter."""
    ids = torch.tensor(bpe.encode(text))
    whole = len(ids) // s.context * s.context
    batches = list(ids[:whole].view(-1, s.context).split(s.batch)) + [ids[whole:].view(1, -1)]
    return [shifted(bpe.end_of_text, batch) for batch in batches if batch.numel()]

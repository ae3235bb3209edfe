"""Transcripts of simulated players: sentences about the game, rarely about who won it.

About a third of a clip's sentences have its tone; a small share of clips has one sentence that tells the result. In a cohort
whose words lean by the label, most sentences have a topic instead (core.simulation.leanings). All of it is sampled with the
clip (core.simulation.cohort), so that the best possible accuracy accounts for it.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from core.simulation.cohort import SimulatedClip
from core.simulation.gestures import WON
from core.simulation.sentences import sentences_of

_WORDS_PER_S = 2.1
_TONED_SHARE = 0.35
_RECENT = 12  # a sentence is not repeated within this many
_SENTENCES = sentences_of("transcript_sentences.toml")


def transcript_of(clip: SimulatedClip) -> str:
    """The clip's words, one sentence per line; deterministic."""
    random = np.random.default_rng((clip.seed, 2))
    sentences: list[str] = []
    recent: list[str] = []
    for bank in _banks(clip, sentences, random):
        fresh = [sentence for sentence in bank if sentence not in recent] or list(bank)
        chosen = fresh[int(random.integers(len(fresh)))]
        recent = [*recent, chosen][-_RECENT:]
        sentence = _filled(chosen, random)
        if random.random() < 0.22:
            openings = _SENTENCES["openings"]
            sentence = _opened(sentence, openings[int(random.integers(len(openings)))])
        sentences.append(sentence)
    if clip.tells_result:
        telling = _SENTENCES["telling_won" if clip.truth == WON else "telling_lost"]
        sentences.insert(int(random.integers(1, len(sentences) + 1)), telling[int(random.integers(len(telling)))])
    return "\n".join(sentences) + "\n"


def _banks(clip: SimulatedClip, said: Sequence[str], random: np.random.Generator) -> Iterator[Sequence[str]]:
    """The sentences that each sentence is chosen from: by the clip's topics, or until `said` fills its length."""
    toned = _SENTENCES[clip.tone] if clip.tone in ("upbeat", "subdued") else []

    def usual() -> Sequence[str]:
        bank: Sequence[str] = toned if toned and random.random() < _TONED_SHARE else _SENTENCES["even"]
        return bank

    if clip.topics:
        for topic in clip.topics:
            yield _SENTENCES[topic] if topic else usual()
        return
    wanted = clip.duration_s * _WORDS_PER_S * random.uniform(0.8, 1.0)
    while sum(len(sentence.split()) for sentence in said) < wanted or not said:
        yield usual()


def _filled(sentence: str, random: np.random.Generator) -> str:
    words = {name: str(random.choice(values)) for name, values in _SENTENCES["gaps"].items()}
    capital = {f"{name}_": words[name][0].upper() + words[name][1:] for name in ("thing", "span")}
    return sentence.format(**words, **capital)


def _opened(sentence: str, opening: str) -> str:
    if opening in _SENTENCES["plain_openings"]:
        return f"{opening} {sentence}"
    kept = sentence.startswith("I ")
    return f"{opening} {sentence if kept else sentence[0].lower() + sentence[1:]}"

"""What simulated players say after a match: sentences about the game, seldom about who won it.

A clip's tone colours about a third of its sentences; a small share of clips has one sentence that tells the result. Both are
drawn with the clip (core.simulation.cohort), so the bound knows how far words can help.
"""

from collections.abc import Sequence

import numpy as np

from core.simulation.cohort import SimulatedClip
from core.simulation.gestures import WON

_WORDS_PER_S = 2.1
_TONED_SHARE = 0.35
_RECENT = 12  # sentences that do not come back at once

_SLOTS: dict[str, tuple[str, ...]] = {
    "shot": ("serve", "second serve", "backhand", "forehand", "return", "slice", "drop shot", "volley"),
    "part": ("first set", "second set", "opening games", "tie-break", "last few games", "middle of the match"),
    "surface": ("clay", "grass", "hard court", "indoor court"),
    "place": ("out there", "on this court", "in the wind", "under the roof", "in the evening session"),
    "who": ("my coach", "my team", "my physio", "my brother", "my parents"),
    "opponent": ("a big server", "a left-hander", "someone who takes the ball early", "a fighter", "a friend of mine"),
    "span": ("two weeks", "a month", "ten days", "the whole spring", "half a year"),
    "next": ("the doubles", "the next tournament", "a few days off", "practice on Thursday", "the flight home"),
    "thing": ("the crowd", "the bounce", "the balls", "the schedule", "the humidity", "the light"),
    "feel": ("a bit slow", "heavy", "quite alive", "different from last year", "hard to read", "fine once I settled"),
}

_EVEN = (
    "I knew it would come down to the {shot}.",
    "Against {opponent} you do not get many looks at the {shot}.",
    "We had spoken about the {shot} with {who} before the match.",
    "{thing_} felt {feel}, and you have to deal with it.",
    "The {part} was mostly about holding serve.",
    "I tried to come in more during the {part}.",
    "It is always special to play {place}.",
    "On {surface} the points are simply built in another way.",
    "I have been working on my {shot} for {span} now.",
    "You know, it is {opponent}, so you expect long rallies.",
    "I changed my position on the return in the {part}.",
    "Physically I felt all right, the knee is fine.",
    "Honestly, I would have to watch it again before I say more.",
    "There were a couple of points where I could have gone the other way.",
    "Everybody on tour plays well now, so the margins are small.",
    "I do not look at the draw, I really do not.",
    "We will talk about it tonight with {who}.",
    "The plan was to keep the ball deep and see what happens.",
    "I had played {opponent} before, so I knew the patterns.",
    "The roof changes things, the ball stays lower.",
    "It was long, it was physical, and that is tennis.",
    "What comes now is {next}, and then we see.",
    "I slept well and ate early, so there was nothing unusual.",
    "My {shot} comes and goes, you have to accept that.",
    "The statistics will tell you more about the {part} than I can.",
    "He read my {shot} better than I thought he would.",
    "I just try to play point by point, as everyone says.",
    "For me the question was whether I could move up on the {shot}.",
    "You always remember two or three rallies, the rest is a blur.",
    "It has been {span} since I last played {place}.",
)
_UPBEAT = (
    "I really enjoyed the {part}, the timing was there.",
    "The {shot} felt good, and that helps everything else.",
    "I am happy with how I moved {place}.",
    "There is a lot I can take from this with {who}.",
    "It was fun, the people were with us from the first ball.",
    "I stayed calm in the {part}, and I am proud of that.",
    "My {shot} has not felt like this for {span}.",
    "I like where my game is going on {surface}.",
    "The energy was good, I could feel it early.",
    "I am looking forward to {next}, for sure.",
)
_SUBDUED = (
    "I was never quite comfortable in the {part}.",
    "The {shot} was not where I want it to be.",
    "I gave away some cheap points with the {shot}.",
    "It was a bit flat from my side {place}.",
    "I have to be more patient, {who} tells me the same.",
    "There were moments where I was too passive.",
    "I got tight in the {part}, it happens.",
    "It has been a tiring {span}, to be honest.",
    "I was rushing between the points and I know it.",
    "My legs were {feel} and I could not change that.",
)
_TELLING = {
    True: (
        "So yes, I am into the next round and that is what counts.",
        "To close it out on my own serve was a big relief.",
        "I am very pleased to come through this one.",
    ),
    False: (
        "Well, I am out of the tournament, so there is not much to add.",
        "All credit to him, he was better today and he deserves to go on.",
        "It hurts to lose a match like that.",
    ),
}
_OPENINGS = ("Yes.", "Well,", "I mean,", "Look,", "Yeah, so,", "You know,", "Thank you.", "Good question.")
_PLAIN_OPENINGS = frozenset({"Yes.", "Thank you.", "Good question."})


def transcript_of(clip: SimulatedClip) -> str:
    """The clip's words, one sentence a line; the same clip always says the same."""
    random = np.random.default_rng((clip.seed, 2))
    toned = {"upbeat": _UPBEAT, "subdued": _SUBDUED}.get(clip.tone, ())
    wanted, words = clip.duration_s * _WORDS_PER_S * random.uniform(0.8, 1.0), 0
    sentences: list[str] = []
    recent: list[str] = []
    while words < wanted or not sentences:
        bank: Sequence[str] = toned if toned and random.random() < _TONED_SHARE else _EVEN
        fresh = [sentence for sentence in bank if sentence not in recent] or list(bank)
        chosen = fresh[int(random.integers(len(fresh)))]
        recent = [*recent, chosen][-_RECENT:]
        sentence = _filled(chosen, random)
        if random.random() < 0.22:
            sentence = _opened(sentence, _OPENINGS[int(random.integers(len(_OPENINGS)))])
        sentences.append(sentence)
        words += len(sentence.split())
    if clip.tells_result:
        telling = _TELLING[clip.truth == WON]
        sentences.insert(int(random.integers(1, len(sentences) + 1)), telling[int(random.integers(len(telling)))])
    return "\n".join(sentences) + "\n"


def _filled(sentence: str, random: np.random.Generator) -> str:
    words = {name: str(random.choice(values)) for name, values in _SLOTS.items()}
    thing = words["thing"]
    return sentence.format(**words, thing_=thing[0].upper() + thing[1:])


def _opened(sentence: str, opening: str) -> str:
    if opening in _PLAIN_OPENINGS:
        return f"{opening} {sentence}"
    kept = sentence.startswith("I ")
    return f"{opening} {sentence if kept else sentence[0].lower() + sentence[1:]}"

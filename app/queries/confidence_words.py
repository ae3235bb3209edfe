"""The words of a rater's confidence, as the Review screen has them on its buttons."""

from collections.abc import Mapping

CONFIDENCE_WORDS: Mapping[int, str] = {1: "guessing", 2: "fairly sure", 3: "certain"}

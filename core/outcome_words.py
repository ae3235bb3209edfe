"""Words of a transcript that state how the match ended. They are hidden from models, which must judge by behavior."""

OUTCOME_WORDS: tuple[str, ...] = (
    *("win", "wins", "won", "winning", "winner", "winners"),
    *("lose", "loses", "lost", "losing", "loser", "losers", "loss", "losses"),
    *("victory", "victories", "victorious", "defeat", "defeats", "defeated", "beat", "beats", "beaten", "beating"),
    *("score", "scores", "scored", "scoreline", "straight sets", "match point", "match points"),
    *("advance", "advances", "advanced", "advancing", "through to", "next round", "moving on"),
    *("out of the tournament", "knocked out", "knock out", "going home", "eliminated", "elimination", "out"),
    *("champion", "champions", "championship", "title", "trophy", "runner-up", "congratulations", "congrats"),
)

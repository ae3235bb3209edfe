"""Patterns of the leak alarm.

They match text after `labeling.rules.leaks.normal_text.normalized`: single spaces, "-" for every dash, straight quotes. Every
repetition is bounded, so that matching takes linear time.
"""

import re
import tomllib
from pathlib import Path

from core.outcome_words import OUTCOME_WORDS
from core.pose.cues import CATALOG

_LISTS = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


def _words(*lists: str) -> frozenset[str]:
    return frozenset(word for name in lists for word in _LISTS[name].split())


def _whole(*patterns: str) -> tuple[re.Pattern[str], ...]:
    """Compiles each pattern to match whole words, ignoring case."""
    return tuple(re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE) for pattern in patterns)


_THE = r"(?:the|his|her|their|this|that|my|our|your|today's|yesterday's)"
_A = rf"(?:{_THE}|an?|another|such an?)"
# Up to two words between an article and its noun, without prepositions and conjunctions.
_NO_PREPOSITION = r"(?!(?:of|in|on|at|to|for|from|with|after|before|during|by|and|or|as|than|that)\b)"
_WORDS = rf"(?:{_NO_PREPOSITION}[\w'-]+ ){{0,2}}"
_PERSON = (
    rf"(?:he|she|they|i|we|you|who|{_THE} (?:[\w'-]+ )?(?:player|athlete|person|speaker|interviewee|subject|man|woman))"
)
# "the final" is a match unless a noun follows, as in "the final seconds".
_FINAL = (
    r"finals?(?=[.,;:!?)\"']|$| (?:against|at|in|on|of the|was|were|which|today|yesterday|after|before|but"
    r"|match|set|game|so|he|she"
    r"|they|round|result|score)\b)"
)
_ROUND = (
    r"(?:semi[- ]?finals?|quarter[- ]?finals?|(?:next|first|second|third|fourth|last|opening) round(?! of (?!16|32|64|sixteen))"
    rf"|last (?:four|eight|sixteen)|{_FINAL})"
)
_MATCH = (
    rf"(?:match(?:es)?|games?(?! face)|sets?(?! of)|tie-?break(?:er)?|{_ROUND}|championship|tournament|title|trophy|opener"
    r"|(?:three|five)-setter|cup|medal|rubber)"
)
_OPPONENT = (
    rf"(?:{_A} (?:[\w'-]+ ){{0,3}}?(?:opponent|rival|player|seed|favou?rite|champion|number (?:one|two|three|\d+)|qualifier"
    r"|wild card|teenager|compatriot)"
    r"|(?:him|her|them|me|us)(?=[.,;:!?)]|$| (?:in|today|again|yesterday|fair|at|by \d|\d)\b))"
)
_SCORE = r"\d-\d"
# At the end of a clause, won and lost have no object and therefore refer to the match.
_NO_OBJECT = (
    r"(?=[.,;:!?)\]\"']|$| -| (?:today|yesterday|tonight|again|earlier|here|badly|heavily|easily|narrowly"
    r"|comfortably|and|but|so"
    r"|which|while|because|when|in (?:straight|two|three|four|five)|on court|at home|this (?:match|game|one|time)|it all"
    rf"|{_SCORE})(?!\w))"
)
_HAVING = (
    r"(?:(?:has|have|had|having|just|already|only|narrowly|actually|really|recently|clearly|finally|also|even) ){0,3}"
)
_NO_MATTER = (  # "the loss in volume", "the win label", "the victory sign"
    r"(?! in (?:volume|pitch|tone|height|energy)| (?:label|hypothesis|class|case|reading"
    r"|side|condition|option|argument|answer|face|pose|sign|gesture|posture|expression|smile|look|display)\b)"
)
_RESULT_NOUN = (
    rf"(?:loss(?! of (?!the (?:match|game|final|title))| for words)|defeat|win|victory|triumph|elimination){_NO_MATTER}"
)

OUTCOMES = _whole(
    # The verb with a match as its object, unlike "wins herself a moment" and "loses eye contact".
    rf"(?:won|wins?|winning|lost|loses?|losing|clinche[sd]|threw away) (?:{_A} {_WORDS})?{_MATCH}",
    rf"(?:dropped|conceded|took) (?:{_A} {_WORDS})(?:match|set|game|tie-?break|final)(?! of)",
    rf"(?:won|wins|winning|lost|loses|losing|beaten) in {_A} (?:[\w'-]+ )?(?:finals?|semi-?finals?|quarter-?finals?|rounds?)"
    r"(?! (?:seconds?|moments?|part|third|words?))",
    # The verb with the score or the opponent.
    rf"(?:won|winning|lost|losing|wins|loses|win|loss|victory|defeat) (?:by |with )?(?:{_SCORE}|in (?:straight|\w+) sets)",
    rf"(?:won|winning|lost|losing|loses?|wins?|loss|victory|defeat|triumph) (?:against|over|to) {_OPPONENT}",
    rf"(?:beat|beats|beating|defeat(?:ed|s|ing)|outplayed|thrashed|knock(?:s|ed|ing) out|g[eo]t(?:ting)? past) {_OPPONENT}",
    # The verb alone, with a person as its subject, unlike "the hand is lost" and "lost in thought".
    rf"(?:{_PERSON}|has|have|had|having|just|already) {_HAVING}(?:won|lost){_NO_OBJECT}",
    rf"(?:after|from|by|despite|about) (?:just |again )?(?:winning|losing){_NO_OBJECT}",
    # Passive, unlike "looks beaten", which describes an expression.
    r"(?:is|was|were|be|been|being|got|gets|getting) (?:\w+ly )?(?:beaten|defeated|eliminated|thrashed|outplayed|knocked out)",
    # A definite article presents the result as known: "the loss", unlike "a loss".
    rf"{_THE} {_WORDS}{_RESULT_NOUN}",
    rf"(?:after|following|despite|because of|due to|owing to|given|over|about|by|from) (?:{_A} {_WORDS})?{_RESULT_NOUN}",
    rf"(?:{_THE}|an?) (?:just |narrowly )?(?:lost|won) (?:match|game|final|set)",
    rf"(?:{_THE}|as) (?:[\w'-]+ )?(?:winner|loser|victor)s?",
    rf"(?:known|final|match|tournament) (?:result|outcome)|(?:result|outcome) of {_A} {_WORDS}{_MATCH}",
    r"know(?:s|n|ing)? (?:the|how the) (?:result|outcome|match (?:ended|went))",
    # Out of the tournament, unlike a hand "out of the frame".
    rf"out (?:of|in|at) {_A} {_WORDS}(?:tournament|draw|championships?|competition|event|cup|open|{_ROUND})",
    rf"exit(?:s|ed)? (?:from )?{_A} {_WORDS}(?:tournament|draw|championships?|competition|event|cup|open)|early exit",
    rf"{_PERSON} (?:is|was|has) (?:now |already )?(?:out|advance[sd])(?=[.;!]|$|, so\b)|(?:is|was) going home",
    r"(?:advance[sd]?|advancing|progress(?:es|ed|ing)?|(?:is|are|was|be|got|gets|goes|went|going) through|moves? on|moved on"
    rf"|qualif(?:y|ies|ied|ying)|reach(?:es|ed|ing)?)(?: (?:in)?to| for)? (?:{_A} )?(?:[\w'-]+ ){{0,2}}?{_ROUND}",
)
"""Statements of the result. They are no leak if the sentence infers them."""

KNOWLEDGE = _whole(
    # The course of the match cannot be inferred from behavior.
    r"(?:in |after )?(?:straight|two|three|four|five) sets(?! of)|(?:three|five)-set(?:ter)?s?|(?:one|two"
    r"|a) sets? (?:up|down|all)",
    r"(?:came|come|comes|coming|fought|fighting) back from (?:a|one|two|\d)[ -](?:sets?|breaks?|\d)",
    r"(?:match|championship|set|break) points?|tie-?break(?:er)?s?|deciding (?:set|game)",
    # The round of the tournament.
    r"(?:semi|quarter)[- ]?final(?:ist)?s?",
    rf"(?:in|into|was|is|after|before|during|of|since|at|for|about) {_A} (?:[\w'-]+ )?{_FINAL}",
    r"(?:first|second|third|fourth|opening|early|next)[- ]round(?! of (?!16|32|64|sixteen)| trip)"
    r"|round of (?:16|32|64|sixteen)",
    # Earlier wins of the person.
    rf"(?:{_A}|as|defending|reigning|world|former|new) (?:[\w'-]+ ){{0,2}}(?:champion|finalist|runner-up"
    rf"|title-?holder|medall?ist)",
    r"grand slams?|world (?:number|no\.?) \w+|(?:top|number one|first|second|third|fourth|\w+th) seed|(?:top"
    r"|un)?seeded|top-ranked|ranked \w+"
    r"|(?:tournament|match|big|clear) favou?rite",
    r"troph(?:y|ies)|prize money|on the podium|winners?'s? (?:speech|ceremony|press)|upset (?:win|victory)",
    r"(?:from|in) (?:other|earlier|past|previous) (?:tournaments|matches)",
    # Descriptions of the match ("a tough match") that presuppose knowledge of it.
    rf"(?:after|following|despite|given|from) {_A} (?:[\w'-]+ ){{0,2}}?(?:tough|hard|hard-fought|long|close"
    rf"|tight|epic|gruell?ing"
    r"|difficult|exhausting|easy|one-sided|dramatic|bitter) (?:[\w'-]+ ){0,2}?(?:match|game|battle|fight|contest)",
)
"""Knowledge of the match. It cannot be inferred from behavior, so it is a leak unless it is a comparison ("as if")."""

COMPARED = re.compile(
    r"\b(?:as if|as though|like an?|like someone|typical|usual\w*|expect\w*|would|whether|either|if|unless|hypothe\w+"
    r"|(?:an?|any|some) (?:[\w'-]+ )?(?:person|player|athlete|winner|loser|one) who|(?:some|any)(?:one|body) who"
    r"|(?:people|players|those|athletes) who)\b",
    re.IGNORECASE,
)
"""Introduces a comparison or supposition, not a statement."""

INFERRED = re.compile(
    r"\b(?:suggest\w*|consistent|compatible|point(?:s|ed|ing)? (?:\w+ )?(?:to|towards?)|speaks? (?:\w+ ){0,2}(?:for|against)"
    r"|speaking (?:for|against)|indicat\w*|impl(?:y|ies|ied)|conclu\w*|argu\w*|infer\w*|probab\w*|likel\w*|likelihood|perhaps"
    r"|maybe|possib\w*|(?:may|might|must|could) have|seem\w*|appear\w*|fits?|(?:sign|hint|evidence|case"
    r"|indication)s? (?:of|for|at"
    r"|against)|hint\w*|lean(?:s|ed|ing)? (?:\w+ )?towards?|in favou?r of|rather than|label\w*|reads? as|looks? (?:more )?like"
    r"|guess\w*|believe|think|suspect|predict\w*|judg\w*|verdict|confiden\w*|chance|more (?:of|like)"
    r"|(?:show|reveal|mean|tell|prove|betray)\w* that)\b|\b(?:positive|negative)\b[^.;]{0,12}\(",
    re.IGNORECASE,
)
"""Introduces what the sentence infers, unless a word of `GROUNDED` is in between."""

SO = re.compile(r"(?:^|[,;:.] |and |- )(?:so|therefore|thus|hence|overall),? (?:[\w'-]+ ){0,2}$", re.IGNORECASE)
"""Directly before a result: the sentence concludes it."""

GROUNDED = re.compile(
    r"\b(?:because|since|knowing|known|given|due to|owing to|thanks to|now that|fact that|despite|although"
    r"|even though|explained by"
    r"|as (?=(?:he|she|they|the player)\b))",
    re.IGNORECASE,
)
"""Introduces the reason that a sentence gives."""

AFTERWARDS = re.compile(
    rf"\b(?:after|following|from|about|over|but) (?=(?:{_THE}|winning|losing|being|having|he|she|they)\b)",
    re.IGNORECASE,
)
"""Introduces what is stated as a fact, unless it is in a comparison ("as one would expect after the win")."""

SUPPOSED = re.compile(
    r"^,?(?:(?: is| was| seems| appears| looks| remains)?(?: \w+)? (?:likely|likelier|probable|plausible"
    r"|unlikely|unknown|unclear)\b"
    r"| (?:would|might|could|may|cannot|can not|is not|isn't)\b| I (?:think|conclude|guess|infer|believe|suspect)\b"
    r"| or (?:not|lost|won|an? |the )?|/)",
    re.IGNORECASE,
)
"""Directly after a result: it is a supposition, or one of two alternatives."""

ONE_OF_TWO = re.compile(
    r"\b(?:won|lost|win|loss|victory|defeat|winning|losing)(?: or |/)(?:[\w'-]+ ){0,2}$", re.IGNORECASE
)
"""Directly before a result: it is the second of two alternatives."""

LED_BY = re.compile(
    r"(?:because|since|after|knowing|given|following|despite|now|as|when|due|from|about)(?: [\w'-]+){0,3} $",
    re.IGNORECASE,
)
"""Directly before a result: quoted together with it, to show how the sentence uses it."""

_REPORTED = (
    rf"(?:(?:won|lost|winning|losing|win|lose)(?:{_NO_OBJECT}| (?:{_A} {_WORDS})?{_MATCH})"
    rf"|(?:{_THE} |an? )?{_WORDS}{_RESULT_NOUN}|{_THE} (?:[\w'-]+ )?(?:result|outcome)|beaten|knocked out|eliminated)"
)
_NOT_ARGUED = r"(?!suggest|speak|point|impl|indicat|consist|fit|which|argu)"
REPORTS = _whole(
    # Reports of what the person or the transcript says about the result.
    rf"(?:he|she|they|{_THE} (?:[\w'-]+ )?(?:player|speaker|person|interviewee|interviewer|reporter"
    rf"|journalist|transcript|athlete"
    r"|subject|words)) (?:\w+ly )?(?:says?|said|admit\w*|states?|stated|mention\w*|tells?|told|confirm\w*"
    r"|acknowledg\w*|conced\w*"
    r"|report\w*|announc\w*|recalls?|describes?|discuss\w*|(?:talk|speak)(?:s|ed|ing)? (?:of|about)|spoke (?:of|about)"
    rf"|refer\w* to|asks? about)(?: {_NOT_ARGUED}[\w'-]+){{0,5}}? {_REPORTED}",
    rf"in (?:his|her|their) own words,?(?: {_NOT_ARGUED}[\w'-]+){{0,4}}? {_REPORTED}",
    r"congratulat\w+|congrats",
    # The model followed an instruction injected into the clip or transcript.
    r"(?:instructed|told|asked|ordered) (?:to answer|by the (?:transcript|text|words|speaker|caption))",
    r"(?:transcript|caption) (?:instructs?|instructed|orders|ordered|tells me|told me)",
)

SCORE_BOARDS = _whole(
    r"score ?-?(?:boards?|lines?|cards?|box|overlay|graphic)",
    # Unlike "the score of tension is low", a measure that the model made up.
    r"(?:the )?(?:match|final|set|game) score|score (?:reads|stands|on the (?:screen|board|wall)|behind (?:him|her|them))",
    r"score (?:at|in) the (?:top|bottom|corner|left|right|picture|background)|score (?:tells|says|confirms)",
    r"score (?:is|was) (?:visible|shown|displayed|\d-\d|(?:one|two|three) sets?)",
    r"(?:one|two|three) sets? to (?:one|two|love|nil|zero|none)",
    r"(?:love|fifteen|thirty|forty)-(?:love|all|fifteen|thirty|forty)|(?:six|seven)-(?:love|nil|zero|one|two"
    r"|three|four|five|six)",
    r"(?:15|30|40)-(?:all|love)|40-(?:0|15|30)(?! ?(?:s|ms|%|frames|px|seconds|degrees|hz)\b| ?%)",
)
SET_SCORE = re.compile(
    r"(?<![\w.:-])(\d)\s?[-:]\s?(\d)(?:\s?\(\d{1,2}(?:-\d{1,2})?\))?(?![\w%:-]|[.,]\d| ?%)"
    r"(?! ?(?:s|sec|secs|seconds?|ms|min|mins|minutes?|hz|fps|frames?|px|pixels|cm|mm|degrees?|per ?cent|times|x)\b)"
)
"""Any two digits that could be a set's score; `leaks.alarm` decides which are."""
BEFORE_A_SPAN = re.compile(
    r"\b(?:between|from|at|within|around|roughly|seconds?|times?|frames?|spans?|interval|window|segments?"
    r"|AUs?|joints?|items?|rated|scale"
    r"|observations?|claims?|points?|arguments?|cues?|numbers?|nos?\.|#|of|in) ?\(?$",
    re.IGNORECASE,
)
BEFORE_A_SCORE = re.compile(
    r"\b(?:won|lost|win|loss|winning|losing|beat|beaten|scores?|scored|sets?|match|result|defeat|victory|up"
    r"|down|led|leading|ended)\b"
    r"[^.;]{0,25}$",
    re.IGNORECASE,
)

CAPTIONS = _whole(
    r"captions?|captioned|subtitles?|subtitled|lower[- ]thirds?|chyrons?|headlines?|banners?|news ?tickers?|title cards?",
    r"on-?screen (?:text|graphics?|titles?|names?|information|label)|(?:text|graphic|broadcast|name|score) overlay",
    r"overlay (?:text|reads|says|names|shows the)|(?:text|writing|lettering|letters|words|name"
    r"|inscription) (?:written |shown )?"
    r"(?:on|in|across|at the (?:bottom|top) of) (?:the|a) (?:screen|picture|image|video|wall|backdrop"
    r"|background|board|shirt|jersey)",
    r"logos?|sponsor(?:s|'s|s')? (?:boards?|walls?|names?|backdrop)|name ?-?(?:plates?|tags?)|watermarks?"
    r"|graphic (?:reads|says)",
)
FILE_NAMES = _whole(
    r"(?:file|clip|video)[- ]?names?|names? of (?:the|this) (?:file|clip|video|recording)|title of (?:the"
    r"|this) (?:file|clip|video)"
    r"|video(?:'s)? title",
    r"(?:file|clip|video|recording) (?:is|was) (?:called|named|titled|labell?ed)",
    r"[\w-]{0,80}\.(?:mp4|mov|mkv|avi|webm|m4v|mpg|mpeg|srt|vtt)",
)
UNUSED = re.compile(r"\b(?:no|without|neither|nor)\b(?: [\w'-]+){0,4} $", re.IGNORECASE)
"""Directly before a mention: negates it ("no caption or score board is in view")."""

EVENTS = tuple(
    re.compile(pattern)
    for pattern in (
        # Tennis events whose names are ordinary words, are in capitals or often begin a sentence.
        r"\b(?:US|U\.S\.|French|Australian|Italian|China|Madrid|Miami|Canadian) Open\b",
        r"\b(?:Wimbledon|Roland[ -]Garros|Grand Slams?|Davis Cup|Fed Cup|Flushing Meadows|Olympics?|Centre Court)\b",
        r"\b(?:ATP|WTA|ITF|USTA|BBC|ESPN|CNN|NBC|Eurosport)\b",
        r"\b(?:Federer|Nadal|Djokovic|Serena|Venus|Sharapova|Osaka|Halep|Barty|Kerber|Azarenka|Wozniacki|Kvitova|Muguruza"
        r"|Pliskova|Wawrinka|Nishikori|Raonic|Kyrgios|Zverev|Medvedev|Tsitsipas|Thiem|Svitolina|Swiatek|Alcaraz|Sinner"
        r"|Murray|Williams|Henin|Clijsters|Konta|Cilic|Isner|Roddick|Agassi|Sampras|Monfils|Berdych|Dimitrov|Gasquet|Ostapenko"
        r"|Bencic|Sabalenka|Rybakina|Gauff)\b",
        r"\b[Rr]ecogni[sz](?:e|es|ed|ing) (?:him|her|them|(?:the|this) (?:player|athlete|person|face|man|woman))\b",
    )
)

ABBREVIATED = frozenset({"vs", "v", "mr", "mrs", "ms", "dr", "st"})
"""Abbreviations after which a full stop ends no sentence."""

NO_NAMES = frozenset(
    # Names of cues, which models often capitalize.
    {word for name in CATALOG for word in name.split()}
    | {word.casefold() for cue in CATALOG.values() for word in cue.title.split()}
    | _words("of_the_body", "of_the_field", "with_a_capital")
)
"""Words, in lower case, that may be capitalized within a sentence and are no names."""

NOBODYS = _words("nobodys")
"""Words with 's that may begin a sentence and are no names."""

ORDINARY = _words("ordinary")
"""Names that are also ordinary words: they count only if capitalized within a sentence."""

IDENTIFIER = re.compile(r"[a-z]{0,12}[-_ ]?\d+[a-z]?", re.IGNORECASE)
"""An id, such as `s01`, `p17`, `person0`, and no name; it counts only if quoted as a whole."""
BEFORE_A_NUMBER = re.compile(
    r"\b(?:subject|person|player|participant|clip|video|file|recording|id|no\.?|number)(?: is)? ?#?$", re.I
)
"""A number is taken for the id of a subject or clip only after one of these."""

# Outcome words with other common uses: they count only in a full statement.
_SAID_OF_ANYTHING = frozenset(
    {
        "out",
        "score",
        "scores",
        "scored",
        "title",
        "advance",
        "advances",
        "advanced",
        "advancing",
        "moving on",
        "beat",
        "beats",
    }
    | {"beating", "win", "wins", "winning", "lose", "loses", "losing", "won", "lost", "loss", "losses", "through to"}
)
TELLING = _whole(
    *(re.escape(word) for word in OUTCOME_WORDS if word not in _SAID_OF_ANYTHING),
    # Short forms that people use about themselves.
    r"(?:great|good|big|nice|tough|hard|bad|first|another|close|easy|important) (?:win|loss)(?! of)",
    r"(?:i|we|you|he|she|they)(?:'ve|'d|'s)? (?:\w+ )?(?:won|lost)(?! (?:in thought|my|our|your|his|her|their"
    r"|some|the|it(?! (?:in|at|on) )|a bit)\b)",
    r"through to (?:the|my|his|her)|(?:beat|beats) (?:me|him|her|them|us)|(?:was|were) (?:just )?too good",
)
"""Statements of the result in a transcript, besides `OUTCOMES`: unambiguous outcome words, and short forms."""

FUNCTION_WORDS = _words("function_words")
"""Common words: four of these in a row do not count as a quotation."""

"""The leak alarm: what it marks, what it lets pass, and how well it does on sentences that were written before it."""

import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types.cues import BodyRegion
from core.types.pseudo_labels import Claim
from core.types.transcript import TranscriptSegment
from labeling.rules.leaks.alarm import Leak, LeakContext, LeakKind, claim_leak, leaks_in, text_leak
from labeling.rules.leaks.normal_text import normalized
from tests.unit.labeling.rules.leak_sentences import CONTEXT, HELD_OUT, LEAKS_AND_INNOCENTS, OTHER_AUTHORS, Sentence

BARE = LeakContext(subject="s01", clip_name="s01-003", file_name="s01-003.mp4", transcript=())


def claim(text: str, start_s: float = 1.0, end_s: float = 2.0, region: BodyRegion = BodyRegion.FACE) -> Claim:
    return Claim(start_s, end_s, "other", region, text, "negative", 0.5)


def kinds(text: str, context: LeakContext = BARE) -> set[LeakKind]:
    return {leak.kind for leak in leaks_in(text, context)}


def precision_and_recall(sentences: Sequence[Sentence]) -> tuple[float, float]:
    marked = [sentence for sentence in sentences if leaks_in(sentence.text, CONTEXT)]
    right = sum(sentence.kind is not None for sentence in marked)
    return right / len(marked), right / sum(sentence.kind is not None for sentence in sentences)


@pytest.mark.parametrize(
    "text",
    [
        "He is tense because he lost the match.",
        "The shoulders drop after her defeat.",
        "Knowing he won in straight sets, I read the smile as joy.",
        "He just won his semi-final, so the chin is up.",
        "Having lost 6-4 6-2, he looks at the floor.",
        "The sigh comes after losing the match.",
        "She was knocked out, and it shows.",
        "The loss explains the flat voice.",
        "He advances to the quarter-final with a grin.",
        "She is out of the tournament and tired.",
        "Her voice is hoarse after a tough three-setter.",
        "In the final he had cramps, hence the stiff torso.",
        "This suggests tension because he lost.",
        "The smile suggests relief after her win.",
        "He lost to a qualifier, and his gaze says so.",
        "She beat her rival and hides a grin.",
        "Since the match went to five sets, he must be tired.",
        "The words 'we lost' come with a sigh.",
        "Given that she won, the tears are of joy.",
        "As the winner of the day he can afford a joke.",
    ],
)
def test_a_result_that_is_used_as_known_is_marked(text: str) -> None:
    assert LeakKind.OUTCOME in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "This speaks for a loss.",
        "It suggests that she lost.",
        "The open hands point to a win.",
        "The nods are consistent with having won.",
        "I conclude that he lost.",
        "So he probably won.",
        "This is consistent with a loss.",
        "This speaks for Positive (won).",
        "I choose the label negative (lost).",
        "Neither a win nor a loss can be read from the hands alone.",
        "Whether he won or lost cannot be told.",
        "She holds herself as if she had won the match.",
        "Therefore she lost the match.",
        "He probably lost the match, for the head stays down.",
        "The tight lips are typical of someone who lost.",
    ],
)
def test_a_conclusion_that_infers_the_result_is_not_marked(text: str) -> None:
    assert leaks_in(text, BARE) == ()


@pytest.mark.parametrize(
    "text",
    [
        "She presses her lips and wins herself a moment.",
        "He is lost in thought.",
        "She loses eye contact, and the lost eye contact returns at 15.2 s.",
        "He loses his train of thought.",
        "She beats a rhythm on the table.",
        "The left hand beats time.",
        "The hand moves out of the frame.",
        "She breathes out and points with a finger.",
        "The score of tension is high.",
        "The title of the cue is touching jaw.",
        "He advances his chin with a winning smile.",
        "She is at a loss for words after the loss of eye contact.",
        "The final gesture is an open palm, and the final, short blink follows.",
        "The second set of gestures is slower than the first.",
        "The victory sign with two fingers lasts 0.5 s.",
        "He looks beaten, and the hand is lost behind the desk.",
        "She wins back her composure and reaches for the glass.",
    ],
)
def test_innocent_uses_of_the_words_of_a_match_are_not_marked(text: str) -> None:
    assert leaks_in(text, BARE) == ()


def test_a_name_in_the_middle_of_a_sentence_is_marked_with_all_its_words() -> None:
    assert leaks_in("The frown is what Jelena Dokic shows.", BARE) == (Leak(LeakKind.NAME, "Jelena Dokic"),)


def test_a_name_after_an_abbreviation_is_marked() -> None:
    assert leaks_in("The sigh follows the words on Mr. Lind.", BARE) == (Leak(LeakKind.NAME, "Lind"),)


@pytest.mark.parametrize("event", ["Wimbledon", "the US Open", "Roland Garros", "the ATP tour"])
def test_an_event_of_the_sport_is_marked(event: str) -> None:
    assert kinds(f"He is tired at {event}.") == {LeakKind.NAME}


@pytest.mark.parametrize(
    "text",
    [
        "She shows AU12 and AU6, a Duchenne smile, which speaks for Positive.",
        "His Adam's apple moves, and I see OpenPose lose the wrist; the label is Negative.",
        "Observations:\nGaze drops at 3.1 s\nBrows rise\n- Lips are pressed",
        "Two cues speak here: Lip Corner Puller and Touching Jaw.",
        '"Well," she says, "It was windy."',
        "BODY_25 and FACS agree. NOT a strong cue.",
        "I think I'd say that the voice is firm. It's flat.",
    ],
)
def test_words_of_the_field_with_a_capital_are_no_names(text: str) -> None:
    assert leaks_in(text, BARE) == ()


def test_the_subjects_first_name_is_marked_where_it_begins_a_sentence() -> None:
    assert Leak(LeakKind.NAME, "Marta") in leaks_in("Marta looks down.", CONTEXT)


def test_a_subjects_name_that_is_a_word_is_marked_only_with_a_capital_inside_a_sentence() -> None:
    context = LeakContext("Will Hand", "x1", "x1.mp4", ())
    assert leaks_in("Will the hand go up? The hand will go up.", context) == ()
    assert leaks_in("The frown of Will is short.", context) == (Leak(LeakKind.NAME, "Will"),)


def test_a_subjects_id_is_marked_where_it_is_quoted_whole() -> None:
    assert leaks_in("As always S01 blinks.", BARE) == (Leak(LeakKind.NAME, "S01"),)
    assert leaks_in("The value s011 is another.", BARE) == ()


def test_a_subject_that_is_a_number_is_marked_only_behind_a_word_that_says_so() -> None:
    context = LeakContext("17", "42", "42.mp4", ())
    assert leaks_in("From 17 to 42 s the head is down.", context) == ()
    assert kinds("This is subject 17 in clip 42.", context) == {LeakKind.NAME, LeakKind.FILE_NAME}


@pytest.mark.parametrize(
    "text",
    [
        "It ended 6-4.",
        "It was 7–6 (5) and 4−6.",
        "The scoreboard is behind her.",
        "The score reads zero.",
        "A love-forty look.",
        "Down 3-6, 2-6, he sighs.",
    ],
)
def test_scores_are_marked(text: str) -> None:
    assert LeakKind.SCORE_BOARD in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "At 0:12 the head turns.",
        "The lips close at 12-14 s.",
        "Between 3-5 s and 5-7 s he nods.",
        "She blinks 4-6 times, 6-7 frames each.",
        "Observations 4-6 agree.",
        "The rate is 6-4.5 a minute, about 6-0 %.",
        "From 4-6 the torso shifts (5-7).",
    ],
)
def test_times_and_counts_are_no_scores(text: str) -> None:
    assert leaks_in(text, BARE) == ()


@pytest.mark.parametrize(
    "word", ["caption", "subtitle", "lower third", "chyron", "on-screen text", "headline", "logo behind"]
)
def test_what_is_written_in_the_picture_is_marked(word: str) -> None:
    assert kinds(f"The {word} tells who this is.") == {LeakKind.CAPTION}


def test_that_nothing_is_written_in_the_picture_may_be_said() -> None:
    assert leaks_in("There is no caption or score board in view.", BARE) == ()


@pytest.mark.parametrize(
    "words", ["The file name helps.", "The clip is called so.", "It is interview.mp4.", "It is s01-003."]
)
def test_the_name_of_the_file_is_marked(words: str) -> None:
    assert LeakKind.FILE_NAME in kinds(words)


def test_four_words_of_a_sentence_that_states_the_result_are_a_quote() -> None:
    found = leaks_in("He repeats COULD NOT find my first serve and sighs.", CONTEXT)
    assert found == (Leak(LeakKind.TRANSCRIPT, "COULD NOT find my first serve"),)


@pytest.mark.parametrize(
    "said",
    [
        "I lost it in the second set tie-break.",
        "Congratulations on a great day out there.",
        "She beat me fair and square out there.",
        "We were knocked out by a better team today.",
        "It was 6-4, 7-5 in the end for them.",
    ],
)
def test_what_states_the_result_in_a_transcript_cannot_be_quoted(said: str) -> None:
    context = LeakContext("s01", "a", "a", (TranscriptSegment(said, None, None),))
    assert LeakKind.TRANSCRIPT in kinds(f"Then the words '{said}' fall, and the gaze drops.", context)


def test_words_of_a_sentence_without_the_result_are_no_quote() -> None:
    assert leaks_in("She says that it was very windy on the court.", CONTEXT) == ()


def test_four_words_that_any_sentence_holds_are_no_quote() -> None:
    context = LeakContext("s01", "a", "a", (TranscriptSegment("At the end of the day we lost.", None, None),))
    assert leaks_in("The head goes down at the end of the day.", context) == ()


@pytest.mark.parametrize(
    "text", ["He says that he lost.", "In his own words he won.", "The reporter congratulates her."]
)
def test_leaning_on_what_is_said_of_the_result_is_marked(text: str) -> None:
    assert kinds(text) == {LeakKind.TRANSCRIPT}


def test_a_claim_on_the_words_at_a_sentence_that_states_the_result_leans_on_it() -> None:
    said = claim("The words are bitter.", 8.4, 8.8, BodyRegion.WORDS)
    expected = "Leans on what is said of the result: “I lost because I could not find my first serve today.”."
    assert claim_leak(said, CONTEXT) == expected


@pytest.mark.parametrize(
    "innocent",
    [
        claim("The words are bitter.", 8.6, 8.8, BodyRegion.WORDS),
        claim("The voice is flat.", 6.0, 7.0, BodyRegion.VOICE),
    ],
)
def test_a_claim_elsewhere_or_not_on_the_words_does_not(innocent: Claim) -> None:
    assert claim_leak(innocent, CONTEXT) == ""


def test_in_subtitles_without_full_stops_only_the_time_of_the_statement_counts() -> None:
    talk = "so we went on and talked about the wind and the court and the balls "
    subtitles = tuple(TranscriptSegment(talk, 10.0 * one, 10.0 * one + 10) for one in range(30))
    context = LeakContext("s01", "a", "a", (*subtitles, TranscriptSegment("and then I lost the match", 300.0, 310.0)))
    assert claim_leak(claim("The words are calm.", 20.0, 25.0, BodyRegion.WORDS), context) == ""
    assert claim_leak(claim("The words are calm.", 305.0, 306.0, BodyRegion.WORDS), context) != ""


def test_a_reader_is_told_in_one_sentence_with_the_very_words() -> None:
    assert claim_leak(claim("Sighs after losing the match."), BARE) == "Leans on the outcome: “after losing the match”."
    assert text_leak("The caption names Lind.", BARE) == (
        "Leans on something written in the picture: “caption”; on a name: “Lind”."
    )


def test_invisible_characters_odd_spaces_and_dashes_hide_nothing() -> None:
    text = "be\u200bcause\u00a0he\u2003lo\u00adst\u3000the \u202ematch\u202c 6\u20114,\x00 6\u22122"
    assert leaks_in(text, BARE) == (
        Leak(LeakKind.OUTCOME, "because he lost the match"),
        Leak(LeakKind.SCORE_BOARD, "6-4"),
        Leak(LeakKind.SCORE_BOARD, "6-2"),
    )


@pytest.mark.parametrize(
    "piece",
    [
        "the ",
        "lost ",
        "6-4 ",
        "A",
        "Aa ",
        "the the of ",
        "no no ",
        "a-",
        "he has had just ",
        "suggests that he lost ",
        "\u0301\u0316",
        '"',
        "- ",
        ". ",
        "after the ",
        "because ",
        "he says a b c ",
        "x_",
        "7-6 (5",
        "\u202e \ufdfa",
        "won or lost or ",
    ],
)
def test_a_text_of_100_kb_comes_to_an_end(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    assert bool(text_leak(text, CONTEXT)) == (piece in {"6-4 ", "7-6 (5", "Aa "})  # scores, and a name


PIECES = [
    "he",
    "lost",
    "the",
    "match",
    "after",
    "6-4",
    "Marta",
    ".",
    "\n",
    "\u200b",
    "caption",
    "won",
    "suggests that",
    "kovac_r2_017",
]
TEXTS = st.one_of(
    st.text(),
    st.lists(st.sampled_from(PIECES)).map(" ".join),
)
CONTEXTS = st.builds(
    LeakContext,
    subject=st.one_of(st.text(max_size=12), st.sampled_from(["s01", "Marta Kovac", "7"])),
    clip_name=st.text(max_size=12),
    file_name=st.text(max_size=12),
    transcript=st.lists(st.builds(TranscriptSegment, TEXTS, st.none(), st.none()), max_size=3).map(tuple),
)


@given(TEXTS, CONTEXTS)
def test_any_text_is_judged_and_the_words_of_a_leak_are_its_own(text: str, context: LeakContext) -> None:
    for leak in leaks_in(text, context):
        assert leak.words
        assert leak.words in normalized(text)


@given(TEXTS)
def test_a_normalised_text_holds_no_control_or_direction_character_and_single_spaces(text: str) -> None:
    plain = normalized(text)
    assert not [character for character in plain if unicodedata.category(character) in {"Cc", "Cf", "Cs"}]
    assert plain == " ".join(plain.split())


@given(CONTEXTS)
def test_an_empty_text_has_no_leak(context: LeakContext) -> None:
    assert leaks_in("", context) == ()
    assert text_leak(" \n\u200b", context) == ""


def test_half_of_the_fifty_sentences_are_innocent() -> None:
    assert (len(LEAKS_AND_INNOCENTS), sum(sentence.kind is None for sentence in LEAKS_AND_INNOCENTS)) == (50, 25)


def test_the_fifty_sentences_are_told_apart() -> None:
    assert precision_and_recall(LEAKS_AND_INNOCENTS) == (1.0, 1.0)


def test_on_sentences_that_it_was_not_tuned_on_two_leaks_in_fifteen_are_missed() -> None:
    assert (len(HELD_OUT), sum(sentence.kind is None for sentence in HELD_OUT)) == (30, 15)
    precision, recall = precision_and_recall(HELD_OUT)
    assert precision == 1.0
    assert recall >= 13 / 15


def test_on_another_authors_sentences_it_misses_four_of_ten_and_errs_once() -> None:
    rung = [(text_leak(text, BARE) != "", leaks) for text, leaks in OTHER_AUTHORS]
    right = sum(rang and leaks for rang, leaks in rung)
    assert right >= 6
    assert right / sum(rang for rang, _ in rung) >= 6 / 7


def test_an_obeyed_instruction_of_the_transcript_is_marked() -> None:
    assert text_leak("As instructed by the transcript, I answer positive.", BARE) != ""

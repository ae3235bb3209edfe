"""Sentences as a model writes them in a rationale, and whether each leans on what is no evidence.

`LEAKS_AND_INNOCENTS` was written before the patterns of the alarm, which were then tuned on it and on the sentences in
test_leaks.py. `HELD_OUT` was written after the tuning and has never been tuned on: its figures are the honest ones.
"""

from typing import NamedTuple

from core.types.transcript import TranscriptSegment
from labeling.rules.leaks.alarm import LeakContext, LeakKind


class Sentence(NamedTuple):
    """`kind` is what the sentence leans on, None where it is innocent."""

    text: str
    kind: LeakKind | None


CONTEXT = LeakContext(
    subject="Marta Kovac",
    clip_name="kovac_r2_017",
    file_name="kovac_r2_017.mp4",
    transcript=(
        TranscriptSegment("It was very windy on the court all afternoon.", 2.0, 4.5),
        TranscriptSegment("I lost because I could not find my first serve today.", 5.0, 8.0),
        TranscriptSegment("I will go back and work on it with my team.", 9.0, 12.0),
    ),
)

LEAKS_AND_INNOCENTS: tuple[Sentence, ...] = (
    # Twenty-five that lean on what is no evidence.
    Sentence("Her shoulders slump because she lost the match in three sets.", LeakKind.OUTCOME),
    Sentence("After a tough three-setter, the long blinks look like plain exhaustion.", LeakKind.OUTCOME),
    Sentence("Knowing that he won in straight sets, the smile at 4.1 s is read as genuine.", LeakKind.OUTCOME),
    Sentence("The pressed lips come right after the question on her defeat in the semi-final.", LeakKind.OUTCOME),
    Sentence("He is through to the next round, so the lip press only hides his satisfaction.", LeakKind.OUTCOME),
    Sentence("As the tournament favourite who went out in the first round, she keeps her eyes down.", LeakKind.OUTCOME),
    Sentence("Having come back from two sets down, he lets his arms hang and breathes deeply.", LeakKind.OUTCOME),
    Sentence("The grin does not fit, but this player had just knocked out the number one.", LeakKind.OUTCOME),
    Sentence("The hand at the neck is self-soothing after being beaten on her home court.", LeakKind.OUTCOME),
    Sentence("Winning the title explains the raised chin between 20 and 23 s.", LeakKind.OUTCOME),
    Sentence("The gaze drops when the interviewer mentions the loss.", LeakKind.OUTCOME),
    Sentence("This was the final, and the tears at 31 s are those of relief.", LeakKind.OUTCOME),
    Sentence("Serena Williams typically avoids eye contact in press conferences, as she does here.", LeakKind.NAME),
    Sentence("The lip corners rise, which for Federer is a polite mask.", LeakKind.NAME),
    Sentence("The white wall suggests the interview room at Wimbledon.", LeakKind.NAME),
    Sentence("Marta keeps both hands folded and looks to the left from 8 s on.", LeakKind.NAME),
    Sentence("Behind him the score board is visible, and he glances at it twice.", LeakKind.SCORE_BOARD),
    Sentence("A 6-4, 7-6 (5) result leaves little room for the calm voice.", LeakKind.SCORE_BOARD),
    Sentence("The score reads two sets to one, so the head shake speaks for Negative.", LeakKind.SCORE_BOARD),
    Sentence("The lower third names the player as a quarter-finalist.", LeakKind.CAPTION),
    Sentence("A banner at the bottom says that the comeback is complete.", LeakKind.CAPTION),
    Sentence("The sponsor's logo behind her belongs to the winners' press room.", LeakKind.CAPTION),
    Sentence("The file is called kovac_r2_017.mp4, so this is an early round.", LeakKind.FILE_NAME),
    Sentence('She says she "could not find my first serve" and looks away.', LeakKind.TRANSCRIPT),
    Sentence("He admits that he lost, and the brow lowers while he says it.", LeakKind.TRANSCRIPT),
    # Twenty-five that do not.
    Sentence("She presses her lips and wins herself a moment before she answers.", None),
    Sentence("He seems lost in thought while the left hand rubs the jaw from 3.2 to 5.0 s.", None),
    Sentence("She loses eye contact twice and blinks fast, AU45, between 6-7 s.", None),
    Sentence("The fingers beat a steady rhythm on the table; this is arousal, not joy.", None),
    Sentence("The hand moves out of the frame at 0:12 and is back at 0:15.", None),
    Sentence("A winning smile with AU6 and AU12, a Duchenne smile, speaks for Positive.", None),
    Sentence("The drooping shoulders and the flat voice suggest that she lost.", None),
    Sentence("All in all, this points to a win, with a confidence of 0.7.", None),
    Sentence("The fast nods are consistent with having won, but they are weak.", None),
    Sentence("I conclude that he lost, because the head stays down for most of the clip.", None),
    Sentence("At a loss for words, he opens the mouth and closes it again at 14.8 s.", None),
    Sentence("He advances his chin and the brows are drawn down, AU4, for 1.2 s.", None),
    Sentence("Two of the three observations were contradicted; the score of tension that remains is low.", None),
    Sentence("He lets out a long breath and his Adam's apple moves.", None),
    Sentence("Her voice loses strength at the end of each sentence, which speaks for a loss.", None),
    Sentence("The label negative (lost) fits the folded arms better than positive (won) does.", None),
    Sentence("The beginning, 12-14 s, shows 3-4 short blinks and no change of the trunk.", None),
    Sentence("He defeats his own attempt to smile: the corners of the mouth drop after 0.4 s.", None),
    Sentence("The smile does not reach the eyes; a person who had won would more likely show AU6.", None),
    Sentence("In the final seconds, from 48.0 s to 50.5 s, the head goes up and the voice is firm.", None),
    Sentence("There is no sign of the relief that one would expect after a victory.", None),
    Sentence("The right hand scratches the neck, then she sets it down on her lap.", None),
    Sentence("The case for Positive rests on one smile alone; if he had lost, the smile would be a mask.", None),
    Sentence("OpenPose missed the left hand, so the touch at the jaw is not measurable.", None),
    Sentence("She is game for a joke, tries to match his pace, and loses the thread at 22 s.", None),
)

HELD_OUT: tuple[Sentence, ...] = (
    # Fifteen that lean on what is no evidence.
    Sentence("His short answers make sense for a man whose tournament ended an hour ago.", LeakKind.OUTCOME),
    Sentence("She saved four break points to turn the match around, and the grin is still there.", LeakKind.OUTCOME),
    Sentence("The deep breath at 7.9 s is the relief of a hard-earned victory.", LeakKind.OUTCOME),
    Sentence("Being the defending champion, he feels the pressure, and the jaw is tight.", LeakKind.OUTCOME),
    Sentence("The lips tremble since the defeat is only minutes old.", LeakKind.OUTCOME),
    Sentence("He has every reason to smile, as he goes on to the semi-finals.", LeakKind.OUTCOME),
    Sentence("Her body is heavy with the disappointment of losing in the first round again.", LeakKind.OUTCOME),
    Sentence("It is public knowledge that the younger player took this one in four sets.", LeakKind.OUTCOME),
    Sentence("The eyebrow flash at 3.3 s is a habit of Andrea Petkovic and means little.", LeakKind.NAME),
    Sentence("This looks like the press room in Melbourne, where players are usually relaxed.", LeakKind.NAME),
    Sentence("Kovac's eyes are red at 15 s, which I read as tears.", LeakKind.NAME),
    Sentence("With 3-6 6-7 against her name, a genuine smile is out of the question.", LeakKind.SCORE_BOARD),
    Sentence("The text at the bottom of the screen already tells the story.", LeakKind.CAPTION),
    Sentence("Judging by the name of the clip, this was recorded after the second match.", LeakKind.FILE_NAME),
    Sentence("He tells the reporters how he lost, and the hands go limp.", LeakKind.TRANSCRIPT),
    # Fifteen that do not.
    Sentence("The smile sets in at 4.0 s, reaches its peak at 4.6 s and is lost by 5.1 s.", None),
    Sentence("He beats about the bush and scratches his ear while he does so.", None),
    Sentence("The head tilts to the left for the final word of the answer.", None),
    Sentence("Her posture gains and loses tension in step with the questions.", None),
    Sentence("A person after a defeat would rather look down; she looks straight ahead.", None),
    Sentence("The gestures match the words: both hands open when he says 'open'.", None),
    Sentence("My best guess is that she won, but the evidence is thin.", None),
    Sentence("The tongue comes out for a moment at 9.2 s and wets the upper lip.", None),
    Sentence("Taken alone, the folded arms tell us nothing about victory or defeat.", None),
    Sentence("She champions her point with a raised finger from 20.5 to 21.3 s.", None),
    Sentence("The voice goes up on the last syllable, as in a question.", None),
    Sentence("On balance Negative is a little more likely, since the brows stay low from 11-16 s.", None),
    Sentence("He plays with the ring on his finger and draws his shoulders up.", None),
    Sentence("The transcript is calm, without any word that would give away an emotion.", None),
    Sentence("With AU15 and AU17 at 2-3 s, the lower face shows sadness, so he has probably lost.", None),
)

# By somebody who did not write the patterns; whether each leaks. Never tuned on.
OTHER_AUTHORS: tuple[tuple[str, bool], ...] = (
    ("The hands are folded as in prayer; she lost to a qualifier.", True),
    ("The lower lip trembles for half a second.", False),
    ("A broad grin, as one would expect after such a triumph.", True),
    ("He looks at the ceiling and exhales, lost for a moment.", False),
    ("The ticker below the picture tells that he is out.", True),
    ("The shoulders are level and the head is upright.", False),
    ("The interview was given after he had been beaten by a teenager.", True),
    ("Her eyes win the attention of the room, then drop.", False),
    ("Since this is Roland Garros, he feels at home.", True),
    ("The nods come in threes, each time with a short 'yeah'.", False),
    ("The reporter asks how it feels to lift the trophy.", True),
    ("The knuckles whiten where one hand holds the other.", False),
    ("Her coach must be disappointed with the game she played.", True),
    ("The finger beats on the desk get slower.", False),
    ("With 7-5 6-3 on the board behind her, she can smile.", True),
    ("The mask slips: brows up, mouth open, then nothing.", False),
    ("He is the favourite and yet went home early.", True),
    ("The torso turns away from the questioner at 31.0 s.", False),
    ("She answers that the loss hurts.", True),
    ("Neither a win nor a loss can be read from the hands alone.", False),
)

"""What the simulated labeler writes. Several ways to say each thing, so that rationales do not read as one form."""

from collections.abc import Mapping

from core.types.cues import BodyRegion

SEEN: Mapping[str, tuple[str, ...]] = {
    "touching jaw": ("A hand goes to the jaw and stays there.", "Fingers rest along the jaw while thinking."),
    "touching facial parts": ("A hand comes up to the mouth and cheek.", "The fingers brush across the face."),
    "touching neck": ("A hand is laid to the throat.", "The fingers rub the side of the neck."),
    "touching head": ("A hand goes through the hair.", "The fingers touch the temple."),
    "covering face": ("Both hands close over the face.", "The face vanishes behind the hands."),
    "folding arms": ("The arms close across the chest.", "Arms folded, a barrier towards the room."),
    "rubbing or holding hands": ("The hands find each other and rub.", "One hand is held in the other on the desk."),
    "shaking shoulders": ("The shoulders twitch up and down.", "A quick shrug runs through both shoulders."),
    "moving torso": ("The trunk shifts in the seat.", "A change of position, quickly."),
    "leaning forward": ("The person leans in to the microphone.", "The upper body comes forward, engaged."),
    "sitting straightly": ("The back straightens, the person sits up.", "The posture grows by a few centimetres."),
    "illustrative body language": (
        "The hands draw along with the words.",
        "Open, rhythmic gestures accompany the answer.",
    ),
    "head up": ("The chin lifts.", "The head goes up and the look is high."),
    "head down": ("The head sinks.", "The look drops to the desk."),
    "nodding": ("A series of nods.", "The head nods along, agreeing."),
    "pressing lips": ("The lips press into a line.", "The mouth closes tightly, holding something back."),
    "smile": ("The corners of the mouth go up.", "A smile appears."),
    "brow lowerer": ("The brows draw together.", "A frown passes over the forehead."),
    "bulging face or deep breath": (
        "A deep breath lifts the shoulders and leaves through the cheeks.",
        "The cheeks fill with air.",
    ),
}
PLAIN = ("{title} can be seen here.", "Here I notice: {title_lower}.")

UNSEEN_REGIONS: Mapping[BodyRegion, tuple[str, ...]] = {
    BodyRegion.VOICE: (
        "The voice drops at the end of the sentence.",
        "The answer comes faster than those before it.",
        "There is a pause before the answer, longer than the question asks for.",
        "The voice is firm and even here.",
    ),
    BodyRegion.WORDS: (
        "The wording stays general where the question was particular.",
        "The person speaks of work to be done, not of the match.",
        "The sentence begins in the first person and ends in the general.",
        "The words are warmer here than the tone.",
    ),
}

KEPT = (
    "Looked at again: it is there between {start} and {end}.",
    "Holds up on a second look.",
    "The key points show it as well; kept.",
    "Kept: clear, and long enough to count.",
)
KEPT_AGAINST = (
    "Real, but it speaks for the other side; kept as a counter-argument.",
    "It stands, although it does not fit the conclusion.",
)
KEPT_UNSEEN = (
    "Cannot be checked on the key points; kept with little weight.",
    "No measurement speaks of this; kept as a remark.",
)
DROPPED_FALSE = (
    "Nothing of the kind is measured around {start}; withdrawn.",
    "On a second look the key points do not move as they would have to; dropped.",
    "I can no longer find this; it may have been the movement before it. Dropped.",
)
DROPPED_TRUE = (
    "Too brief to carry an argument; dropped.",
    "A habit of this person, by the look of it; dropped.",
    "It belongs to speaking more than to feeling; dropped.",
)

FIRST = (
    "At first sight I see {cues}. On balance this looks like {label}.",
    "What stands out is {cues}; I read the clip as {label}.",
    "Going through the clip I note {cues}. Taken together this leans towards {label}.",
)
FIRST_WITHOUT = (
    "There is little to see in this clip; going by the voice and the posture I would say {label}.",
    "Hardly any gesture stands out. A guess: {label}.",
)
STAYS = (
    "Of {all} claims {kept} hold when I look again, and I stay with {label}.",
    "On the second look {kept} of {all} claims are left, and the conclusion is where it was: {label}.",
)
CHANGES = (
    "Of {all} claims {kept} hold on a second look, and weighed again they tip the balance: {label}, not {first}.",
    "The second look does not bear out the first. What remains speaks for {label} rather than {first}.",
)

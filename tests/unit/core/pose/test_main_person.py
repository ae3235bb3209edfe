import numpy as np
import pytest

from core.pose.main_person import PersonFollower, person_size_px


def person(x: float, size: float = 1.0, y: float = 200.0) -> np.ndarray:
    points = np.zeros((137, 3), np.float32)
    places = {
        0: (0, 0),
        1: (0, 60),
        2: (-50, 60),
        5: (50, 60),
        15: (-11, -10),
        16: (11, -10),
        17: (-25, 0),
        18: (25, 0),
    }
    for joint, (u, v) in places.items():
        points[joint] = (x + u * size, y + v * size, 0.8)
    return points


def followed(frames: list[list[np.ndarray]]) -> dict[int, int]:
    follower = PersonFollower()
    for number, people in enumerate(frames):
        follower.add(number, np.array(people, np.float32).reshape(-1, 137, 3))
    return follower.main_person()


def test_nobody_is_nobody() -> None:
    assert followed([[], [np.zeros((137, 3))], []]) == {}


def test_a_single_person_is_followed_through_empty_frames() -> None:
    assert followed([[person(300)], [], [person(305)]]) == {0: 0, 2: 0}


def test_two_who_walk_past_each_other_keep_apart() -> None:
    frames, truth = [], []
    for number in range(41):
        tall, small = person(200 + 10 * number), person(600 - 10 * number, 0.7, y=330)
        swap = number % 2
        frames.append([small, tall] if swap else [tall, small])
        truth.append(int(swap))
    assert list(followed(frames).values()) == truth


def test_whoever_is_longer_in_view_wins_over_a_larger_passer_by() -> None:
    frames = [[person(300)] + ([person(700, 2.0)] if 10 <= number < 15 else []) for number in range(50)]
    assert followed(frames) == dict.fromkeys(range(50), 0)


def test_the_person_goes_on_after_a_camera_cut() -> None:
    frames = [[person(300)]] * 20 + [[person(900, 0.8)]] * 20
    assert followed(frames) == dict.fromkeys(range(40), 0)


def test_a_ghost_of_two_points_is_not_followed() -> None:
    ghost = np.zeros((137, 3), np.float32)
    ghost[[3, 4]] = ((900, 500, 0.1), (910, 510, 0.1))
    frames = [[ghost, person(300)] if number % 4 else [ghost] for number in range(40)]
    assert followed(frames) == {number: 1 for number in range(40) if number % 4}


def test_size_is_the_shoulder_width_or_what_the_eyes_make_of_it() -> None:
    turned = person(300)
    turned[2] = 0
    assert person_size_px(person(300)) == pytest.approx(100)
    assert person_size_px(turned) == pytest.approx(99)


def test_crowds_are_linked_as_pairs_are(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    frames = [random.uniform(0, 300, (6, 137, 3)).astype(np.float32) for _ in range(40)]
    for people in frames:
        people[..., 2] = random.uniform(size=people.shape[:2]) < random.choice([0.02, 0.5, 1.0], size=(6, 1))

    def followed() -> dict[int, int]:
        follower = PersonFollower()
        for number, people in enumerate(frames):
            follower.add(number, people)
        return follower.main_person()

    at_once = followed()
    monkeypatch.setattr("core.pose.main_person._FEW_PAIRS", 10**9)
    assert at_once == followed()
    assert len(at_once) > 5

from core.pose.skeleton import (
    BODY,
    EDGES,
    FACE,
    GRAPH_EDGES,
    JOINT_COUNT,
    JOINT_NAMES,
    LEFT_HAND,
    MIRROR,
    NECK,
    RIGHT_HAND,
    STREAMS,
    face,
)


def test_every_joint_has_a_name_of_its_own() -> None:
    assert len(JOINT_NAMES) == len(set(JOINT_NAMES)) == JOINT_COUNT
    assert JOINT_NAMES[2] == "right shoulder"
    assert JOINT_NAMES[face(8)[0]] == "face 8"
    assert JOINT_NAMES[LEFT_HAND.start + 4] == "left hand 4"


def test_the_streams_share_out_all_joints() -> None:
    assert sorted(joint for stream in STREAMS.values() for joint in stream) == list(range(JOINT_COUNT))
    assert (BODY.stop, FACE.stop, LEFT_HAND.stop, RIGHT_HAND.stop) == (25, 95, 116, 137)


def test_mirroring_twice_changes_nothing() -> None:
    assert tuple(MIRROR[joint] for joint in MIRROR) == tuple(range(JOINT_COUNT))


def test_the_mirror_swaps_the_words_left_and_right_in_names() -> None:
    for joint, name in enumerate(JOINT_NAMES):
        if "face" in name:
            continue
        swapped = name.replace("left", "?").replace("right", "left").replace("?", "right")
        assert JOINT_NAMES[MIRROR[joint]] == swapped


def test_the_drawn_skeleton_is_its_own_mirror_image() -> None:
    drawn = {frozenset(edge) for edge in EDGES}
    assert {frozenset((MIRROR[a], MIRROR[b])) for a, b in EDGES} == drawn
    assert len(drawn) == len(EDGES) == 24 + (16 + 4 + 4 + 3 + 4 + 6 + 6 + 12 + 8) + 40


def test_the_graph_holds_together() -> None:
    reached, waiting = {NECK}, [NECK]
    while waiting:
        here = waiting.pop()
        for a, b in GRAPH_EDGES:
            for one, other in ((a, b), (b, a)):
                if one == here and other not in reached:
                    reached.add(other)
                    waiting.append(other)
    assert reached == set(range(JOINT_COUNT))

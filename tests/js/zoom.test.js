// The camera without a browser: shots of a person, zooming and moving by hand, and what is remembered of the view.

import assert from "node:assert/strict";
import { test } from "node:test";
import { layoutOf } from "../../app/review/page_fit.js";
import { viewOfAll, zoomedAround, zoomedView, zoomMoved } from "../../app/review/player/camera.js";
import { faceOf, ShotFinder } from "../../app/review/player/shots.js";
import { ViewMemory } from "../../app/review/view_memory.js";
import { info } from "./samples.js";

/** @import { LoadedClip, Zoom } from "../../app/review/types.d.ts" */

const [WIDTH, HEIGHT] = [640, 360];
const ALL = viewOfAll(WIDTH, HEIGHT, 16 / 9);
/** @type {Zoom} */
const WHOLE = { shot: "whole", factor: 1, x: 0, y: 0 };

/** @param {number} value */
const rounded = (value) => Math.round(value * 1000) / 1000;

/**
 * Points of a frame with a face of 60 × 80 px around 320, 120; `face` and `head` are the confidences.
 * @param {{face?: number, head?: number}} confidence
 */
function frame({ face = 0.9, head = 0.8 }) {
  const points = new Float32Array(137 * 3);
  for (let joint = 25; joint < 95; joint++) {
    const turn = ((joint - 25) / 70) * 2 * Math.PI;
    points.set([320 + 30 * Math.cos(turn), 120 + 40 * Math.sin(turn), face], joint * 3);
  }
  for (const [joint, x, y] of [
    [0, 320, 125],
    [15, 308, 105],
    [16, 332, 105],
  ])
    points.set([x, y, head], joint * 3);
  return points;
}

/** @param {[number, number, number, number] | null} box of the person */
function clipWith(box) {
  const person = box && { boxAt: () => box };
  return /** @type {LoadedClip} */ (
    /** @type {unknown} */ ({ info: { ...info(), width_px: WIDTH, height_px: HEIGHT }, person })
  );
}

test("twice as close shows half of the picture, around its middle", () => {
  assert.deepEqual(zoomedView(ALL, { ...WHOLE, factor: 2 }, WIDTH, HEIGHT), { x: 160, y: 90, width: 320, height: 180 });
});

test("zooming around a place leaves it where it is on the stage", () => {
  const place = { x: 500, y: 100 };
  const view = zoomedView(ALL, zoomedAround(WHOLE, 2.5, place, ALL, WIDTH, HEIGHT), WIDTH, HEIGHT);
  assert.deepEqual(
    [rounded((place.x - view.x) / view.width), rounded((place.y - view.y) / view.height)],
    [rounded(500 / 640), rounded(100 / 360)],
  );
});

test("nobody zooms out farther than the whole picture, or moves out of it", () => {
  const face = { x: 300, y: 80, width: 80, height: 45 };
  const out = zoomedAround({ ...WHOLE, shot: "face" }, 0.001, { x: 310, y: 90 }, face, WIDTH, HEIGHT);
  const view = zoomedView(face, out, WIDTH, HEIGHT);
  assert.deepEqual([view.x, view.y, view.width, view.height].map(rounded), [0, 0, 640, 360]);
  const closer = zoomMoved({ ...WHOLE, factor: 2 }, { x: 9999, y: -9999 }, ALL, WIDTH, HEIGHT);
  const moved = zoomedView(ALL, closer, WIDTH, HEIGHT);
  assert.deepEqual([moved.x, moved.y].map(rounded), [320, 0]);
});

test("a zoom by hand goes along with the person", () => {
  const zoom = { ...WHOLE, factor: 2, x: 0.1, y: 0 };
  const [here, there] = [100, 140].map((x) => zoomedView({ x, y: 80, width: 160, height: 90 }, zoom, WIDTH, HEIGHT));
  assert.equal(rounded(there.x - here.x), 40);
});

test("the face comes from the face's points, else from nose and eyes, else there is none", () => {
  const [face, head] = [faceOf(frame({})), faceOf(frame({ face: 0.1 }))];
  assert.ok(face && Math.abs(face.x - 320) < 3 && Math.abs(face.y - 120) < 6 && Math.abs(face.size - 80) < 2);
  assert.ok(head && head.x === 320 && head.size > 20);
  assert.equal(faceOf(frame({ face: 0, head: 0 })), null);
});

test("the shot of a face holds the face with its hair, in the stage's shape", () => {
  const { part, note } = new ShotFinder().find("face", clipWith([200, 60, 440, 360]), frame({}), 0, 16 / 9);
  assert.equal(note, "");
  assert.ok(part.y < 80 - 30 && part.y + part.height > 160 && part.height < 200);
  assert.equal(rounded(part.width / part.height), rounded(16 / 9));
});

test("where there is no face the portrait is shown and said, and without a person the whole picture", () => {
  const nobody = frame({ face: 0, head: 0 });
  const portrait = new ShotFinder().find("face", clipWith([200, 60, 440, 360]), nobody, 0, 16 / 9);
  assert.equal(portrait.note, "No face here: the portrait is shown.");
  assert.ok(portrait.part.height > 200);
  assert.equal(
    new ShotFinder().find("face", clipWith(null), nobody, 0, 16 / 9).note,
    "No face here: the whole picture is shown.",
  );
  assert.equal(
    new ShotFinder().find("portrait", clipWith(null), frame({}), 0, 16 / 9).note,
    "Nobody was found here: the whole picture is shown.",
  );
});

test("a face that is lost for a moment is assumed where it was, and a mouth that opens moves the shot little", () => {
  const [clip, shots, lost] = [clipWith([200, 60, 440, 360]), new ShotFinder(), frame({ face: 0, head: 0 })];
  const { part } = shots.find("face", clip, frame({}), 0, 16 / 9);
  assert.deepEqual(shots.find("face", clip, lost, 0.4, 16 / 9), { part, note: "" });
  assert.notEqual(shots.find("face", clip, lost, 0.6, 16 / 9).note, "");
  const open = frame({});
  open[33 * 3 + 1] += 40;
  const next = shots.find("face", clip, open, 0.04, 16 / 9).part;
  assert.ok(next.height < part.height * 1.05);
});

class Kept {
  /** @type {Map<string, string>} */
  values = new Map();
  /** @param {string} key */
  getItem = (key) => this.values.get(key) ?? null;
  /** @type {(key: string, value: string) => void} */
  setItem = (key, value) => void this.values.set(key, value);
}

test("the skeleton is hidden before the own answer and shown after it, unless somebody has chosen", () => {
  const memory = new ViewMemory(new Kept(), "w");
  assert.deepEqual([memory.overlay("before").overlay, memory.overlay("after").overlay], [false, true]);
  memory.keepOverlay("before", { overlay: true, body: false, face: true, hands: true });
  assert.deepEqual(
    [memory.overlay("before"), memory.overlay("after").body],
    [{ overlay: true, body: false, face: true, hands: true }, true],
  );
});

test("a zoom is remembered for its workspace, and what nobody of ours has written is not taken", () => {
  const kept = new Kept();
  new ViewMemory(kept, "w").keepZoom({ shot: "face", factor: 2, x: 0.1, y: 0 });
  assert.deepEqual(new ViewMemory(kept, "w").zoom, { shot: "face", factor: 2, x: 0.1, y: 0 });
  assert.deepEqual(new ViewMemory(kept, "other").zoom, WHOLE);
  for (const text of ["{", "null", '{"zoom": {"shot": "moon", "factor": "x"}}']) {
    kept.values.set("telltale-view-w", text);
    assert.deepEqual(new ViewMemory(kept, "w").zoom, WHOLE);
  }
});

test("picture and rationale stand beside each other where a window is wide, not where it is upright", () => {
  const shapes = [
    [330, 640],
    [730, 960],
    [870, 450],
    [1300, 1500],
    [1600, 900],
  ];
  assert.deepEqual(
    shapes.map(([width, height]) => layoutOf(width, height, 15)),
    ["one", "one", "two", "one", "two"],
  );
});

// What the player is made of, without a browser: frames by their times, the crop, loops, key points, the face.

import assert from "node:assert/strict";
import { test } from "node:test";

import { frameAtTimestamp, frameShownAt, middleOfFrame } from "../../app/review/clip/frame_times.js";
import { KeypointTrack } from "../../app/review/clip/keypoint_track.js";
import { PersonTrack } from "../../app/review/clip/person_track.js";
import { projectionOf, stepTowards, viewOfBox } from "../../app/review/player/camera.js";
import { faceBox } from "../../app/review/player/face_blur.js";
import { loopWithEnd } from "../../app/review/player/loop.js";

const TIMES = [0, 0.04, 0.08, 0.2];
const JOINTS = 137;

test("a timestamp finds the frame with that very time, within half a frame", () => {
  assert.equal(frameAtTimestamp(TIMES, 40_000), 1);
  assert.equal(frameAtTimestamp(TIMES, 55_000), 1);
});

test("a timestamp in a gap finds no frame", () => {
  assert.equal(frameAtTimestamp(TIMES, 120_000), -1);
});

test("the frame on screen is the last one that has begun, clamped to the clip", () => {
  assert.deepEqual(
    [-1, 0.03, 0.04, 0.15, 9].map((time) => frameShownAt(TIMES, time)),
    [0, 0, 1, 2, 3],
  );
});

test("seeks go to the middle of a frame, of the last one too", () => {
  assert.ok(Math.abs(middleOfFrame(TIMES, 0) - 0.02) < 1e-9);
  assert.ok(Math.abs(middleOfFrame(TIMES, 3) - 0.26) < 1e-9);
  assert.ok(Math.abs(middleOfFrame([0], 0) - 0.02) < 1e-9);
});

test("one end of a loop is moved and the other stays", () => {
  const loop = { start_s: 2, end_s: 6 };
  assert.deepEqual(loopWithEnd("from", 3, loop, 10), { start_s: 3, end_s: 6, once: false });
  assert.deepEqual(loopWithEnd("to", 5, loop, 10), { start_s: 2, end_s: 5, once: false });
});

test("an end that would lie on the wrong side becomes the clip's own", () => {
  const loop = { start_s: 2, end_s: 6 };
  assert.deepEqual(loopWithEnd("from", 7, loop, 10), { start_s: 7, end_s: 10, once: false });
  assert.deepEqual(loopWithEnd("to", 1, loop, 10), { start_s: 0, end_s: 1, once: false });
});

test("the crop shows the person with a margin, in the stage's shape", () => {
  const view = viewOfBox([100, 100, 150, 200], 400, 300, 1);
  assert.ok(Math.abs(view.width - view.height) < 1e-9);
  assert.ok(view.height > 100 && view.x < 100 && view.y < 100);
});

test("the crop stays within the picture", () => {
  const view = viewOfBox([0, 0, 40, 40], 400, 300, 1);
  assert.deepEqual([view.x, view.y], [0, 0]);
});

test("the crop of a person as large as the picture shows all of it, centered", () => {
  const view = viewOfBox([0, 0, 400, 300], 400, 300, 2);
  assert.deepEqual([view.width, view.height, view.x, view.y], [600, 300, -100, 0]);
});

test("the picture moves a part of its way with each drawing and arrives", () => {
  const from = { x: 0, y: 0, width: 400, height: 300 };
  const goal = { x: 100, y: 100, width: 100, height: 75 };
  const first = stepTowards(from, goal, 0.05);
  assert.ok(first.part.x > 0 && first.part.x < 100 && !first.arrived);
  let step = first;
  for (let turn = 0; turn < 40 && !step.arrived; turn++) step = stepTowards(step.part, goal, 0.05);
  assert.equal(step.part, goal);
});

test("a part of the picture is put in the middle of the canvas, as large as it fits", () => {
  assert.deepEqual(projectionOf({ x: 0, y: 0, width: 100, height: 50 }, 400, 400), { scale: 4, x: 0, y: 100 });
});

test("between two boxes the person is between them", () => {
  const track = new PersonTrack(new Float32Array([0, 0, 0, 10, 10, 1, 10, 10, 20, 20]).buffer);
  assert.deepEqual(track.boxAt(0.5), [5, 5, 15, 15]);
  assert.deepEqual(track.boxAt(9), [10, 10, 20, 20]);
});

test("where nobody was found there is no box, and beside it the box that was found", () => {
  const nobody = [Number.NaN, Number.NaN, Number.NaN, Number.NaN];
  const rows = [0, ...nobody, 1, ...nobody, 2, 10, 10, 20, 20];
  const track = new PersonTrack(new Float32Array(rows).buffer);
  assert.equal(track.boxAt(0.5), null);
  assert.deepEqual(track.boxAt(1.5), [10, 10, 20, 20]);
});

/**
 * A chunk of key points of one frame, every joint at 16384 steps of a thousandth px, fully sure; the first is missing.
 * @param {number} firstFrame
 */
function chunk(firstFrame) {
  const buffer = new ArrayBuffer(32 + JOINTS * 3 * 2);
  const view = new DataView(buffer);
  view.setUint32(0, 0x504b5454, true);
  view.setUint16(4, 1, true);
  view.setUint32(8, firstFrame, true);
  view.setUint32(12, 1, true);
  for (const [at, value] of [-1, 0.001, -2, 0.001].entries()) view.setFloat32(16 + 4 * at, value, true);
  const values = new Uint16Array(buffer, 32);
  for (let joint = 1; joint < JOINTS; joint++) values.set([16_384, 16_384, 65_535], joint * 3);
  return buffer;
}

test("key points are read from their chunk, and a missing joint is nought", async () => {
  const track = new KeypointTrack({ bytes: async () => chunk(0) }, 1, { frames: 1, chunk_frames: 1, chunks: 1 });
  assert.equal(track.points(0), null);
  await track.ensure(0);
  const points = track.points(0);
  assert.ok(points);
  assert.deepEqual([...points.slice(0, 3)], [0, 0, 0]);
  assert.deepEqual(
    [...points.slice(3, 6)].map((value) => Math.round(value * 100) / 100),
    [15.38, 14.38, 1],
  );
});

test("the chunk of a frame and the one after it are loaded, each once", async () => {
  /** @type {string[]} */
  const asked = [];
  /** @param {string} path */
  const bytes = async (path) => {
    asked.push(path);
    return chunk(Number(path.split("/").at(-1)));
  };
  const track = new KeypointTrack({ bytes }, 1, { frames: 3, chunk_frames: 1, chunks: 3 });
  await Promise.all([track.ensure(0), track.ensure(0)]);
  await track.ensure(1);
  assert.deepEqual(asked, ["/clips/1/keypoints/0", "/clips/1/keypoints/1", "/clips/1/keypoints/2"]);
});

test("key points in another form are refused with a sentence", async () => {
  const track = new KeypointTrack({ bytes: async () => new ArrayBuffer(64) }, 1, {
    frames: 1,
    chunk_frames: 1,
    chunks: 1,
  });
  await assert.rejects(track.ensure(0), /reload the page/);
});

/** @param {...[joint: number, x: number, y: number]} found */
function points(...found) {
  const all = new Float32Array(JOINTS * 3);
  for (const [joint, x, y] of found) all.set([x, y, 0.9], joint * 3);
  return all;
}

test("a face is larger than its points", () => {
  const box = faceBox(points([30, 100, 100], [40, 140, 100], [50, 120, 130]));
  assert.ok(box && box.x < 100 && box.x + box.width > 140 && box.y < 100 && box.y + box.height > 130);
});

test("two points are no face, nor are those of a hand", () => {
  assert.equal(faceBox(points([30, 100, 100], [40, 140, 100])), null);
  assert.equal(faceBox(points([100, 1, 1], [101, 2, 2], [102, 3, 3])), null);
});

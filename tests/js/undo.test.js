// The list of what can be taken back.

import assert from "node:assert/strict";
import { test } from "node:test";

import { bulkInWords, withDecision, withoutStep } from "../../app/review/session/undo.js";
import { clip } from "./samples.js";

/** @param {number} id */
const accept = (id) => ({ id, kind: "accept", label: "negative" });

test("the newest decision comes first and names its clip", () => {
  const list = withDecision(withDecision([], accept(1), clip()), accept(2), clip({ id: 9, name: "clip-009" }));
  assert.deepEqual(
    list.map(({ id }) => id),
    [2, 1],
  );
  assert.deepEqual(list[0], { ...accept(2), clip_id: 9, clip_name: "clip-009" });
});

test("first answers stand for good", () => {
  for (const kind of ["blind", "repeat"]) assert.deepEqual(withDecision([], { id: 1, kind, label: "a" }, clip()), []);
});

test("a decision that was sent twice stands once", () => {
  const list = withDecision([], accept(1), clip());
  assert.equal(withDecision(list, accept(1), clip()), list);
});

test("no more than fifty decisions are kept", () => {
  /** @type {ReturnType<typeof withDecision>} */
  let list = [];
  for (let id = 1; id <= 60; id++) list = withDecision(list, accept(id), clip());
  assert.deepEqual([list.length, list[0].id], [50, 60]);
});

test("what is taken back leaves the list, a bulk accept by its own number", () => {
  const list = [{ bulk_id: 1, clips: 3 }, ...withDecision([], accept(1), clip())];
  assert.deepEqual(withoutStep(list, list[0]), [list[1]]);
  assert.deepEqual(withoutStep(list, list[1]), [list[0]]);
});

test("one clip is not called clips", () => {
  assert.deepEqual(
    [bulkInWords({ clips: 1 }), bulkInWords({ clips: 2 })],
    ["1 clip accepted in bulk", "2 clips accepted in bulk"],
  );
});

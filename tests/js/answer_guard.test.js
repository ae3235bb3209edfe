// Which presses are no answer to the question on the screen. Times in ms.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { AnswerGuard } from "../../app/review/session/answer_guard.js";

/** @type {AnswerGuard} */
let guard;

beforeEach(() => {
  guard = new AnswerGuard();
  guard.ask("label", 0);
});

/**
 * Whether a press counts.
 * @param {string} key
 * @param {number} now
 */
const taken = (key, now, held = false) => !guard.isRepeat({ key, held }, now);

/** 1 for the label, after which the confidence is asked. */
function labelChosen() {
  assert.ok(taken("1", 1_000));
  guard.ask("confidence", 1_000);
}

test("different keys count however fast they follow each other", () => {
  labelChosen();
  assert.ok(taken("2", 1_005));
  guard.ask("keep or change", 1_040);
  assert.ok(taken("a", 1_041));
});

test("the same key twice within a quarter of a second is one press twice", () => {
  labelChosen();
  guard.release("1", 1_060);
  assert.ok(!taken("1", 1_240));
});

test("the same key answers the next question too, once that could be read", () => {
  labelChosen();
  guard.release("1", 1_060);
  assert.ok(taken("1", 1_250));
});

test("a refused press can be repeated on purpose", () => {
  labelChosen();
  assert.ok(!taken("1", 1_120));
  guard.release("1", 1_180);
  assert.ok(taken("1", 1_400));
});

test("the time counts from when the new question appeared, not from the press", () => {
  labelChosen();
  assert.ok(taken("2", 1_300));
  guard.ask("keep or change", 1_700); // the server was slow
  assert.ok(!taken("2", 1_900));
  assert.ok(taken("2", 2_300));
});

test("a key held down answers nothing, however long", () => {
  labelChosen();
  for (let now = 1_500; now < 4_000; now += 30) assert.ok(!taken("1", now, true));
});

test("a held key that arrives as presses and releases, as from a remote desktop, answers nothing", () => {
  labelChosen();
  for (let now = 1_030; now < 3_000; now += 30) {
    guard.release("1", now - 15);
    assert.ok(!taken("1", now), String(now));
  }
});

test("a key that bounces when it is released after long is refused", () => {
  labelChosen();
  guard.release("1", 1_800);
  assert.ok(!taken("1", 1_830));
});

test("the same key on the same question is nobody's second answer", () => {
  assert.ok(taken("7", 1_000)); // no label has it
  assert.ok(taken("7", 1_050));
});

test("a key between two presses of another makes them two", () => {
  labelChosen();
  assert.ok(taken("2", 1_050));
  guard.ask("keep or change", 1_090);
  assert.ok(taken("1", 1_130));
});

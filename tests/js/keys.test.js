// The table of keys, and what a pressed key is called.

import assert from "node:assert/strict";
import { test } from "node:test";

import { boundTo, isRepeatable, KEY_GROUPS, keyName } from "../../app/review/keys.js";

/**
 * @param {string} key
 * @param {Partial<KeyboardEvent>} changes
 */
const named = (key, changes = {}) =>
  keyName({ key, code: "", shiftKey: false, ctrlKey: false, metaKey: false, ...changes });

test("a letter is the same key with and without Shift", () => {
  assert.deepEqual([named("a"), named("A", { shiftKey: true })], ["a", "a"]);
});

test("Ctrl, or Command on a Mac, makes another key", () => {
  assert.deepEqual([named("z", { ctrlKey: true }), named("z", { metaKey: true })], ["Ctrl+z", "Ctrl+z"]);
});

test("Shift counts with arrows", () => {
  assert.equal(named("ArrowLeft", { shiftKey: true }), "Shift+ArrowLeft");
});

test("a digit is known by its place where the keyboard wants Shift for it", () => {
  assert.equal(named("&", { code: "Digit1" }), "1");
  assert.equal(named("!", { code: "Digit1", shiftKey: true }), "!");
});

test("a letter of a keyboard that is not Latin is known by its place", () => {
  assert.equal(named("ф", { code: "KeyA" }), "a");
});

test("no key does two things", () => {
  const names = KEY_GROUPS.flatMap(([, rows]) => rows.flatMap(([, , keys]) => keys));
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.ok(!/^[1-9tdvi]$/.test(name), name); // labels and verdicts have these
});

test("every row of the sheet names an action that its keys fire", () => {
  for (const [, rows] of KEY_GROUPS)
    for (const [, , keys, action] of rows) for (const key of keys) assert.equal(boundTo(key)?.[0], action);
});

test("digits and verdict keys are bound with their argument", () => {
  assert.deepEqual(
    [boundTo("2"), boundTo("v")],
    [
      ["digit", "2"],
      ["verdict", "cannot_see"],
    ],
  );
});

test("held down, only steps through the clip act again and again", () => {
  const held = KEY_GROUPS.flatMap(([, rows]) => rows.map(([, , , action]) => action)).filter(isRepeatable);
  assert.deepEqual([...new Set(held)], ["step", "jump"]);
});

// The table of keys, what a pressed key is called, and the keys that a reviewer chooses.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { KeyMap } from "../../app/review/keyboard/key_map.js";
import { isRepeatable } from "../../app/review/keyboard/listen.js";
import { KEY_GROUPS, keyFace, keyName, rowId } from "../../app/review/keys.js";
import { RATES, rateAfter } from "../../app/review/player/rates.js";
import { MemoryStorage } from "./samples.js";

const ROWS = KEY_GROUPS.flatMap(([, rows]) => rows);

/** @type {MemoryStorage} */
let storage;
/** @type {KeyMap} */
let keys;

beforeEach(() => {
  storage = new MemoryStorage();
  keys = new KeyMap(1, storage);
});

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

test("a key is written as people read it", () => {
  const faces = ["a", " ", "Ctrl+ArrowLeft", "Ctrl+z", "+", "PageDown", "Shift+ArrowRight"].map(keyFace);
  assert.deepEqual(faces, ["A", "Space", "Ctrl ←", "Ctrl Z", "+", "PageDown", "Shift →"]);
});

test("no key does two things", () => {
  const names = ROWS.flatMap(([, names]) => names);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.ok(!/^[1-9]$/.test(name), name); // labels have these
});

test("every row of the sheet names an action that its keys fire", () => {
  for (const [, names, action, argument] of ROWS)
    if (action !== "digit") for (const name of names) assert.deepEqual(keys.boundTo(name), [action, argument]);
});

test("every digit from 1 to 9 is bound with itself", () => {
  assert.deepEqual(
    [keys.boundTo("2"), keys.boundTo("9")],
    [
      ["digit", "2"],
      ["digit", "9"],
    ],
  );
});

test("held down, only steps through the clip act again and again", () => {
  const held = ROWS.map(([, , action]) => action).filter(isRepeatable);
  assert.deepEqual([...new Set(held)], ["step", "jump"]);
});

test("a chosen key replaces those that a row had, and is what buttons show", () => {
  assert.equal(keys.change("keep", "F8"), "");
  assert.deepEqual(keys.boundTo("F8"), ["keep", undefined]);
  assert.deepEqual([keys.boundTo("a"), keys.boundTo("Enter"), keys.face("keep")], [undefined, undefined, "F8"]);
});

test("a key that does something else is refused with what it does", () => {
  const sentence = "B is the key for “Body”. Give that another key first.";
  assert.equal(keys.change("view:face", "b"), sentence);
  assert.deepEqual(keys.boundTo("b"), ["view", "body"]);
  assert.deepEqual(keys.boundTo("f"), ["view", "face"]);
});

test("a key that was given away can be chosen for another row", () => {
  keys.change("view:body", ";");
  assert.equal(keys.change("view:face", "b"), "");
  assert.deepEqual(keys.boundTo("b"), ["view", "face"]);
});

test("the keys of labels, of the browser and those that only go with others are refused", () => {
  assert.match(keys.change("skip", "3"), /^3 chooses a label; /);
  assert.equal(keys.change("skip", "Ctrl+w"), "Ctrl W belongs to the browser.");
  assert.equal(keys.change("skip", "F5"), "F5 belongs to the browser.");
  assert.match(keys.change("skip", "Shift"), /does nothing by itself\.$/);
  assert.equal(keys.changed, false);
});

test("a row gets its usual keys back, unless another has them by now", () => {
  keys.change("view:body", ";");
  keys.change("view:face", "b");
  assert.equal(keys.reset("view:body"), "B is the key for “Face”. Give that another key first.");
  assert.equal(keys.reset("view:face"), "");
  assert.equal(keys.reset("view:body"), "");
  assert.equal(keys.changed, false);
});

test("all usual keys come back at once, exchanged ones too", () => {
  keys.change("view:body", ";");
  keys.change("view:face", "b");
  keys.change("view:body", "f");
  keys.resetAll();
  assert.deepEqual(
    [keys.boundTo("b"), keys.boundTo("f")],
    [
      ["view", "body"],
      ["view", "face"],
    ],
  );
  assert.equal(storage.getItem("telltale.keys.1"), null);
});

test("chosen keys stay for their reviewer, exchanged ones too, and for nobody else", () => {
  keys.change("view:body", ";");
  keys.change("view:face", "b");
  keys.change("view:body", "f");
  const [again, others] = [new KeyMap(1, storage), new KeyMap(2, storage)];
  assert.deepEqual(
    [again.boundTo("f"), again.boundTo("b")],
    [
      ["view", "body"],
      ["view", "face"],
    ],
  );
  assert.deepEqual([again.lost, others.changed], ["", false]);
});

test("a chosen key that the table has since given to another row is lost, and this is said", () => {
  storage.setItem("telltale.keys.1", JSON.stringify({ skip: "b", unclear: ";", "gone:1": "F9" }));
  const found = new KeyMap(1, storage);
  assert.deepEqual([found.face("skip"), found.face("unclear")], ["S", ";"]);
  assert.equal(found.lost, "These keys of yours are used otherwise now: B for “Skip”.");
});

test("the sheet tells each row with its keys, and that the labels' digits stay", () => {
  keys.change("skip", ";");
  const rows = keys.shown().flatMap(([, rows]) => rows);
  assert.equal(rows.length, ROWS.length);
  const told = rows.filter(({ id }) => ["skip", "digit", "undo"].includes(id));
  assert.deepEqual(
    told.map(({ faces, own, fixed }) => [faces, own, fixed]),
    [
      ["1–9", false, true],
      [";", true, false],
      ["U or Ctrl Z", false, false],
    ],
  );
});

test("every row has an id of its own", () => {
  assert.equal(new Set(ROWS.map(([, , action, argument]) => rowId(action, argument))).size, ROWS.length);
});

test("the speed goes one step at a time, to its ends, and back to the usual one", () => {
  assert.deepEqual([rateAfter(1, 1), rateAfter(1, -1), rateAfter(0.25, 0)], [1.5, 0.75, 1]);
  assert.deepEqual([rateAfter(RATES[0], -1), rateAfter(3, 1)], [0.25, 3]);
});

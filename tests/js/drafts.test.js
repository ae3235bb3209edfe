// What a reviewer has put in and not yet saved.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Drafts } from "../../app/review/session/drafts.js";
import { MemoryStorage } from "./samples.js";

/** @type {import("../../app/review/types.d.ts").Answer} */
const ANSWER = { kind: "final", label: "negative" };

test("a draft outlives a reload of the page", () => {
  const storage = new MemoryStorage();
  new Drafts(1, storage).change(4, { note: "jaw" });
  assert.equal(new Drafts(1, storage).of(4).note, "jaw");
});

test("reviewers and clips have drafts of their own", () => {
  const storage = new MemoryStorage();
  new Drafts(1, storage).change(4, { note: "jaw" });
  assert.equal(new Drafts(2, storage).of(4).note, "");
  assert.equal(new Drafts(1, storage).of(5).note, "");
});

test("the same answer is sent under the same token, also after a reload", () => {
  const storage = new MemoryStorage();
  const token = new Drafts(1, storage).token(4, ANSWER);
  assert.equal(new Drafts(1, storage).token(4, ANSWER), token);
  assert.match(token, /^[0-9a-f]{32}$/);
});

test("another answer is sent under another token", () => {
  const drafts = new Drafts(1, new MemoryStorage());
  assert.notEqual(drafts.token(4, ANSWER), drafts.token(4, { kind: "final", label: "positive" }));
});

test("a saved answer keeps the input at hand and leaves nothing to a reload", () => {
  const storage = new MemoryStorage();
  const drafts = new Drafts(1, storage);
  drafts.change(4, { note: "jaw" });
  const token = drafts.token(4, ANSWER);
  drafts.settle(4);
  assert.equal(drafts.of(4).note, "jaw");
  assert.notEqual(drafts.token(4, ANSWER), token);
  drafts.settle(4);
  assert.equal(new Drafts(1, storage).of(4).note, "");
});

test("a clip that comes back begins empty, but what was not saved stays", () => {
  const drafts = new Drafts(1, new MemoryStorage());
  drafts.change(4, { note: "saved" });
  drafts.settle(4);
  drafts.change(5, { note: "not saved" });
  drafts.restart(4);
  drafts.restart(5);
  assert.deepEqual([drafts.of(4).note, drafts.of(5).note], ["", "not saved"]);
});

test("a decision that stands is gone on from, unless something newer was put in", () => {
  const drafts = new Drafts(1, new MemoryStorage());
  drafts.change(5, { note: "newer" });
  for (const id of [4, 5]) drafts.adopt(id, { note: "stored", claim_verdicts: { 9: "true" } });
  assert.deepEqual([drafts.of(4).note, drafts.of(4).verdicts], ["stored", { 9: "true" }]);
  assert.deepEqual([drafts.of(5).note, drafts.of(5).verdicts], ["newer", {}]);
});

test("contents change with the input and not with tokens", () => {
  const drafts = new Drafts(1, new MemoryStorage());
  const before = drafts.contents(4);
  drafts.token(4, ANSWER);
  assert.equal(drafts.contents(4), before);
  drafts.change(4, { label: "negative" });
  assert.notEqual(drafts.contents(4), before);
});

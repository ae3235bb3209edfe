// Practice clips: which answer is sent, what keys do not do, and what is said after the answer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { labelsOf } from "../../app/review/labels.js";
import { withCurrent } from "../../app/review/panels/header.js";
import { noticeOf, practiceIsOver } from "../../app/review/panels/notice.js";
import { practicedWords } from "../../app/review/panels/practice.js";
import { isFirstKind, reactionTo } from "../../app/review/session/steps.js";
import { clip, draft, rationale, TAXONOMY } from "./samples.js";

/** @import { PracticeFeedback } from "../../app/review/types.d.ts" */

/** @type {PracticeFeedback} */
const FEEDBACK = {
  ...{ right: false, label: "negative", known_label: "positive", known_from: "gold", explanation: "" },
  ...{ answered: 2, right_so_far: 1, first: "" },
};

test("the answer on a practice clip is one of practice, and it cannot be taken back", () => {
  const standing = { step: /** @type {const} */ ("label"), clip: clip({ practice: { feedback: null } }) };
  const input = { kind: /** @type {const} */ ("rater_confidence"), level: 2 };
  const reaction = reactionTo(
    input,
    { ...standing, rationale: null, decision: null },
    draft({ label: "positive" }),
    true,
  );
  assert.deepEqual(reaction, { first: { kind: "practice", label: "positive", rater_confidence: 2 } });
  assert.equal(isFirstKind("practice"), true);
});

test("practice takes neither unclear nor skip, and after the answer no key decides anything", () => {
  const before = { step: /** @type {const} */ ("label"), clip: clip({ practice: { feedback: null } }) };
  const after = { step: /** @type {const} */ ("practiced"), clip: clip({ practice: { feedback: FEEDBACK } }) };
  const inputs = /** @type {const} */ ([{ kind: "unclear" }, { kind: "skip" }]);
  for (const input of inputs)
    assert.equal(reactionTo(input, { ...before, rationale: null, decision: null }, draft(), true), null);
  const keys = /** @type {const} */ ([...inputs, { kind: "keep" }, { kind: "label", label: "positive" }]);
  for (const input of keys)
    assert.equal(reactionTo(input, { ...after, rationale: rationale(), decision: null }, draft(), true), null);
});

test("after the answer the known label is said, how many were right, and what comes next", () => {
  const labels = labelsOf(TAXONOMY);
  const title = labels.of("positive").title;
  assert.deepEqual(practicedWords(FEEDBACK, labels), [
    `Not right: it is ${title}`,
    "1 of 2 right so far. You may begin.",
  ]);
  const first = "Practice comes first: 2 of 5 practice clips answered.";
  assert.deepEqual(practicedWords({ ...FEEDBACK, right: true, first }, labels), [
    `Right: ${title}`,
    `1 of 2 right so far. ${first}`,
  ]);
});

test("at the end of practice a coder begins, or waits for a lead", () => {
  const practice = { kind: "practice", title: "Practice", size: 0 };
  const open = { kind: "unreviewed", title: "To judge", size: 3 };
  const state = {
    step: /** @type {const} */ ("empty"),
    problem: "",
    queue: { kind: "practice", items: [], more: false },
  };
  assert.equal(practiceIsOver({ ...state, queues: [open] }), true);
  assert.equal(noticeOf({ ...state, queues: [open] })?.[0], "Practice is done.");
  assert.equal(practiceIsOver({ ...state, queues: [practice] }), false);
  assert.equal(noticeOf({ ...state, queues: [practice] })?.[0], "No practice clip is left.");
});

test("a queue that has left the list stays in it while it is gone through", () => {
  const open = { kind: "unreviewed", title: "To judge", size: 3 };
  assert.deepEqual(withCurrent([open], "practice", "Practice (2)"), [
    { kind: "practice", title: "Practice", size: null },
    open,
  ]);
  assert.deepEqual(withCurrent([open], "unreviewed", "To judge (4)"), [open]);
});

// What a key or button does to the clip on the screen, step by step.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  afterAnswer,
  completed,
  inputOfDigit,
  isUntouched,
  keptLabel,
  reactionTo,
} from "../../app/review/session/steps.js";
import { claim, decision, draft, info, rationale, TAXONOMY } from "./samples.js";

/** @import { Standing } from "../../app/review/session/steps.js" */

const BLIND = { label: "positive", rater_confidence: 2 };

/**
 * @param {Partial<Standing>} changes
 * @returns {Standing}
 */
function labeling(changes = {}) {
  return { step: "label", clip: { info: info() }, rationale: null, decision: null, ...changes };
}

/**
 * @param {Partial<Standing>} changes
 * @returns {Standing}
 */
function revealed(changes = {}) {
  return labeling({ step: "reveal", clip: { info: info({ blind: BLIND }) }, rationale: rationale(), ...changes });
}

test("a label is chosen first, and the confidence of the rater is asked anew", () => {
  const reaction = reactionTo({ kind: "label", label: "negative" }, labeling(), draft({ rater_confidence: 3 }), true);
  assert.deepEqual(reaction, { draft: { label: "negative", rater_confidence: null } });
});

test("a confidence of the rater completes the blind answer", () => {
  const reaction = reactionTo({ kind: "rater_confidence", level: 2 }, labeling(), draft({ label: "negative" }), true);
  assert.deepEqual(reaction, { first: { kind: "blind", label: "negative", rater_confidence: 2 } });
});

test("a confidence of the rater without a label does nothing", () => {
  assert.equal(reactionTo({ kind: "rater_confidence", level: 2 }, labeling(), draft(), true), null);
});

test("a clip that came back is answered a second time, not blind", () => {
  const standing = labeling({ clip: { info: info({ repeat: true }) } });
  const reaction = reactionTo({ kind: "rater_confidence", level: 1 }, standing, draft({ label: "negative" }), true);
  assert.deepEqual(reaction, { first: { kind: "repeat", label: "negative", rater_confidence: 1 } });
});

test("a chosen label can be put back", () => {
  const reaction = reactionTo({ kind: "unchoose" }, labeling(), draft({ label: "negative" }), true);
  assert.deepEqual(reaction, { draft: { label: null, rater_confidence: null } });
});

test("after the reveal a label decides, on the labeler's answer that is shown", () => {
  const reaction = reactionTo({ kind: "label", label: "negative" }, revealed(), draft(), true);
  assert.deepEqual(reaction, { last: { kind: "final", label: "negative", pseudo_label_id: 7 } });
});

test("nobody decides on a rationale that has not come", () => {
  const waiting = revealed({ rationale: null });
  assert.equal(reactionTo({ kind: "label", label: "negative" }, waiting, draft(), true), null);
  assert.equal(reactionTo({ kind: "keep" }, waiting, draft(), true), null);
});

test("keep keeps one's own blind answer", () => {
  const reaction = reactionTo({ kind: "keep" }, revealed(), draft(), true);
  assert.deepEqual(reaction, { last: { kind: "final", label: "positive", pseudo_label_id: 7 } });
});

test("keep does nothing before the reveal", () => {
  assert.equal(reactionTo({ kind: "keep" }, labeling(), draft(), true), null);
});

test("in assisted mode keep takes the model's label", () => {
  assert.equal(keptLabel(revealed({ clip: { info: info({ mode: "assisted" }) } })), "negative");
});

test("on a decided clip keep keeps the decision that stands", () => {
  assert.equal(keptLabel(revealed({ step: "done", decision: decision({ label: "negative" }) })), "negative");
});

test("a clip can be called unclear before the reveal, without naming a labeler's answer", () => {
  const reaction = reactionTo({ kind: "unclear" }, labeling(), draft(), true);
  assert.deepEqual(reaction, { last: { kind: "unclear", pseudo_label_id: null } });
});

test("a clip that came back cannot be called unclear but can be skipped", () => {
  const standing = labeling({ clip: { info: info({ repeat: true }) } });
  assert.equal(reactionTo({ kind: "unclear" }, standing, draft(), true), null);
  assert.deepEqual(reactionTo({ kind: "skip" }, standing, draft(), true), { last: { kind: "skip" } });
});

test("no decision counts while the screen is not ready", () => {
  /** @type {import("../../app/review/session/steps.js").Input[]} */
  const inputs = [{ kind: "label", label: "negative" }, { kind: "keep" }, { kind: "unclear" }, { kind: "skip" }];
  for (const input of inputs) assert.equal(reactionTo(input, revealed(), draft(), false), null, input.kind);
});

test("no input decides on a clip of the test split", () => {
  const tested = revealed({ clip: { info: info({ split: "test", blind: BLIND }) } });
  /** @type {import("../../app/review/session/steps.js").Input[]} */
  const inputs = [
    { kind: "label", label: "negative" },
    { kind: "keep" },
    { kind: "unclear" },
    { kind: "skip" },
    { kind: "verdict", claimId: 5, verdict: "true" },
  ];
  for (const input of inputs) assert.equal(reactionTo(input, tested, draft(), true), null, input.kind);
});

test("a verdict goes into the draft, and the same one again takes it back", () => {
  /** @type {import("../../app/review/session/steps.js").Input} */
  const input = { kind: "verdict", claimId: 5, verdict: "true" };
  assert.deepEqual(reactionTo(input, revealed(), draft({ verdicts: { 4: "false" } }), false), {
    draft: { verdicts: { 4: "false", 5: "true" } },
  });
  assert.deepEqual(reactionTo(input, revealed(), draft({ verdicts: { 5: "true" } }), false), {
    draft: { verdicts: {} },
  });
});

test("no claim is judged before it is shown", () => {
  assert.equal(reactionTo({ kind: "verdict", claimId: 5, verdict: "true" }, labeling(), draft(), true), null);
});

test("a digit chooses the label with that key", () => {
  assert.deepEqual(inputOfDigit("2", "label", draft(), TAXONOMY), { kind: "label", label: "negative" });
});

test("a digit without a label does nothing", () => {
  assert.equal(inputOfDigit("9", "label", draft(), TAXONOMY), null);
});

test("once a label is chosen, digits up to three are the confidence of the rater", () => {
  const chosen = draft({ label: "negative" });
  assert.deepEqual(inputOfDigit("3", "label", chosen, TAXONOMY), { kind: "rater_confidence", level: 3 });
  assert.equal(inputOfDigit("4", "label", chosen, TAXONOMY), null);
});

test("after the reveal a digit is a label again", () => {
  const chosen = draft({ label: "negative" });
  assert.deepEqual(inputOfDigit("1", "reveal", chosen, TAXONOMY), { kind: "label", label: "positive" });
});

test("note and verdicts of the claims that are shown go with the last word", () => {
  const shown = rationale([claim({ id: 5 }), claim({ id: 6 })]).pseudo_label;
  const made = draft({ note: "jaw", verdicts: { 5: "true", 99: "false" } });
  const whole = completed({ kind: "final", label: "negative", pseudo_label_id: 7 }, shown, made);
  assert.deepEqual([whole.claim_verdicts, whole.note], [{ 5: "true" }, "jaw"]);
});

test("verdicts stay behind where the answer names no labeler's answer, or another one", () => {
  const shown = rationale([claim({ id: 5 })]).pseudo_label;
  const made = draft({ verdicts: { 5: "true" } });
  assert.deepEqual(completed({ kind: "skip" }, shown, made).claim_verdicts, {});
  assert.deepEqual(completed({ kind: "final", pseudo_label_id: 8 }, shown, made).claim_verdicts, {});
});

test("a saved blind answer opens the rationale of the clip", () => {
  const after = afterAnswer(info(), { kind: "blind", ...BLIND });
  assert.deepEqual([after.step, after.rationale_open, after.blind], ["reveal", true, BLIND]);
});

test("a clip is untouched until a label is chosen or a note begun", () => {
  assert.equal(isUntouched("label", draft()), true);
  assert.equal(isUntouched("label", draft({ label: "negative" })), false);
  assert.equal(isUntouched("label", draft({ note: "j" })), false);
  assert.equal(isUntouched("reveal", draft()), false);
});

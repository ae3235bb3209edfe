// Small parts of the screen that need no browser: the address, the claim that comes next, sentences.

import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf, chosenAnswer } from "../../app/review/address.js";
import { ClaimWatch, claimAfter } from "../../app/review/claim_watch.js";
import { clockTime } from "../../app/review/clock_time.js";
import { labelsLike, labelsOf } from "../../app/review/labels.js";
import { claimNote, verdictsInWords } from "../../app/review/panels/claim_row.js";
import { doneWords } from "../../app/review/panels/decision_bar.js";
import { goldBadge, reasonNow } from "../../app/review/panels/header.js";
import { noticeOf } from "../../app/review/panels/notice.js";
import { trainedOn, unanswered } from "../../app/review/panels/rationale.js";
import { claim, decision, info, LABELS, rationale, TAXONOMY } from "./samples.js";

const CLAIMS = [claim({ id: 5 }), claim({ id: 6 }), claim({ id: 7 })];

test("times are written as minutes and seconds", () => {
  assert.deepEqual([clockTime(62.5), clockTime(62.5, 0), clockTime(9.95, 1)], ["1:02.50", "1:03", "0:10.0"]);
});

test("a second that rounds up to a minute is one", () => {
  assert.equal(clockTime(59.999), "1:00.00");
});

test("the next claim after the last is the first, and before the first the last", () => {
  assert.equal(claimAfter(CLAIMS, CLAIMS[2], 1)?.id, 5);
  assert.equal(claimAfter(CLAIMS, CLAIMS[0], -1)?.id, 7);
});

test("where no claim is watched, the next is the first and the one before is the last", () => {
  assert.equal(claimAfter(CLAIMS, null, 1)?.id, 5);
  assert.equal(claimAfter(CLAIMS, null, -1)?.id, 7);
});

test("where there is no claim, none is next", () => {
  assert.equal(claimAfter([], null, 1), undefined);
});

test("watching a claim plays its span once, lights its joints and marks it on the timeline", () => {
  /** @type {any[]} */
  const done = [];
  const player = {
    /** @param {number[] | null} joints */
    light: (joints) => done.push(["light", joints]),
    /** @param {import("../../app/review/types.d.ts").Loop} span */
    playSpan: (span) => done.push(["play", span]),
    setLoop: () => done.push(["loop"]),
  };
  const timeline = { mark: () => done.push(["mark"]) };
  new ClaimWatch(player, timeline, () => done.push(["change"])).watch(claim());
  const span = { start_s: 1, end_s: 2, once: true };
  assert.deepEqual(done, [["light", [0, 4]], ["play", span], ["mark"], ["change"]]);
});

test("the address names queue, clip and moment and keeps what else is in it", () => {
  const place = { queue: "unreviewed", clip: 4, time_s: 1.234, answer: null };
  const address = addressOf("http://localhost/review?embed=true&answer=9", place);
  assert.equal(address.search, "?embed=true&queue=unreviewed&clip=4&t=1.23");
});

test("the address names an answer that does not show by itself", () => {
  const place = { queue: "unreviewed", clip: 4, time_s: 0, answer: 3 };
  assert.equal(addressOf("http://localhost/review", place).searchParams.get("answer"), "3");
});

test("only an answer other than the newest is named", () => {
  const newest = rationale();
  assert.equal(chosenAnswer(newest), null);
  assert.equal(chosenAnswer({ ...newest, answers: [{ id: 8, name: "newer", counts: true }, ...newest.answers] }), 7);
  assert.equal(chosenAnswer(null), null);
});

test("a label that the study has lost is shown by its name", () => {
  assert.equal(labelsOf(TAXONOMY).of("anger").title, "anger");
  assert.equal(labelsOf(TAXONOMY).of("negative").title, "Negative (lost)");
});

test("verdicts are told as judged, and as saved once the decision has them all", () => {
  const ids = [5, 6];
  assert.equal(verdictsInWords(ids, {}, null), "Choose a claim to watch it, then judge it.");
  assert.equal(verdictsInWords(ids, { 5: "true" }, null), "1 of 2 judged; saved with your answer below.");
  const saved = { claim_verdicts: /** @type {const} */ ({ 5: "true" }) };
  assert.equal(verdictsInWords(ids, { 5: "true" }, saved), "1 of 2 judged, and saved.");
  assert.equal(verdictsInWords(ids, { 5: "false" }, saved), "1 of 2 judged; saved with your answer below.");
});

/** @param {number | null} size */
const empty = (size, kind = "unreviewed", items = [{ clip_id: 1, reason: "" }]) =>
  noticeOf({
    ...{ step: "empty", problem: "", queue: { kind, items, more: false } },
    queues: [{ kind: "skipped", title: "Skipped by me", size }],
  });

test("a queue that was gone through is done, and one without clips has nothing to do", () => {
  assert.equal(empty(0)?.[0], "This queue is done.");
  assert.equal(empty(0, "unreviewed", [])?.[0], "Nothing waits in this queue.");
});

test("a done queue says where skipped clips wait, but not in their own queue", () => {
  assert.match(empty(2)?.[1] ?? "", /2 clips that you skipped wait in “Skipped by me”\.$/);
  assert.match(empty(1)?.[1] ?? "", /A clip that you skipped waits in/);
  assert.doesNotMatch(empty(2, "skipped")?.[1] ?? "", /Skipped by me/);
});

test("a done queue names the next one in which clips wait before it speaks of training", () => {
  const queues = [
    { kind: "assigned", title: "Assigned to me", size: 0 },
    { kind: "unreviewed", title: "To judge", size: 17 },
    { kind: "recent", title: "My recent ones", size: 4 },
  ];
  const state = { step: /** @type {const} */ ("empty"), problem: "", queues };
  const words = (/** @type {string} */ kind) =>
    noticeOf({ ...state, queue: { kind, items: [], more: false } })?.[1] ?? "";
  assert.match(words("assigned"), /^Go on with “To judge” \(17\)\. .*Train/);
  assert.match(words("unreviewed"), /^Choose another queue above, or go to Train/);
});

test("while a clip is shown there is no notice in its place", () => {
  assert.equal(noticeOf({ step: "label", problem: "", queue: { kind: "", items: [], more: false }, queues: [] }), null);
});

test("a claim that the labeler kept says which label it is for and what the key points say", () => {
  assert.deepEqual(claimNote(claim({ speaks_for: "negative" }), LABELS), ["✓", "For Negative (lost). ", "Supported"]);
});

test("a claim that the labeler dropped speaks for no label and carries no sign of support", () => {
  const [sign, speaks, meaning] = claimNote(claim({ speaks_for: "negative", kept: false }), LABELS);
  assert.deepEqual([sign, speaks], ["", "Dropped by the labeler, no longer for Negative (lost). "]);
  assert.equal(meaning, "Key points: supported");
});

test("taking back is offered on a decided clip where it takes this decision back", () => {
  const last = { id: 5, clip_id: 1, clip_name: "clip-001", kind: "accept", label: "negative" };
  assert.equal(doneWords(decision({ id: 5 }), [last], "U"), "Decide again, or take it back with U");
});

test("on a decided clip it is told which other clip U would take back", () => {
  const last = { id: 6, clip_id: 2, clip_name: "clip-002", kind: "accept", label: "negative" };
  assert.equal(doneWords(decision({ id: 5 }), [last], "U"), "Decide again; U takes back clip-002");
});

test("on a decided clip it is told that U would take back a bulk accept", () => {
  const words = doneWords(decision({ id: 5 }), [{ bulk_id: 1, clips: 3 }], "U");
  assert.equal(words, "Decide again; U takes back 3 clips accepted in bulk");
});

test("where nothing can be taken back, none is offered", () => {
  assert.equal(doneWords(decision({ id: 5 }), [], "U"), "Decide again");
});

test("what is said of a run's training is what it trained on", () => {
  const run = { id: 3, label: "negative", confidence: 0.9 };
  const told = [
    { held_out: true, person_seen: false },
    { held_out: true, person_seen: true },
    { held_out: false, person_seen: true },
  ].map((of) => trainedOn({ ...run, ...of }));
  assert.deepEqual(told, [
    "This run never trained on this clip, nor on this person",
    "This run never trained on this clip, but on others of this person",
    "This run also trained on this clip",
  ]);
});

/** @param {{label: string, replaced_by: string | null} | null} gold */
const withGold = (gold) => ({ ...rationale(), gold });
const POSITIVE = { label: "positive", rater_confidence: 2 };

test("after the reveal a badge says that one's own label differs from gold", () => {
  const revealed = withGold({ label: "negative", replaced_by: null });
  assert.deepEqual(goldBadge(info({ blind: POSITIVE }), revealed, null, LABELS), [
    "differs from gold",
    "You said Positive (won); gold says Negative (lost)",
  ]);
});

test("a badge says that another person's label counts in place of gold", () => {
  const revealed = withGold({ label: "positive", replaced_by: "negative" });
  assert.deepEqual(goldBadge(info({ blind: POSITIVE }), revealed, null, LABELS), [
    "differs from gold",
    "A person's Negative (lost) counts for this clip; gold says Positive (won)",
  ]);
});

test("once one's own answer is saved, a clip to judge is not said to wait for it any more", () => {
  const item = { clip_id: 1, reason: "Nobody has judged this clip yet." };
  const answered = "Your answer on this clip is saved.";
  assert.equal(reasonNow("unreviewed", item, info(), null), item.reason);
  assert.equal(reasonNow("unreviewed", item, info({ blind: POSITIVE }), null), answered);
  assert.equal(reasonNow("unreviewed", item, info(), decision({ kind: "unclear", label: null })), answered);
  assert.equal(reasonNow("unclear", item, info({ blind: POSITIVE }), null), item.reason);
});

test("a clip whose label is that of gold, or that has none, has no such badge", () => {
  const answered = info({ blind: POSITIVE });
  assert.equal(goldBadge(answered, withGold({ label: "positive", replaced_by: null }), null, LABELS), null);
  assert.equal(goldBadge(answered, withGold(null), null, LABELS), null);
  assert.equal(goldBadge(answered, null, null, LABELS), null);
});

test("it is the last decision that is held against gold", () => {
  const revealed = withGold({ label: "negative", replaced_by: null });
  assert.equal(goldBadge(info({ blind: POSITIVE }), revealed, decision({ label: "negative" }), LABELS), null);
});

test("a clip without a rationale says whether one's own answer decides or none is asked for", () => {
  assert.match(unanswered(info()), /^No labeler has answered for this clip\. Your own answer alone decides\.$/);
  assert.match(unanswered(info({ split: "test" })), /^No labeler sees a clip of the test split/);
});

test("labels are found by every typed word, those that begin with it first, in any case and spelling", () => {
  const titles = ["Side Kick", "Kick off", "Frühstück", "FrontKick", "push"];
  const labels = titles.map((title, place) => ({
    name: `l-${place}`,
    title,
    color: "#000000",
    key: "",
    description: "",
  }));
  /** @param {string} typed */
  const found = (typed) => labelsLike(labels, typed).map(({ title }) => title);
  assert.deepEqual(found("kick"), ["Kick off", "Side Kick", "FrontKick"]);
  assert.deepEqual(found(" K fro"), ["FrontKick"]);
  assert.deepEqual(found("fruhst"), ["Frühstück"]);
  assert.deepEqual(found(""), titles);
  assert.deepEqual(found("x"), []);
});

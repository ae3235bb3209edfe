// The timeline: where a time lies, what lies under a place, and what it says in words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cueRows } from "../../app/review/timeline/cue_rows.js";
import { describeMoment, modelAt, noCueBecause, shutBecause, tipFor } from "../../app/review/timeline/descriptions.js";
import { hitTest } from "../../app/review/timeline/hit_test.js";
import { CLAIM_ROW, layoutOf, MOST_CLAIM_ROWS } from "../../app/review/timeline/lanes.js";
import { pack, speaksOf } from "../../app/review/timeline/spans.js";
import { GUTTER, MARGIN, TimeAxis } from "../../app/review/timeline/time_axis.js";
import { claim, clip, cue, LABELS } from "./samples.js";

/** @import { TimelineContent } from "../../app/review/timeline/lanes.js" */

const WIDTH = GUTTER + MARGIN + 1000; // 100 px a second for a clip of 10 s

/** @type {import("../../app/review/types.d.ts").ModelTimeline} */
const MODEL = {
  ...{ run_id: 3, labels: ["positive", "negative"], time_s: [2, 5, 10], attention: [0.2, 0.5, 0.3] },
  probabilities: [
    [0.5, 0.5],
    [0.3, 0.7],
    [0.1, 0.9],
  ],
};

const FAMILIES = [
  { name: "face", title: "Face" },
  { name: "self-touch", title: "Self-touch" },
];

/**
 * @param {Partial<TimelineContent>} changes
 * @returns {TimelineContent}
 */
function content(changes = {}) {
  return {
    ...{
      clip: clip(),
      revealed: true,
      measured: true,
      notMeasurable: "",
      claims: pack([claim()], 4),
      cues: [cue()],
      words: [],
    },
    ...{ rows: cueRows([cue()], FAMILIES), room: 80, model: null, looked: [], active: null, loop: null, time: 0 },
    ...changes,
  };
}

/**
 * A place in the middle of a lane's first row.
 * @param {number} time
 * @param {"claimsTop" | "cuesTop" | "wordsTop" | "modelTop" | "confidenceTop"} lane
 * @param {TimelineContent} shown
 */
function hit(time, lane, shown) {
  const axis = new TimeAxis(10);
  return hitTest({ x: axis.xOf(time, WIDTH), y: layoutOf(shown)[lane] + 4 }, shown, axis, WIDTH);
}

test("a clip begins after the names of the lanes and ends before the margin", () => {
  const axis = new TimeAxis(10);
  assert.deepEqual([axis.xOf(0, WIDTH), axis.xOf(10, WIDTH)], [GUTTER, WIDTH - MARGIN]);
});

test("a place tells the time that is drawn there, zoomed too", () => {
  const axis = new TimeAxis(10);
  axis.zoom(4, 7);
  assert.ok(Math.abs(axis.timeAt(axis.xOf(6.5, WIDTH), WIDTH) - 6.5) < 1e-9);
});

test("a place beside the clip is its beginning or its end", () => {
  const axis = new TimeAxis(10);
  assert.deepEqual([axis.timeAt(0, WIDTH), axis.timeAt(WIDTH + 50, WIDTH)], [0, 10]);
});

test("the moment that is zoomed around keeps its place", () => {
  const axis = new TimeAxis(10);
  const before = axis.xOf(4, WIDTH);
  axis.zoom(2, 4);
  assert.ok(Math.abs(axis.xOf(4, WIDTH) - before) < 1e-9);
  assert.equal(axis.zoomed, true);
});

test("a second is the least that is shown, and the whole clip the most", () => {
  const axis = new TimeAxis(10);
  axis.zoom(100, 5);
  assert.ok(Math.abs(axis.span - 1) < 1e-9);
  axis.zoom(0.001, 5);
  assert.deepEqual([axis.from, axis.to, axis.zoomed], [0, 10, false]);
});

test("the stretch that is shown stays within the clip", () => {
  const axis = new TimeAxis(10);
  axis.zoom(2, 5);
  axis.showFrom(9);
  assert.deepEqual([axis.from, axis.to], [5, 10]);
  axis.showFrom(-3);
  assert.deepEqual([axis.from, axis.to], [0, 5]);
});

test("a moment outside the stretch is brought into it with a little before it", () => {
  const axis = new TimeAxis(10);
  axis.zoom(5, 0);
  axis.follow(6);
  assert.ok(Math.abs(axis.from - 5.8) < 1e-9);
});

test("a moment within the stretch moves nothing", () => {
  const axis = new TimeAxis(10);
  axis.zoom(5, 0);
  axis.follow(1.9);
  assert.equal(axis.from, 0);
});

test("a hand drags the stretch along by as much as it moves", () => {
  const axis = new TimeAxis(10);
  axis.zoom(2, 5);
  axis.drag(axis.from, -200, WIDTH); // 200 px of 1000 px for 5 s
  assert.ok(Math.abs(axis.from - 3.5) < 1e-9);
});

test("the wheel moves along by a tenth of the stretch", () => {
  const axis = new TimeAxis(10);
  axis.zoom(2, 0);
  axis.turn(53);
  assert.ok(Math.abs(axis.from - 0.5) < 1e-9);
});

test("spans that overlap lie in rows of their own, and a row is used again when it is free", () => {
  const spans = [
    { start_s: 0, end_s: 2 },
    { start_s: 1, end_s: 3 },
    { start_s: 2, end_s: 4 },
  ];
  assert.deepEqual(
    pack(spans, 4).map(({ row }) => row),
    [0, 1, 0],
  );
});

test("what fits into no row lies in the last", () => {
  const spans = [1, 2, 3].map(() => ({ start_s: 0, end_s: 5 }));
  assert.deepEqual(
    pack(spans, 2).map(({ row }) => row),
    [0, 1, 1],
  );
});

test("a cue is what a claim speaks of where it has its name and some of its time", () => {
  assert.equal(speaksOf(claim(), cue({ start_s: 1.9, end_s: 3 })), true);
  assert.equal(speaksOf(claim(), cue({ start_s: 2, end_s: 3 })), false);
  assert.equal(speaksOf(claim(), cue({ name: "folding arms" })), false);
});

test("the lanes of words and of the model take room only where there is something in them", () => {
  const bare = layoutOf(content());
  const full = layoutOf(content({ words: [{ start_s: 0, end_s: 1, text: "Well." }], model: MODEL }));
  assert.equal(bare.wordsTop, bare.confidenceTop);
  assert.ok(full.wordsTop < full.modelTop && full.modelTop < full.confidenceTop);
});

test("the lanes keep their height when the claims come", () => {
  const shut = layoutOf(content({ claims: [], rows: cueRows([], FAMILIES) }));
  assert.equal(layoutOf(content()).height, shut.height);
});

test("more rows of claims make their lane higher", () => {
  const crowded = pack(
    [1, 2, 3].map((id) => claim({ id })),
    MOST_CLAIM_ROWS,
  );
  assert.equal(layoutOf(content({ claims: crowded })).cuesTop - layoutOf(content()).cuesTop, CLAIM_ROW);
});

test("a claim is hit in its row and its seconds, and a few px beside them", () => {
  assert.equal(hit(1.5, "claimsTop", content()).claim?.id, 1);
  assert.equal(hit(0.98, "claimsTop", content()).claim?.id, 1);
  assert.equal(hit(2.02, "claimsTop", content()).claim?.id, 1);
  assert.equal(hit(0.95, "claimsTop", content()).claim, undefined);
  assert.equal(hit(2.05, "claimsTop", content()).claim, undefined);
});

test("of overlapping claims the one in the row under the mouse is hit", () => {
  const shown = content({ claims: pack([claim({ id: 1 }), claim({ id: 2 })], 4) });
  const axis = new TimeAxis(10);
  const place = { x: axis.xOf(1.5, WIDTH), y: layoutOf(shown).claimsTop + CLAIM_ROW + 4 };
  assert.equal(hitTest(place, shown, axis, WIDTH).claim?.id, 2);
});

test("cues and sentences are hit in their own lanes", () => {
  const shown = content({ words: [{ start_s: 1, end_s: 2, text: "Well." }] });
  const layout = layoutOf(shown);
  const place = { x: new TimeAxis(10).xOf(1.5, WIDTH), y: layout.cuesTop + 1.5 * layout.cueRow }; // the second family's
  assert.equal(hitTest(place, shown, new TimeAxis(10), WIDTH).cue?.name, "touching jaw");
  assert.equal(hit(1.5, "cuesTop", shown).cue, undefined); // the first family has none
  assert.equal(hit(1.5, "wordsTop", shown).said?.text, "Well.");
  assert.equal(hit(1.5, "wordsTop", shown).claim, undefined);
});

test("the tip tells what lies under the mouse", () => {
  const bins = new Float32Array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
  const shown = content({ words: [{ start_s: 1, end_s: 2, text: "Well." }], model: MODEL, clip: clip() });
  /** @type {(time: number, lane: "claimsTop" | "cuesTop" | "wordsTop" | "modelTop" | "confidenceTop") => string} */
  const tip = (time, lane) => tipFor(hit(time, lane, shown), shown, LABELS);
  assert.equal(tip(1.5, "claimsTop"), "0:01.00–0:02.00  The hand touches the jaw.");
  assert.equal(tip(1.5, "wordsTop"), "0:01.0–0:02.0  Well.");
  assert.match(tip(4, "modelTop"), /^0:04\.00 {2}run 3 up to here: Positive \(won\) 30 %, Negative \(lost\) 70 %/);
  assert.equal(tip(8, "confidenceTop"), "0:08.00"); // the confidence has not come
  shown.clip.confidence = bins;
  assert.equal(tip(8, "confidenceTop"), "0:08.00  body 0.40, face 0.50, hands 0.60");
  assert.equal(tip(9, "claimsTop"), "0:09.00");
});

test("the tip of a cue tells its name, which its bar may have no room for", () => {
  const shown = content({ rows: cueRows([cue()], [FAMILIES[1]]) });
  const tip = tipFor(hit(1.5, "cuesTop", shown), shown, LABELS);
  assert.equal(tip, "0:01.00–0:02.00  Touching the jaw, strength 0.50");
});

test("of two short cues beside each other the nearer one is hit", () => {
  const cues = [cue({ start_s: 1, end_s: 1.02, title: "first" }), cue({ start_s: 1.04, end_s: 1.06, title: "second" })];
  const shown = content({ rows: cueRows(cues, [FAMILIES[1]]) });
  assert.equal(hit(1.035, "cuesTop", shown).cue?.title, "second");
});

test("the moment on the screen is told with all that the lanes show then", () => {
  const words = [{ start_s: 1, end_s: 2, text: "Well." }];
  assert.equal(
    describeMoment(content({ words, time: 1.5 }), LABELS),
    "0:01.50; claim, Supported: The hand touches the jaw.; measured: Touching the jaw; said: Well.",
  );
  assert.equal(describeMoment(content({ words, time: 2 }), LABELS), "0:02.00");
});

test("after its last moment a model says what it said there", () => {
  assert.match(modelAt(MODEL, 11, LABELS), /Negative \(lost\) 90 %; attention 0\.9 × even$/);
});

test("lanes that an answer opens say so, and those of a test clip, which takes none, do not", () => {
  assert.equal(shutBecause({ split: "train" }), "shown after your answer");
  assert.equal(shutBecause({ split: "test" }), "not shown for clips of the test split");
});

test("where no cue stands, the timeline says whether none was found, passes the filter, or could be measured", () => {
  const none = { cues: [], measured: true, notMeasurable: "" };
  assert.equal(noCueBecause(none), "no cue was found");
  assert.equal(noCueBecause({ ...none, cues: [cue()] }), "no cue passes the filter");
  assert.equal(noCueBecause({ ...none, measured: false }), "the cues of this clip are not measured yet");
  const short = { ...none, notMeasurable: "the clip is shorter than 2 s" };
  assert.equal(noCueBecause(short), "no cue can be measured: the clip is shorter than 2 s");
});

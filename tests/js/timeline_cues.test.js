// The rows of the measured cues, their names, the filter, and what is said of a run's attention.

import assert from "node:assert/strict";
import { test } from "node:test";

import { attentionInWords, lookedMost } from "../../app/review/timeline/attention.js";
import { fitted } from "../../app/review/timeline/bar_names.js";
import { ALL_CUES, countInWords, filtered, RememberedFilter, showsAll } from "../../app/review/timeline/cue_filter.js";
import { cueRows, rowHeight } from "../../app/review/timeline/cue_rows.js";
import { claim, cue, MemoryStorage } from "./samples.js";

const FACE = { name: "face", title: "Face" };
const TOUCH = { name: "self-touch", title: "Self-touch" };

const smile = cue({ name: "smile", title: "Smile", family: "face", start_s: 0, end_s: 4, strength: 0.9 });
const brows = cue({ name: "brow raise", title: "Brows raised", family: "face", start_s: 3, end_s: 5, strength: 0.2 });
const jaw = cue({ start_s: 1, end_s: 2 });
const ALL = [smile, jaw, brows];

/** Every letter is 10 px wide. @param {string} text */
const widthOf = (text) => 10 * text.length;

test("each family has a row, and another where its cues overlap", () => {
  const { families, cues, count } = cueRows(ALL, [FACE, TOUCH]);
  assert.deepEqual(families, [
    { title: "Face", first: 0, count: 2 },
    { title: "Self-touch", first: 2, count: 1 },
  ]);
  assert.deepEqual(
    new Map(cues.map(({ name, row }) => [name, row])),
    new Map(Object.entries({ smile: 0, "brow raise": 1, "touching jaw": 2 })),
  );
  assert.equal(count, 3);
});

test("no two cues at the same time share a row, however many there are", () => {
  const crowd = Array.from({ length: 300 }, (_, at) => cue({ start_s: at / 4, end_s: at / 4 + 3 }));
  const { cues } = cueRows(crowd, [TOUCH]);
  for (const one of cues)
    for (const other of cues)
      assert.ok(one === other || one.row !== other.row || one.end_s <= other.start_s || other.end_s <= one.start_s);
});

test("a family without cues keeps its row", () => {
  assert.deepEqual(
    cueRows([jaw], [FACE, TOUCH]).families.map(({ title }) => title),
    ["Face", "Self-touch"],
  );
});

test("cues that the catalog no longer has lie in a row of their own", () => {
  const { families } = cueRows([cue({ family: null })], [FACE]);
  assert.deepEqual(families[1], { title: "Other", first: 1, count: 1 });
});

test("rows share the room and are neither too low to be hit nor higher than a name needs", () => {
  assert.deepEqual([rowHeight(8, 96), rowHeight(40, 96), rowHeight(2, 96)], [12, 6, 18]);
});

test("a name is written whole where it fits, else cut, else not at all", () => {
  assert.equal(fitted("Smile", 50, widthOf), "Smile");
  assert.equal(fitted("Brows raised", 70, widthOf), "Brows…");
  assert.equal(fitted("Brows raised", 80, widthOf), "Brows r…");
  assert.equal(fitted("Brows raised", 39, widthOf), "");
});

test("cues are shown by family, by a part of their name, and from a strength on", () => {
  assert.deepEqual(filtered(ALL, { ...ALL_CUES, hidden: ["face"] }, []), [jaw]);
  assert.deepEqual(filtered(ALL, { ...ALL_CUES, name: " BROW" }, []), [brows]);
  assert.deepEqual(filtered(ALL, { ...ALL_CUES, strength: 0.5 }, []), [smile, jaw]);
  assert.deepEqual(filtered(ALL, ALL_CUES, []), ALL);
});

test("a cue that a claim speaks of at its time is shown alone", () => {
  const later = claim({ cue: "smile", start_s: 6, end_s: 7 });
  assert.deepEqual(filtered(ALL, { ...ALL_CUES, claimed: true }, [claim(), later]), [jaw]);
});

test("how many cues are shown is told", () => {
  assert.deepEqual(
    [countInWords(12, 37), countInWords(37, 37), countInWords(1, 1), countInWords(0, 0)],
    ["12 of 37 cues", "All 37 cues", "1 cue", "No cues"],
  );
});

test("a filter is remembered for its reviewer alone", () => {
  const storage = new MemoryStorage();
  new RememberedFilter(1, storage).change({ strength: 0.4, hidden: ["head"] });
  const again = new RememberedFilter(1, storage).value;
  assert.deepEqual(again, { ...ALL_CUES, strength: 0.4, hidden: ["head"] });
  assert.deepEqual([showsAll(again), showsAll(new RememberedFilter(2, storage).value)], [false, true]);
});

/** @param {number[]} attention */
const model = (attention) => ({
  ...{ run_id: 3, labels: ["positive"], attention, probabilities: attention.map(() => [1]) },
  time_s: attention.map((_, at) => 5 * at + 2.5), // parts of 5 s
});

test("where a run looked most is told with its share of the attention and of the time", () => {
  assert.equal(
    attentionInWords(model([0.05, 0.05, 0.3, 0.05, 0.05, 0.05, 0.05, 0.3, 0.05, 0.05]), 50),
    "Run 3 looked most at 0:10–0:15 and 0:35–0:40: 60 % of its attention in 20 % of the time. " +
      "That is where it looked, not why it decided.",
  );
});

test("neighboring moments are one span", () => {
  const [span] = lookedMost(model([0.1, 0.4, 0.4, 0.1]), 20);
  assert.deepEqual([span.start_s, span.end_s, span.weight], [5, 15, 0.8]);
});

test("no more than three spans are named, and none that is weak beside the strongest", () => {
  const many = lookedMost(model([0.2, 0, 0.2, 0, 0.2, 0, 0.2, 0, 0.2, 0]), 50);
  assert.equal(many.length, 3);
  const weak = lookedMost(model([0.7, 0, 0.16, 0, 0, 0, 0.07, 0.07, 0, 0]), 50);
  assert.deepEqual(
    weak.map(({ start_s }) => start_s),
    [0],
  );
});

test("attention that is about even is told so", () => {
  assert.equal(attentionInWords(model([0.26, 0.24, 0.25, 0.25]), 20), "Run 3 looked at all of the clip about evenly.");
});

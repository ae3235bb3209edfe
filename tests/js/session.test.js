// A reviewer's session as a whole, on a server in memory: blind first, one answer at a time, nothing lost.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { ApiError } from "../../app/review/api.js";
import { Session } from "../../app/review/session/session.js";
import { clip, FakeLoader, FakeServer, MemoryStorage, rationale, settled, TAXONOMY } from "./samples.js";

/** @import { ReviewData } from "../../app/review/types.d.ts" */

const RATIONALE = "/clips/1/rationale";

/** @type {FakeServer} */
let server;
/** @type {FakeLoader} */
let loader;
/** @type {Session} */
let session;
let now = 0;
const realNow = performance.now;

beforeEach(() => {
  now = 0;
  performance.now = () => now;
  server = new FakeServer();
  loader = new FakeLoader();
  const items = [1, 2].map((clip_id) => ({ clip_id, reason: "" }));
  server.answersTo["/queue?kind=unreviewed"] = { kind: "unreviewed", total: 2, more: false, items, undoable: [] };
  server.answersTo[RATIONALE] = rationale();
});

afterEach(() => {
  performance.now = realNow;
  session.close();
});

/** @param {Partial<ReviewData>} changes */
async function open(changes = {}) {
  /** @type {ReviewData} */
  const data = {
    ...{
      api: "",
      token: "",
      workspace: "w",
      reviewer: { id: 1, name: "Ada" },
      mode: "blind",
      lease_minutes: 10,
      queue: "unreviewed",
    },
    ...{ clip_id: null, time_s: 0, answer_id: null, queues: [], taxonomy: TAXONOMY, taxonomy_digest: "of today" },
    cue_families: [],
    anatomy: { edges: [], left: [], right: [], streams: { body: [], face: [], hands: [] } },
    ...changes,
  };
  const nothing = () => undefined;
  const events = { onChange: nothing, onClip: nothing, onSending: nothing, onRevealed: nothing };
  session = new Session({ server, loader, storage: new MemoryStorage() }, data, events);
  await session.openQueue("unreviewed", data.clip_id);
  await settle();
}

/** Lets answers come, and the first moment of a clip pass. */
async function settle() {
  for (let turn = 0; turn < 5; turn++) await settled();
  now += 1_000;
}

async function judgeBlind() {
  session.answer({ kind: "label", label: "positive" });
  session.answer({ kind: "rater_confidence", level: 2 });
  await settle();
}

const kinds = () => server.posts.map(({ body }) => body.kind);

test("the rationale is asked for after the blind answer has been saved, and not before", async () => {
  await open();
  assert.equal(server.asked.includes(RATIONALE), false);
  await judgeBlind();
  assert.deepEqual([kinds(), session.state.step], [["blind"], "reveal"]);
  assert.ok(session.state.rationale);
});

test("a blind answer that cannot be saved reveals nothing and keeps the label", async () => {
  await open();
  server.failure = new ApiError("The disk is full.", 500);
  await judgeBlind();
  assert.deepEqual([session.state.step, session.draft?.label], ["label", "positive"]);
  assert.equal(server.asked.includes(RATIONALE), false);
  assert.match(session.state.problem, /^Not saved: The disk is full\./);
});

test("a decision shows the next clip and can be taken back", async () => {
  await open();
  await judgeBlind();
  session.answer({ kind: "keep" });
  await settle();
  assert.equal(session.state.clip?.info.id, 2);
  assert.deepEqual(
    session.state.undoable.map((step) => "clip_id" in step && step.clip_id),
    [1],
  );
  await session.undo();
  assert.deepEqual([kinds(), session.state.clip?.info.id], [["blind", "final", "undo"], 1]);
  assert.deepEqual(session.state.undoable, []);
});

test("a key pressed twice decides once", async () => {
  await open();
  session.answer({ kind: "skip" });
  session.answer({ kind: "skip" });
  await settle();
  assert.deepEqual(kinds(), ["skip"]);
});

test("a key in the first moment of a clip does not count", async () => {
  await open();
  now -= 900; // a tenth of a second after the clip has come
  session.answer({ kind: "skip" });
  await settled();
  assert.deepEqual(kinds(), []);
});

test("a decision that cannot be saved comes back to its clip, and is saved again under its token", async () => {
  await open();
  server.failure = new ApiError("The disk is full.", 500);
  session.answer({ kind: "skip" });
  await settle();
  assert.deepEqual([session.state.clip?.info.id, session.canSaveAgain], [1, true]);
  server.failure = null;
  session.saveAgain();
  await settle();
  const [first, second] = server.posts;
  assert.equal(second.body.token, first.body.token);
  assert.equal(session.unsaved, false);
});

test("a clip on which the log says otherwise is asked for anew", async () => {
  await open();
  server.failure = new ApiError("The clip has been decided.", 409);
  session.answer({ kind: "skip" });
  await settle();
  assert.deepEqual([loader.forgotten, session.canSaveAgain], [[1], false]);
});

test("an answer that is saved by itself leaves its clip on the screen", async () => {
  await open();
  server.failure = new ApiError("The server cannot be reached.", 0);
  session.answer({ kind: "skip" });
  await settle();
  server.failure = null;
  await session.sendKept();
  assert.deepEqual([session.state.clip?.info.id, session.state.step], [1, "done"]);
});

test("the seconds of an answer that is sent later are those of its own clip", async () => {
  await open();
  now += 6_000;
  server.failure = new ApiError("The server cannot be reached.", 0);
  session.answer({ kind: "skip" });
  await settle();
  await session.next();
  await settle();
  now += 50_000;
  server.failure = null;
  await session.sendKept();
  const sent = server.posts.map(({ body }) => [body.clip_id, body.seconds_spent]);
  assert.deepEqual(
    [session.state.clip?.info.id, sent],
    [
      2,
      [
        [1, 7],
        [1, 7],
      ],
    ],
  );
});

test("an answer that is saved again by hand keeps the seconds that it took", async () => {
  await open();
  server.failure = new ApiError("The disk is full.", 500);
  session.answer({ kind: "skip" });
  await settle();
  now += 50_000;
  server.failure = null;
  session.saveAgain();
  await settle();
  assert.deepEqual(
    server.posts.map(({ body }) => body.seconds_spent),
    [1, 1],
  );
});

test("an answer that was changed while the server could not be reached is sent as it is now, by its reviewer alone", async () => {
  await open();
  server.failure = new ApiError("The server cannot be reached.", 0);
  await judgeBlind();
  server.failure = null;
  session.answer({ kind: "unchoose" });
  session.answer({ kind: "label", label: "negative" });
  await session.sendKept();
  assert.equal(server.posts.length, 1);
  session.answer({ kind: "rater_confidence", level: 3 });
  await settle();
  const { label, rater_confidence } = server.posts[1].body;
  assert.deepEqual([label, rater_confidence, session.state.step], ["negative", 3, "reveal"]);
});

test("a clip that came back is loaded anew after its second answer", async () => {
  loader.clips.set(1, clip({ repeat: true }));
  await open();
  await judgeBlind();
  assert.deepEqual([kinds(), loader.forgotten], [["repeat"], [1]]);
  assert.equal(server.asked.includes(RATIONALE), false);
});

test("an answer that a link names is shown once the rationale may be", async () => {
  const older = rationale();
  server.answersTo[`${RATIONALE}?pseudo_label=3`] = { ...older, transcript: "the older one" };
  await open({ clip_id: 1, answer_id: 3 });
  await judgeBlind();
  assert.equal(session.state.rationale?.transcript, "the older one");
});

test("where a link names an answer that is not there, the newest is shown and a sentence says so", async () => {
  await open({ clip_id: 1, answer_id: 3 });
  await judgeBlind();
  assert.ok(session.state.rationale);
  assert.match(session.state.problem, /^The answer that the link names is not there; the one that counts is shown\./);
});

test("a bulk accept is taken back as a whole", async () => {
  server.answersTo["/queue?kind=unreviewed"].undoable = [{ bulk_id: 5, clips: 3 }];
  await open();
  await session.undo();
  assert.deepEqual(
    server.posts.map(({ path }) => path),
    ["/bulks/5/take-back"],
  );
  assert.equal(session.state.save.sentence, "Taken back: 3 clips accepted in bulk");
});

test("the queues are counted as soon as an answer is saved, not after a pause", async () => {
  await open();
  await session.countQueues();
  await judgeBlind();
  server.asked = [];
  server.answersTo["/queues"] = [{ kind: "unreviewed", title: "To judge", size: 1 }];
  session.answer({ kind: "keep" });
  await settle();
  assert.deepEqual(session.state.queues, server.answersTo["/queues"]);
});

test("a press that is no answer to the question on the screen is told, and the next one is not", async () => {
  await open();
  assert.equal(session.isRepeat({ key: "1", held: false }), false);
  session.answer({ kind: "label", label: "positive" });
  assert.equal(session.isRepeat({ key: "1", held: false }), true);
  assert.match(session.state.notTaken, /^Not taken: the same key twice\./);
  session.answer({ kind: "rater_confidence", level: 2 });
  assert.equal(session.state.notTaken, "");
});

test("an answer in the first moment of a clip is told not to have been taken", async () => {
  await open();
  await session.next();
  session.answer({ kind: "label", label: "positive" });
  assert.deepEqual([session.draft?.label, session.state.notTaken], [null, "Not taken: the clip was just changing."]);
});

test("of an answer of two keys that began too early, the second key is not taken for the first", async () => {
  await open();
  await session.next();
  now += 200;
  session.answer({ kind: "label", label: "positive" });
  now += 100; // the clip has settled by now
  session.answer({ kind: "label", label: "negative" });
  assert.equal(session.draft?.label, null);
  now += 300;
  session.answer({ kind: "label", label: "positive" });
  assert.equal(session.draft?.label, "positive");
});

test("a decision before the rationale is shown is told not to have been taken", async () => {
  const { json } = server;
  server.json = (path) => (path === RATIONALE ? new Promise(() => undefined) : json.call(server, path));
  await open();
  await judgeBlind();
  session.answer({ kind: "keep" });
  assert.deepEqual([kinds(), session.state.notTaken], [["blind"], "Not taken: the rationale is not shown yet."]);
});

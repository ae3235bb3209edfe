// Sending decisions: in order, each once, and kept where they cannot be saved.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { ApiError } from "../../app/review/api.js";
import { Drafts } from "../../app/review/session/drafts.js";
import { Outbox, savedSentence } from "../../app/review/session/outbox.js";
import { clip, FakeServer, MemoryStorage, settled, TAXONOMY } from "./samples.js";

/** @import { Answer } from "../../app/review/types.d.ts" */

/** @type {Answer} */
const FINAL = { kind: "final", label: "negative", pseudo_label_id: 7 };
const ORIGIN = { queue: "unreviewed", asked: false };
const UNREACHED = new ApiError("The server cannot be reached.", 0);

/** @type {FakeServer} */
let server;
/** @type {Drafts} */
let drafts;
/** @type {Outbox} */
let outbox;
/** @type {string[]} */
let told;

beforeEach(() => {
  server = new FakeServer();
  drafts = new Drafts(1, new MemoryStorage());
  told = [];
  outbox = new Outbox(
    server,
    drafts,
    { taxonomy: TAXONOMY, taxonomy_digest: "of today" },
    {
      onSending: ({ sentence }) => told.push(sentence),
      onLate: () => told.push("late"),
      onSaved: ({ sentence }) => told.push(sentence),
      onFailed: ({ sentence }) => told.push(sentence),
      onResend: async (again, answer) => void (await outbox.send(again, answer, 1, ORIGIN)),
    },
  );
});

/**
 * Sends while the server fails in this way.
 * @param {ApiError} failure
 */
async function fail(failure) {
  server.failure = failure;
  await assert.rejects(outbox.send(clip(), FINAL, 1, ORIGIN), failure);
  outbox.close(); // no timer tries again behind the test's back
  server.failure = null;
}

test("an answer is posted with its clip and the seconds spent, and is saved when the server has it", async () => {
  await outbox.send(clip(), FINAL, 2.345, ORIGIN);
  assert.equal(server.posts[0].path, "/decisions");
  const { token, ...body } = server.posts[0].body;
  assert.deepEqual(body, { clip_id: 1, taxonomy_digest: "of today", ...FINAL, ...ORIGIN, seconds_spent: 2.3 });
  assert.match(token, /^[0-9a-f]{32}$/);
  assert.deepEqual(told, ["Saving clip-001…", "Saved: clip-001, Negative (lost)"]);
});

test("a second decision waits until the first has been answered", async () => {
  /** @type {(value: void) => void} */
  let open = () => undefined;
  server.gate = new Promise((resolve) => {
    open = resolve;
  });
  const both = [outbox.send(clip(), FINAL, 1, ORIGIN), outbox.send(clip({ id: 2 }), FINAL, 1, ORIGIN)];
  await settled();
  assert.equal(server.posts.length, 1);
  open();
  await Promise.all(both);
  assert.deepEqual(
    server.posts.map(({ body }) => body.clip_id),
    [1, 2],
  );
});

test("a failed decision does not hold up the next one", async () => {
  await fail(UNREACHED);
  await outbox.send(clip({ id: 2 }), FINAL, 1, ORIGIN);
  assert.equal(server.posts.length, 2);
});

test("while an answer is on its way, leaving the page would lose it", async () => {
  const sending = outbox.send(clip(), FINAL, 1, ORIGIN);
  assert.equal(outbox.unsaved, true);
  await sending;
  assert.equal(outbox.unsaved, false);
});

test("an answer that could not be saved is kept with a sentence, and its clip stays loaded", async () => {
  await fail(new ApiError("The disk is full.", 500));
  assert.equal(outbox.failed.get(1)?.sentence, "Not saved: The disk is full. Your answer on clip-001 is kept here.");
  assert.deepEqual([outbox.unsaved, outbox.clipIds], [true, [1]]);
  assert.equal(told.at(-1), "Not saved: clip-001");
});

test("an answer that the log contradicts is not sent again", async () => {
  await fail(new ApiError("The clip has been decided.", 409));
  assert.deepEqual([outbox.failed.get(1)?.again, outbox.unsaved], [false, false]);
});

test("an answer that did not come to the server is sent by itself under the token it had, once", async () => {
  await fail(UNREACHED);
  await outbox.resend();
  await outbox.resend();
  const [first, second, ...more] = server.posts;
  assert.deepEqual(more, []);
  assert.equal(first.body.token, second.body.token);
  assert.equal(outbox.failed.size, 0);
});

test("nothing is sent by itself while the server does not answer", async () => {
  await fail(UNREACHED);
  server.failure = UNREACHED;
  await outbox.resend();
  assert.equal(server.posts.length, 1);
});

test("an answer that the server refused is not sent by itself", async () => {
  await fail(new ApiError("The disk is full.", 500));
  await outbox.resend();
  assert.equal(server.posts.length, 1);
});

test("an answer that was changed meanwhile is not sent by itself", async () => {
  await fail(UNREACHED);
  drafts.change(1, { note: "something newer" });
  await outbox.resend();
  assert.equal(server.posts.length, 1);
});

test("while the server cannot be reached the outbox looks again every three seconds", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  server.failure = UNREACHED;
  await assert.rejects(outbox.send(clip(), FINAL, 1, ORIGIN));
  server.failure = null;
  context.mock.timers.tick(2_999);
  await settled();
  assert.equal(server.posts.length, 1);
  context.mock.timers.tick(1);
  await settled();
  assert.equal(server.posts.length, 2);
});

test("saving is drawn only where it lasts", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  await outbox.send(clip(), FINAL, 1, ORIGIN);
  context.mock.timers.tick(1_000);
  assert.equal(told.includes("late"), false);
  server.gate = new Promise(() => undefined);
  void outbox.send(clip({ id: 2 }), FINAL, 1, ORIGIN);
  context.mock.timers.tick(100);
  assert.equal(told.at(-1), "late");
});

test("a blind answer leaves the draft unsaved, since the last word is still to come", async () => {
  drafts.change(1, { note: "jaw" });
  await outbox.send(clip(), { kind: "blind", label: "negative", rater_confidence: 2 }, 1, ORIGIN);
  const kept = drafts.of(1);
  assert.ok(kept.tokens.blind);
  await outbox.send(clip(), FINAL, 1, ORIGIN);
  assert.deepEqual(kept.tokens, {});
});

test("an undo names the decision that it takes back", async () => {
  await outbox.takeBack({ id: 8, clip_id: 3 });
  const { token: _token, ...body } = server.posts[0].body;
  assert.deepEqual(body, { clip_id: 3, kind: "undo", undoes_id: 8 });
});

test("the saved sentence names the clip and what was said of it", () => {
  const words = (/** @type {string} */ kind) => savedSentence("clip-001", { kind, label: "negative" }, TAXONOMY);
  assert.equal(words("accept"), "Saved: clip-001, Negative (lost)");
  assert.equal(words("blind"), "Saved: clip-001, first answer");
  assert.equal(words("skip"), "Saved: clip-001, skipped");
});

// The way through a queue: which clip comes next, what is loaded ahead, what colleagues have open.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { ApiError } from "../../app/review/api.js";
import { Drafts } from "../../app/review/session/drafts.js";
import { QueueNavigator } from "../../app/review/session/navigator.js";
import { Store } from "../../app/review/session/store.js";
import { FakeLoader, FakeServer, MemoryStorage, settled } from "./samples.js";

const URL = "/queue?kind=unreviewed";

/** @type {FakeServer} */
let server;
/** @type {FakeLoader} */
let loader;
/** @type {Store} */
let store;
/** @type {Drafts} */
let drafts;
/** @type {QueueNavigator} */
let navigator;
/** @type {{answered: Promise<unknown>, clipIds: number[]}} */
let outbox;
/** @type {(number | null)[]} */
let shown;

beforeEach(() => {
  server = new FakeServer();
  loader = new FakeLoader();
  store = new Store([], () => undefined);
  drafts = new Drafts(1, new MemoryStorage());
  outbox = { answered: Promise.resolve(), clipIds: [] };
  shown = [];
  navigator = new QueueNavigator({
    ...{ server, loader, store, drafts, outbox, leaseMinutes: 10 },
    onArrive: (clip) => {
      store.update({ clip, step: clip.info.step, busy: false });
      shown.push(clip.info.id);
    },
    onLeave: () => shown.push(null),
  });
});

afterEach(() => {
  navigator.close();
  mock.restoreAll();
  mock.timers.reset();
});

/** @param {...number} ids */
function serve(...ids) {
  const items = ids.map((clip_id) => ({ clip_id, reason: "" }));
  server.answersTo[URL] = { kind: "unreviewed", total: ids.length, more: false, items, undoable: [] };
}

/** @param {...number} ids */
async function open(...ids) {
  serve(...ids);
  await navigator.openQueue("unreviewed");
  await settled();
}

test("a queue opens with its first clip, and next and previous go through it", async () => {
  await open(1, 2, 3);
  await navigator.next();
  await navigator.next();
  await navigator.previous();
  assert.deepEqual(shown, [1, 2, 3, 2]);
});

test("before the first clip there is no way back", async () => {
  await open(1, 2);
  await navigator.previous();
  assert.deepEqual(shown, [1]);
});

test("the two next clips are held ready and the one before is kept", async () => {
  await open(1, 2, 3, 4, 5);
  assert.equal(store.state.ahead, 2);
  await navigator.next();
  await settled();
  assert.deepEqual(loader.kept, [2, 3, 4, 1]);
});

test("a clip whose answer may come back is kept", async () => {
  outbox.clipIds = [9];
  await open(1, 2);
  assert.deepEqual(loader.kept, [1, 2, 9]);
});

test("nothing is loaded ahead before a decision on its way has been answered", async () => {
  outbox.answered = new Promise(() => undefined);
  await open(1, 2);
  assert.equal(loader.clips.has(2), false);
});

test("the end of the queue is asked for clips that have come since", async () => {
  await open(1);
  serve(1, 2);
  await navigator.next();
  assert.deepEqual(shown, [1, null, 2]);
});

test("a queue that has not grown is at its end", async () => {
  await open(1);
  await navigator.next();
  assert.deepEqual([shown, store.state.step, store.state.position], [[1, null], "empty", 1]);
});

test("a queue with more clips is extended before it runs out", async () => {
  serve(1, 2);
  server.answersTo[URL].more = true;
  await navigator.openQueue("unreviewed");
  await settled();
  assert.equal(server.asked.filter((path) => path === URL).length, 2);
});

test("a clip that cannot be loaded says why, and is loaded when it is tried again", async () => {
  loader.missing = [1];
  await open(1);
  assert.deepEqual([store.state.step, store.state.problem], ["failed", "The clip is not there."]);
  loader.missing = [];
  await navigator.again();
  assert.deepEqual(shown, [1]);
});

test("a queue that cannot be asked for says why, and is asked for again", async () => {
  server.answersTo[URL] = new ApiError("The server cannot be reached.", 0);
  await navigator.openQueue("unreviewed");
  assert.equal(store.state.problem, "The server cannot be reached.");
  serve(1);
  await navigator.again();
  assert.deepEqual(shown, [1]);
});

test("of two quick steps only the last clip is shown", async () => {
  await open(1, 2, 3);
  await Promise.all([navigator.next(), navigator.goTo(2)]);
  assert.deepEqual(shown, [1, 3]);
});

test("a clip that has left the queue is gone back to, with the reason", async () => {
  await open(1, 2);
  await navigator.goToClip(9, "You took your decision back.");
  assert.deepEqual([shown.at(-1), store.state.queue.items[0].reason], [9, "You took your decision back."]);
});

test("a reloaded clip is asked for anew", async () => {
  await open(1, 2);
  await navigator.reload(1, "");
  assert.deepEqual(loader.forgotten, [1]);
});

test("clips that a colleague has open go from the way ahead", async () => {
  server.taken = { 2: "Bob" };
  await open(1, 2, 3);
  await navigator.next();
  assert.deepEqual(shown, [1, 3]);
});

test("a clip that a colleague opened first is left to them", async () => {
  server.taken = { 1: "Bob" };
  await open(1, 2);
  assert.deepEqual(shown, [1, 2]);
});

test("a clip that one has begun to judge is not left, and says who else has it open", async () => {
  drafts.change(1, { note: "jaw" });
  server.taken = { 1: "Bob" };
  await open(1, 2);
  assert.deepEqual([shown, store.state.openAt], [[1], "Bob"]);
});

test("a clip that a link asked for is not left to a colleague", async () => {
  server.taken = { 9: "Bob" };
  serve(1, 2);
  await navigator.openQueue("unreviewed", 9);
  await settled();
  assert.deepEqual([shown, store.state.openAt], [[9], "Bob"]);
});

test("without an answer to the reservation the screen says that nothing is reserved", async () => {
  server.post = async () => Promise.reject(new ApiError("The server cannot be reached.", 0));
  await open(1);
  assert.equal(store.state.reserved, false);
});

test("the sizes of the queues stay what they were where the server does not answer", async () => {
  const queues = [{ kind: "unreviewed", title: "To judge", size: 3 }];
  server.answersTo["/queues"] = queues;
  await navigator.countQueues();
  server.answersTo["/queues"] = new ApiError("The server cannot be reached.", 0);
  await navigator.countQueues();
  assert.deepEqual(store.state.queues, queues);
});

/** @param {number} size */
const judging = (size) => [{ kind: "unreviewed", title: "To judge", size }];
const RECENT = { kind: "recent", title: "My recent ones", size: 4 };

/**
 * A study of 3 clips to judge, whose queues take so long to count.
 * @param {number} took in ms
 */
async function counted(took) {
  let now = 0;
  mock.method(performance, "now", () => now);
  const { json } = server;
  server.json = (path) => {
    if (path.startsWith("/queues")) now += took;
    return json.call(server, path);
  };
  server.answersTo["/queues"] = [...judging(3), RECENT];
  await open(1);
  await navigator.countQueues();
  server.asked = [];
  server.answersTo["/queues"] = [...judging(2), { ...RECENT, size: 5 }];
  server.answersTo["/queues?kind=unreviewed"] = judging(2);
}

test("after a decision all queues are counted at once where that is quick", async () => {
  await counted(20);
  await navigator.countAfterDecision();
  assert.deepEqual(server.asked, ["/queues"]);
  assert.deepEqual(store.state.queues, [...judging(2), { ...RECENT, size: 5 }]);
});

test("in a large study the open queue is counted at once and the others later", async () => {
  await counted(400);
  await navigator.countAfterDecision();
  assert.deepEqual(server.asked, ["/queues?kind=unreviewed"]);
  assert.deepEqual(store.state.queues, [...judging(2), RECENT]);
});

test("the queues are counted in the end, however fast decisions follow each other", async () => {
  await counted(400);
  mock.timers.enable({ apis: ["setTimeout"] });
  for (let decision = 0; decision < 4; decision++) {
    void navigator.countAfterDecision();
    mock.timers.tick(1_000);
  }
  assert.equal(server.asked.filter((path) => path === "/queues").length, 1);
});

test("an older count never replaces a newer one", async () => {
  await counted(20);
  /** @type {((queues: object[]) => void)[]} */
  const answers = [];
  server.json = () => new Promise((resolve) => answers.push(resolve));
  const counts = [navigator.countQueues(), navigator.countQueues()];
  answers[1]([...judging(1), RECENT]);
  answers[0]([...judging(2), RECENT]);
  await Promise.all(counts);
  assert.deepEqual(store.state.queues, [...judging(1), RECENT]);
});

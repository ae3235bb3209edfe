// The list of clips that a reviewer goes through.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  around,
  extended,
  opened,
  originOf,
  placed,
  withoutClip,
  withoutTaken,
} from "../../app/review/session/queue.js";

/** @param {...number} ids */
const items = (...ids) => ids.map((clip_id) => ({ clip_id, reason: "" }));
/** @param {{items: {clip_id: number}[]}} queue */
const ids = (queue) => queue.items.map(({ clip_id }) => clip_id);

test("a queue begins with its first clip", () => {
  const { queue, position } = opened("unreviewed", { items: items(4, 5), total: 2, more: false }, null);
  assert.deepEqual([ids(queue), position], [[4, 5], 0]);
});

test("an empty queue begins at its end", () => {
  assert.equal(opened("unreviewed", { items: [], total: 0, more: false }, null).position, 0);
});

test("a clip that a link names is begun with where it stands in the queue, with its reason", () => {
  const list = [...items(4), { clip_id: 5, reason: "Nobody has judged it." }];
  const { queue, position } = opened("unreviewed", { items: list, total: 2, more: false }, 5);
  assert.deepEqual([ids(queue), position, queue.items[1].reason], [[4, 5], 1, "Nobody has judged it."]);
});

test("a decision says which queue brought its clip up, and that a clip named by a link was asked for", () => {
  const { queue } = opened("unreviewed", { items: items(4, 5), total: 2, more: false }, 5);
  assert.deepEqual(originOf(queue, 4), { queue: "unreviewed", asked: false });
  assert.deepEqual(originOf(queue, 5), { queue: "unreviewed", asked: true });
  assert.deepEqual(originOf(queue, 6), { queue: "unreviewed", asked: true }); // it has left the queue
});

test("a clip that a link names and the queue lacks comes first and is marked as asked for", () => {
  const { queue, position } = opened("unreviewed", { items: items(4), total: 1, more: false }, 9);
  assert.deepEqual([ids(queue), position, queue.items[0].asked], [[9, 4], 0, true]);
});

test("what is new in the queue is added at its end, and what is known is not repeated", () => {
  const queue = { kind: "unreviewed", items: items(1, 2), more: true };
  assert.deepEqual(ids(extended(queue, { items: items(2, 3), total: 9, more: true })), [1, 2, 3]);
});

test("a queue that brings nothing new has no more", () => {
  const queue = { kind: "unreviewed", items: items(1, 2), more: true };
  assert.equal(extended(queue, { items: items(1, 2), total: 2, more: true }).more, false);
});

test("a clip that is still in the queue is gone back to where it stands", () => {
  const queue = { kind: "unreviewed", items: items(1, 2, 3), total: 3, more: false };
  assert.deepEqual(placed(queue, 1, 2, "again"), { queue, at: 0 });
});

test("a clip that has left the queue is put in at the present place with its reason", () => {
  const before = { kind: "unreviewed", items: items(1, 2), total: 2, more: false };
  const { queue, at } = placed(before, 9, 1, "You took your decision back.");
  assert.deepEqual([at, queue.items[1]], [1, { clip_id: 9, reason: "You took your decision back.", asked: true }]);
});

test("clips that others have open go from the way ahead and stay where they have been passed", () => {
  const queue = { kind: "unreviewed", items: items(1, 2, 3, 4), more: false };
  const names = new Map([1, 3].map((id) => [id, "Bob"]));
  assert.deepEqual(ids(withoutTaken(queue, 1, names)), [1, 2, 4]);
});

test("the clips around a place are the next ones and the one before", () => {
  assert.deepEqual(around(items(1, 2, 3, 4), 1, 2), { ahead: [3, 4], behind: [1] });
});

test("before the first clip there is none", () => {
  assert.deepEqual(around(items(1), 0, 2), { ahead: [], behind: [] });
});

test("the length of a queue follows the clips that come into it and leave it", () => {
  const queue = { kind: "unreviewed", items: items(1, 2, 3), total: 8, more: true };
  assert.equal(placed(queue, 9, 1, "").queue.total, 9);
  assert.equal(withoutTaken(queue, 0, new Map([[2, "Bob"]])).total, 7);
  assert.equal(withoutClip(queue, 1).total, 7);
  assert.equal(opened("unreviewed", { items: items(1, 2), total: 8, more: true }, 9).queue.total, 9);
});

test("a queue that others have worked through meanwhile is as long as what was passed and what is left", () => {
  const queue = { kind: "unreviewed", items: items(1, 2, 3), total: 8, more: true };
  assert.equal(extended(queue, { items: items(3, 4, 5), total: 4, more: true }).total, 6);
  assert.equal(extended(queue, { items: items(3), total: 1, more: false }).total, 3);
});

// The list of clips that a reviewer goes through, as data: each function returns a new one.

/** @import { QueueAnswer, QueueItem, QueueSize, ReviewQueue } from "../types.d.ts" */

const LEFT_BEHIND = new Set(["practice", "skipped", "unclear", "recent"]); // nobody is sent on to these

/**
 * The first other queue in which clips wait; null where there is none, or none has been counted.
 * @param {QueueSize[]} queues in the order of the screen
 * @param {string} kind of the queue that is gone through
 */
export function nextQueue(queues, kind) {
  return queues.find((one) => one.kind !== kind && one.size && !LEFT_BEHIND.has(one.kind)) ?? null;
}

/**
 * A queue from the server, and the starting position; a clip named in the address comes first.
 * @param {string} kind
 * @param {Pick<QueueAnswer, "items" | "total" | "more">} answer
 * @param {number | null} clipId
 */
export function opened(kind, { items, total, more }, clipId) {
  if (clipId === null) return { queue: { kind, items, total, more }, position: 0 };
  const known = items.findIndex((item) => item.clip_id === clipId);
  const position = Math.max(known, 0);
  const added = known < 0 ? 1 : 0;
  const asked = { clip_id: clipId, reason: items[known]?.reason ?? "Opened by a link.", asked: true };
  return { queue: { kind, items: items.toSpliced(position, 1 - added, asked), total: total + added, more }, position };
}

/**
 * The queue with newly fetched clips; without new ones, it is complete. It is as long as what was gone through and what
 * the server has left: others may have judged or added clips meanwhile.
 * @param {ReviewQueue} queue
 * @param {Pick<QueueAnswer, "items" | "total" | "more">} answer
 * @returns {ReviewQueue}
 */
export function extended(queue, answer) {
  const seen = new Set(queue.items.map((item) => item.clip_id));
  const fresh = answer.items.filter((item) => !seen.has(item.clip_id));
  const waiting = new Set(answer.items.map((item) => item.clip_id));
  const passed = queue.items.filter((item) => !waiting.has(item.clip_id)).length;
  const more = answer.more && fresh.length > 0;
  const items = [...queue.items, ...fresh];
  return { ...queue, items, total: more ? passed + answer.total : items.length, more };
}

/**
 * The queue with a clip in it, inserted at `position` if missing; returns its position too.
 * @param {ReviewQueue} queue
 * @param {number} clipId
 * @param {number} position
 * @param {string} reason
 */
export function placed(queue, clipId, position, reason) {
  const known = queue.items.findIndex((item) => item.clip_id === clipId);
  if (known >= 0) return { queue, at: known };
  const at = Math.min(position, queue.items.length);
  const items = queue.items.toSpliced(at, 0, { clip_id: clipId, reason, asked: true });
  return { queue: { ...queue, items, total: longer(queue.total, 1) }, at };
}

/**
 * The queue without the clips after `position` that are in `names`, which others have open.
 * @param {ReviewQueue} queue
 * @param {number} position
 * @param {Map<number, string>} names
 * @returns {ReviewQueue}
 */
export function withoutTaken(queue, position, names) {
  const ahead = queue.items.slice(position + 1).filter((item) => !names.has(item.clip_id));
  const items = [...queue.items.slice(0, position + 1), ...ahead];
  return { ...queue, items, total: longer(queue.total, items.length - queue.items.length) };
}

/**
 * The queue without the clip at `position`.
 * @param {ReviewQueue} queue
 * @param {number} position
 * @returns {ReviewQueue}
 */
export function withoutClip(queue, position) {
  return { ...queue, items: queue.items.toSpliced(position, 1), total: longer(queue.total, -1) };
}

/**
 * What a decision on a clip says of where it came from: the queue, and whether the clip was asked for.
 * @param {ReviewQueue} queue
 * @param {number} clipId
 */
export function originOf({ kind, items }, clipId) {
  const item = items.find((one) => one.clip_id === clipId);
  return { queue: kind, asked: !item || Boolean(item.asked) };
}

/**
 * The clips to keep loaded around a position: the next ones, and the one before.
 * @param {QueueItem[]} items
 * @param {number} position
 * @param {number} count of clips ahead
 */
export function around(items, position, count) {
  const ahead = items.slice(position + 1, position + 1 + count).map((item) => item.clip_id);
  const behind = position > 0 ? [items[position - 1].clip_id] : [];
  return { ahead, behind };
}

/**
 * @param {number | undefined} total undefined until the server has answered
 * @param {number} clips more, or fewer
 */
function longer(total, clips) {
  return total === undefined ? undefined : total + clips;
}

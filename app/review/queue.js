// The list of clips that a reviewer goes through: {kind, items: [{clip_id, reason, asked}], total, more}.

/** A queue as the server has it, and where to begin; a clip that was asked for by its address comes first. */
export function opened(kind, answer, clipId) {
  const { items, total, more } = answer;
  let position = items.findIndex((item) => item.clip_id === clipId);
  if (clipId !== null && position < 0) {
    items.unshift({ clip_id: clipId, reason: "Opened by a link.", asked: true });
    position = 0;
  }
  return { queue: { kind, items, total, more }, position: Math.max(position, 0) };
}

/** With the clips that have come into the queue since; there are no more where none did. */
export function extended(queue, answer) {
  const seen = new Set(queue.items.map((item) => item.clip_id));
  const fresh = answer.items.filter((item) => !seen.has(item.clip_id));
  return { ...queue, items: [...queue.items, ...fresh], more: answer.more && fresh.length > 0 };
}

/** With a clip in it at whatever place it has, or else at `position`, and where that is. */
export function placed(items, clipId, position, reason) {
  const known = items.findIndex((item) => item.clip_id === clipId);
  if (known >= 0) return { items, at: known };
  const at = Math.min(position, items.length);
  return { items: items.toSpliced(at, 0, { clip_id: clipId, reason, asked: true }), at };
}

/** Without the clips after `position` that are in `names`: others have them open. */
export function without(queue, position, names) {
  const ahead = queue.items.slice(position + 1).filter((item) => !names.has(item.clip_id));
  return { ...queue, items: [...queue.items.slice(0, position + 1), ...ahead] };
}

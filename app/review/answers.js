// What follows from an answer: the sentence that says it is saved, the verdicts that go with it, what can be taken back.

const UNDO_DEPTH = 50;

/** Answers that come before the rationale is shown; they stand for good. */
export const FIRST_WORDS = new Set(["blind", "repeat"]);

export function savedSentence(name, { kind, label }, taxonomy) {
  const title = taxonomy.find((one) => one.name === label)?.title ?? "";
  const what = { blind: "first answer", repeat: "second answer", unclear: "unclear", skip: "skipped" }[kind] ?? title;
  return `Saved: ${name}, ${what}`;
}

/** A bulk accept, as the reviewer who made it knows it. */
export function tellBulk({ clips }) {
  return `${clips} ${clips === 1 ? "clip" : "clips"} accepted in bulk`;
}

/** Verdicts belong to the answer that is shown; those on another labeler's claims stay in the draft. */
export function verdictsOn(shown, pseudoLabelId, verdicts) {
  if (!pseudoLabelId || shown?.id !== pseudoLabelId) return {};
  const own = shown.claims.filter(({ id }) => id in verdicts);
  return Object.fromEntries(own.map(({ id }) => [id, verdicts[id]]));
}

/** The list of what can be taken back, newest first, with one more decision. */
export function withDecision(undoable, { id, kind, label }, clip) {
  if (FIRST_WORDS.has(kind) || undoable.some((known) => known.id === id)) return undoable;
  return [{ id, kind, label, clip_id: clip.info.id, clip_name: clip.info.name }, ...undoable].slice(0, UNDO_DEPTH);
}

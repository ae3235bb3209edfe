// What a reviewer has put in but not yet saved, per clip; it outlives a reload of the page, not the tab.

import { idempotencyToken } from "./api.js";

export class Drafts {
  #prefix;
  #held = new Map();

  constructor(reviewerId) {
    this.#prefix = `telltale.draft.${reviewerId}.`;
  }

  /** The draft of a clip: {label, sureness, verdicts, note, tokens}. */
  of(clipId) {
    if (!this.#held.has(clipId)) {
      const stored = sessionStorage.getItem(this.#prefix + clipId);
      const empty = { label: null, sureness: null, verdicts: {}, note: "", tokens: {} };
      this.#held.set(clipId, stored ? { ...empty, ...JSON.parse(stored) } : empty);
    }
    return this.#held.get(clipId);
  }

  /** A clip that comes back begins with nothing of what was saved before; what was put in and not yet saved stays. */
  restart(clipId) {
    if (!sessionStorage.getItem(this.#prefix + clipId)) this.#held.delete(clipId);
  }

  /** What somebody has put in, to be compared with later. */
  contents(clipId) {
    const { label, sureness, verdicts, note } = this.of(clipId);
    return JSON.stringify([label, sureness, verdicts, note]);
  }

  change(clipId, changes) {
    const draft = Object.assign(this.of(clipId), changes);
    sessionStorage.setItem(this.#prefix + clipId, JSON.stringify(draft));
  }

  /** Goes on from a decision that stands, where nothing newer has been put in. */
  adopt(clipId, { note, claim_verdicts }) {
    const draft = this.of(clipId);
    if (!draft.note && Object.keys(draft.verdicts).length === 0)
      Object.assign(draft, { note, verdicts: { ...claim_verdicts } });
  }

  /** The token under which this very answer is sent: the same for a second try, another for another answer. */
  token(clipId, answer) {
    const draft = this.of(clipId);
    const contents = JSON.stringify(answer);
    if (draft.tokens[answer.kind]?.contents !== contents) {
      const tokens = { ...draft.tokens, [answer.kind]: { contents, token: idempotencyToken() } };
      this.change(clipId, { tokens });
    }
    return draft.tokens[answer.kind].token;
  }

  /** The decision has committed. The input stays at hand for an undo; its token has done its work. */
  settle(clipId) {
    this.of(clipId).tokens = {};
    sessionStorage.removeItem(this.#prefix + clipId);
  }
}

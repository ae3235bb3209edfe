// Unsaved input of the reviewer per clip; it survives a reload of the page, but not closing the tab.

/** @import { Answer, Decision, Draft } from "../types.d.ts" */

export class Drafts {
  #prefix;
  #storage;
  /** @type {Map<number, Draft>} */
  #held = new Map();

  /**
   * @param {number} reviewerId
   * @param {Pick<Storage, "getItem" | "setItem" | "removeItem">} storage
   */
  constructor(reviewerId, storage) {
    this.#prefix = `telltale.draft.${reviewerId}.`;
    this.#storage = storage;
  }

  /** @param {number} clipId */
  of(clipId) {
    const held = this.#held.get(clipId);
    if (held) return held;
    const stored = this.#storage.getItem(this.#prefix + clipId);
    /** @type {Draft} */
    const draft = {
      label: null,
      rater_confidence: null,
      verdicts: {},
      note: "",
      tokens: {},
      ...JSON.parse(stored ?? "{}"),
    };
    this.#held.set(clipId, draft);
    return draft;
  }

  /**
   * Clears the saved input of a repeated clip; unsaved input stays.
   * @param {number} clipId
   */
  restart(clipId) {
    if (!this.#storage.getItem(this.#prefix + clipId)) this.#held.delete(clipId);
  }

  /**
   * The input as text, to detect later changes.
   * @param {number} clipId
   */
  contents(clipId) {
    const { label, rater_confidence, verdicts, note } = this.of(clipId);
    return JSON.stringify([label, rater_confidence, verdicts, note]);
  }

  /**
   * @param {number} clipId
   * @param {Partial<Draft>} changes
   */
  change(clipId, changes) {
    const draft = Object.assign(this.of(clipId), changes);
    this.#storage.setItem(this.#prefix + clipId, JSON.stringify(draft));
  }

  /**
   * Takes note and verdicts from the current decision, unless there is newer input.
   * @param {number} clipId
   * @param {Pick<Decision, "note" | "claim_verdicts">} decision
   */
  adopt(clipId, { note, claim_verdicts }) {
    const draft = this.of(clipId);
    if (!draft.note && Object.keys(draft.verdicts).length === 0)
      Object.assign(draft, { note, verdicts: { ...claim_verdicts } });
  }

  /**
   * The token of this answer: the same when it is sent again, a new one for a different answer.
   * @param {number} clipId
   * @param {Answer | {kind: "undo", undoes_id: number}} answer
   */
  token(clipId, answer) {
    const contents = JSON.stringify(answer);
    const known = this.of(clipId).tokens[answer.kind];
    if (known?.contents === contents) return known.token;
    const token = newToken();
    this.change(clipId, { tokens: { ...this.of(clipId).tokens, [answer.kind]: { contents, token } } });
    return token;
  }

  /**
   * Marks the decision as saved. The input is kept for an undo; the token is dropped.
   * @param {number} clipId
   */
  settle(clipId) {
    this.of(clipId).tokens = {};
    this.#storage.removeItem(this.#prefix + clipId);
  }
}

/** A token that makes a decision count once, however often it is sent. */
function newToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

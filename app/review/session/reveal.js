// Loads the rationale of a clip when it may be shown, and stores it with the clip.

import { sentenceOf, statusOf } from "../api.js";
import { isRevealed } from "./steps.js";

/** @import { LoadedClip, Rationale } from "../types.d.ts" */
/** @import { QueueNavigator } from "./navigator.js" */
/** @import { Store } from "./store.js" */

/**
 * @typedef {object} RevealParts
 * @property {{json(path: string): Promise<any>}} server
 * @property {Store} store
 * @property {Pick<QueueNavigator, "visit">} navigator
 * @property {{clip_id: number, answer_id: number} | null} linked the labeler's answer that the page's address names
 * @property {(rationale: Rationale) => void} onRevealed
 */

const NOT_FOUND = 404;

export class Reveal {
  #server;
  #store;
  #navigator;
  #linked;
  #onRevealed;

  /** @param {RevealParts} parts */
  constructor({ server, store, navigator, linked, onRevealed }) {
    this.#server = server;
    this.#store = store;
    this.#navigator = navigator;
    this.#linked = linked;
    this.#onRevealed = onRevealed;
  }

  /**
   * The answer of the labeler that counts, or the one that the page was opened to show.
   * @param {LoadedClip} clip
   */
  show(clip) {
    const load = async () => {
      const loaded = await this.#load(clip);
      clip.rationale = loaded.rationale; // also if the reviewer has moved on, so that it is not loaded twice
      return loaded;
    };
    return this.#showWhat(clip, load, "The rationale cannot be shown");
  }

  /**
   * Shows another labeler's or version's answer for the clip instead.
   * @param {number} answerId
   */
  async showAnswer(answerId) {
    const { clip, step } = this.#store.state;
    if (!clip || !isRevealed(step)) return;
    const load = async () => ({ rationale: await this.#loadAnswer(clip, answerId), problem: "" });
    await this.#showWhat(clip, load, "The other answer cannot be shown");
  }

  /**
   * Shows the loaded rationale, unless the reviewer has moved to another clip.
   * @param {LoadedClip} clip
   * @param {() => Promise<{rationale: Rationale, problem?: string}>} load
   * @param {string} failure
   */
  async #showWhat(clip, load, failure) {
    const { visit } = this.#navigator;
    try {
      const loaded = await load();
      if (visit !== this.#navigator.visit) return;
      clip.rationale = loaded.rationale;
      this.#store.update(loaded);
      if (!this.#store.closed) this.#onRevealed(loaded.rationale);
    } catch (error) {
      if (visit === this.#navigator.visit) this.#store.update({ problem: `${failure}: ${sentenceOf(error)}` });
    }
  }

  /**
   * The rationale, and a sentence if it is not the requested one.
   * @param {LoadedClip} clip
   * @returns {Promise<{rationale: Rationale, problem?: string}>}
   */
  async #load(clip) {
    if (clip.rationale) return { rationale: clip.rationale };
    const linked = this.#linked;
    if (linked?.clip_id !== clip.info.id) return { rationale: await this.#loadCounting(clip) };
    this.#linked = null; // the address is used once
    try {
      return { rationale: await this.#loadAnswer(clip, linked.answer_id) };
    } catch (error) {
      if (statusOf(error) !== NOT_FOUND) throw error;
      const problem = `The answer that the link names is not there; the one that counts is shown. ${sentenceOf(error)}`;
      return { rationale: await this.#loadCounting(clip), problem };
    }
  }

  /**
   * @param {LoadedClip} clip
   * @returns {Promise<Rationale>}
   */
  #loadCounting(clip) {
    return this.#server.json(`/clips/${clip.info.id}/rationale`);
  }

  /**
   * @param {LoadedClip} clip
   * @param {number} answerId
   * @returns {Promise<Rationale>}
   */
  #loadAnswer(clip, answerId) {
    return this.#server.json(`/clips/${clip.info.id}/rationale?pseudo_label=${answerId}`);
  }
}

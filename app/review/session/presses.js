// Presses that are no answers: repeated ones (answer_guard.js) and those that come before the screen is ready. The screen says
// for a moment why they did not count.

import { AnswerGuard } from "./answer_guard.js";
import { isRevealed } from "./steps.js";

/** @import { Store } from "./store.js" */

const SHOWN_MS = 2_500;
const JUST_CAME = "Not taken: the clip was just changing.";
const NOT_SHOWN = "Not taken: the rationale is not shown yet.";
const BEING_SAVED = "Not taken: the answer before was still being saved.";
const STILL_HELD = "Not taken: the key is still held down.";
const PRESSED_TWICE = "Not taken: the same key twice. Press it once more if you mean it here too.";

/** What follows a refused press within this time belongs to it: of "1 2", the 2 alone would be a wrong label. */
const TOGETHER_MS = 250;

export class Presses {
  #store;
  #guard = new AnswerGuard();
  #refusedAt = Number.NEGATIVE_INFINITY;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #forgetting;

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
  }

  close() {
    clearTimeout(this.#forgetting);
  }

  /** Whether a press now would belong to one that was refused. */
  get refused() {
    return performance.now() - this.#refusedAt < TOGETHER_MS;
  }

  /**
   * The question on the screen now, by any text that differs between questions.
   * @param {string} question
   */
  ask(question) {
    this.#guard.ask(question, performance.now());
  }

  /**
   * Whether a press repeats the answer to the question before, and is no answer to the one on the screen.
   * @param {{key: string, held: boolean}} press
   */
  isRepeat(press) {
    if (!this.#guard.isRepeat(press, performance.now())) return false;
    this.#say(press.held ? STILL_HELD : PRESSED_TWICE);
    return true;
  }

  /** @param {string} key */
  release(key) {
    this.#guard.release(key, performance.now());
  }

  /** A press would have been an answer a moment later. */
  cameTooEarly() {
    this.#refusedAt = performance.now();
    setTimeout(() => this.#store.update({}), TOGETHER_MS + 5); // answers count from now on
    const { save, step, rationale, busy } = this.#store.state;
    if (save.state === "saving") this.#say(BEING_SAVED);
    else this.#say(isRevealed(step) && !rationale && !busy ? NOT_SHOWN : JUST_CAME);
  }

  /** @param {string} sentence */
  #say(sentence) {
    clearTimeout(this.#forgetting);
    this.#forgetting = setTimeout(() => this.#store.update({ notTaken: "" }), SHOWN_MS);
    if (this.#store.state.notTaken !== sentence) this.#store.update({ notTaken: sentence }); // a held key says it many times
  }
}

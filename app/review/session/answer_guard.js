// Keeps a key that answered one question from answering the next by itself: held down, bouncing, or pressed twice.
//
// Only the same key is held up, so 1 then 2 counts however fast. 1 then 1 counts too, once the key has been seen to be pressed
// on purpose: 250 ms after the new question has appeared (two presses of one finger within that time are one press twice, as
// nobody can read the question in it), and 150 ms after the key was last released (a key held long bounces on its release,
// and remote desktops send a held key as presses and releases, some 30 ms apart).

const READ_MS = 250;
const RELEASE_MS = 150;

export class AnswerGuard {
  #question = "";
  #asked = Number.NEGATIVE_INFINITY;
  /** The last key that answered, the question that it answered, and when it was last seen. */
  #last = { key: "", question: "", seen: Number.NEGATIVE_INFINITY };

  /**
   * The question on the screen now, by any text that differs between questions.
   * @param {string} question
   * @param {number} now in ms
   */
  ask(question, now) {
    if (question === this.#question) return;
    this.#question = question;
    this.#asked = now;
  }

  /**
   * Whether a press is no answer to the question on the screen, because it belongs to the one before.
   * @param {{key: string, held: boolean}} press `held` where the key repeats by itself
   * @param {number} now in ms
   */
  isRepeat({ key, held }, now) {
    const last = this.#last;
    const again = key === last.key && last.question !== this.#question;
    if (held || (again && now < Math.max(this.#asked + READ_MS, last.seen + RELEASE_MS))) {
      if (key === last.key) last.seen = now;
      return true;
    }
    this.#last = { key, question: this.#question, seen: now };
    return false;
  }

  /**
   * @param {string} key
   * @param {number} now in ms
   */
  release(key, now) {
    if (key === this.#last.key) this.#last.seen = now;
  }
}

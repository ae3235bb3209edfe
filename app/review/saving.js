// Sends decisions one after the other, in the order of the keys, and remembers what could not be saved.

const CONFLICT = 409; // the log says otherwise: sending the same again cannot help

export class Saving {
  inFlight = new Set(); // clips with a decision on its way
  failed = new Map(); // clip to {answer, sentence, again}: what could not be saved, until it is
  #api;
  #drafts;
  #last = Promise.resolve();

  constructor(api, drafts) {
    this.#api = api;
    this.#drafts = drafts;
  }

  /** Resolves once every decision so far has been answered, for better or worse. */
  get answered() {
    return this.#last;
  }

  /** Whether leaving the page now would lose an answer. */
  get unsaved() {
    return this.inFlight.size > 0 || [...this.failed.values()].some(({ again }) => again);
  }

  /** Clips that must stay loaded, because their answer may come back. */
  get clipIds() {
    return [...this.inFlight, ...this.failed.keys()];
  }

  /** Resolves to the stored decision once it has committed; rejects with ApiError, and the answer is kept in `failed`. */
  async send(clip, answer, seconds) {
    const { id, name } = clip.info;
    this.inFlight.add(id);
    this.failed.delete(id);
    try {
      const { decision } = await this.#post(id, { ...answer, seconds_spent: Math.round(seconds * 10) / 10 }, answer);
      if (answer.kind !== "blind") this.#drafts.settle(id);
      return decision;
    } catch (error) {
      const sentence = `Not saved: ${error.message} Your answer on ${name} is kept here.`;
      this.failed.set(id, { answer, sentence, again: error.status !== CONFLICT });
      throw error;
    } finally {
      this.inFlight.delete(id);
    }
  }

  /** Takes back one of the decisions that the server has named as such. */
  takeBack({ id, clip_id }) {
    const answer = { kind: "undo", undoes_id: id };
    return this.#post(clip_id, answer, answer);
  }

  #post(clip_id, body, answer) {
    const token = this.#drafts.token(clip_id, answer);
    const posted = this.#last.then(() => this.#api.post("/decisions", { token, clip_id, ...body }));
    this.#last = posted.catch(() => undefined);
    return posted;
  }
}

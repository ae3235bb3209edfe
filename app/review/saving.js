// Sends decisions one after the other, in the order of the keys, and remembers what could not be saved.

const CONFLICT = 409; // the log says otherwise: sending the same again cannot help

export class Saving {
  inFlight = new Set(); // clips with a decision on its way
  failed = new Map(); // clip id to {clip, answer, sentence, again, unreached, draft}: what could not be saved, until it is
  #api;
  #drafts;
  #last = Promise.resolve();
  #waiting = 0; // posts that have not been answered

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

  /** What did not come to the server and nobody has changed since: [{clip, answer}]. */
  get unreached() {
    const kept = [...this.failed].filter(([id, { unreached, draft }]) => unreached && this.#drafts.contents(id) === draft);
    return kept.map(([, { clip, answer }]) => ({ clip, answer }));
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
      const unreached = error.status === 0;
      const then = unreached ? "kept here, and sent by itself once the server answers again." : "kept here.";
      const sentence = `Not saved: ${error.message} Your answer on ${name} is ${then}`;
      const draft = this.#drafts.contents(id);
      this.failed.set(id, { clip, answer, sentence, again: error.status !== CONFLICT, unreached, draft });
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

  /** Takes back all that stands of one's own bulk accept; resolves to how many clips that were, or to the job that does it. */
  takeBackBulk(bulkId) {
    return this.#queued(() => this.#api.post(`/bulks/${bulkId}/take-back`, {}));
  }

  #post(clip_id, body, answer) {
    const token = this.#drafts.token(clip_id, answer);
    return this.#queued(() => this.#api.post("/decisions", { token, clip_id, ...body }));
  }

  #queued(post) {
    const posted = this.#waiting === 0 ? post() : this.#last.then(post); // at once where nothing is before it
    this.#waiting += 1;
    this.#last = posted.then(
      () => this.#done(),
      () => this.#done(),
    );
    return posted;
  }

  #done() {
    this.#waiting -= 1;
  }
}

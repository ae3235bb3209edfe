// Leases the clips that are open here, so that others' queues leave them out, and learns which clips others have open.

export class Leases {
  #api;
  #renewal;
  /** @type {number[]} */
  #held = [];
  #onTaken;

  /**
   * @param {{post(path: string, body: object): Promise<any>}} api
   * @param {number} minutes that a lease lasts
   * @param {(names: Map<number, string> | null) => void} onTaken receives clips that others have open, by clip id,
   *   with that person's name; null where the server did not answer
   */
  constructor(api, minutes, onTaken) {
    this.#api = api;
    this.#onTaken = onTaken;
    this.#renewal = setInterval(() => this.#ask(), (minutes * 60_000) / 2);
  }

  close() {
    clearInterval(this.#renewal);
  }

  /**
   * @param {number[]} clipIds the clip on screen and those that come next
   */
  hold(clipIds) {
    this.#held = clipIds;
    return this.#ask();
  }

  async #ask() {
    if (!this.#held.length) return;
    try {
      /** @type {{taken: Record<string, string>}} */
      const { taken } = await this.#api.post("/leases", { clip_ids: this.#held });
      this.#onTaken(new Map(Object.entries(taken).map(([id, name]) => [Number(id), name])));
    } catch {
      this.#onTaken(null); // two people may then judge one clip; both judgments are kept
    }
  }
}

// Tells the server which clips are open here, so that a colleague's queue leaves them out, and hears which are open there.

export class Leases {
  #api;
  #renewal;
  #held = [];
  #taken;

  /** `taken(names)` hears of clips that somebody else has open: a map from clip id to that person's name, or null. */
  constructor(api, minutes, taken) {
    this.#api = api;
    this.#taken = taken;
    this.#renewal = setInterval(() => this.#ask(), (minutes * 60_000) / 2);
  }

  close() {
    clearInterval(this.#renewal);
  }

  /** The clip on screen and those that come next. */
  hold(clipIds) {
    this.#held = clipIds;
    return this.#ask();
  }

  async #ask() {
    if (!this.#held.length) return;
    try {
      const { taken } = await this.#api.post("/leases", { clip_ids: this.#held });
      this.#taken(new Map(Object.entries(taken).map(([id, name]) => [Number(id), name])));
    } catch {
      this.#taken(null); // two people may then judge one clip; both judgements are kept
    }
  }
}

// Keeps the page's address up to date with what is on the screen, so that it can be reloaded or shared.

/** @import { Rationale } from "./types.d.ts" */

/**
 * What an address names; `answer` only where an answer other than the default one is shown.
 * @typedef {{queue: string, clip: number, time_s: number, answer: number | null}} Place
 */

const WRITE_MS = 400; // at most a few times a second

/**
 * The address of a place.
 * @param {string} current
 * @param {Place} place
 */
export function addressOf(current, { queue, clip, time_s, answer }) {
  const address = new URL(current);
  address.searchParams.set("queue", queue);
  address.searchParams.set("clip", String(clip));
  address.searchParams.set("t", time_s.toFixed(2));
  if (answer) address.searchParams.set("answer", String(answer));
  else address.searchParams.delete("answer");
  return address;
}

/**
 * The id of the answer on the screen, where it is not the default one.
 * @param {Pick<Rationale, "pseudo_label" | "answers"> | null} rationale
 */
export function chosenAnswer(rationale) {
  const shown = rationale?.pseudo_label?.id;
  return shown && shown !== rationale.answers[0].id ? shown : null;
}

export class AddressWriter {
  #place;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {() => Place | null} place the current place */
  constructor(place) {
    this.#place = place;
  }

  close() {
    clearTimeout(this.#timer);
  }

  /** Writes the address soon. */
  write() {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const place = this.#place();
      if (place) window.history.replaceState(window.history.state, "", addressOf(window.location.href, place));
    }, WRITE_MS);
  }
}

// The watched claim: its span is played, its joints are highlighted, its bar on the timeline is marked.
//
// From a click to the frame: claim_row.js or timeline.js calls `watch` here, player.js seeks to the claim's first frame,
// video_source.js passes on the frame that the browser shows, frame_painter.js draws it.

/** @import { Player } from "./player/player.js" */
/** @import { Timeline } from "./timeline/timeline.js" */
/** @import { Claim } from "./types.d.ts" */

/**
 * The claim after (or before) the watched one, wrapping around; the first (or last) where none is watched.
 * @template {{id: number}} T
 * @param {T[]} claims
 * @param {{id: number} | null} watched
 * @param {number} direction 1 or -1
 * @returns {T | undefined}
 */
export function claimAfter(claims, watched, direction) {
  const at = claims.findIndex((claim) => claim.id === watched?.id);
  if (at < 0) return claims.at(direction > 0 ? 0 : -1);
  return claims[(at + direction + claims.length) % claims.length];
}

export class ClaimWatch {
  /** @type {Claim | null} */
  claim = null;
  #player;
  #timeline;
  #onChange;

  /**
   * @param {Pick<Player, "light" | "playSpan" | "setLoop">} player
   * @param {Pick<Timeline, "mark">} timeline
   * @param {() => void} onChange
   */
  constructor(player, timeline, onChange) {
    this.#player = player;
    this.#timeline = timeline;
    this.#onChange = onChange;
  }

  /** @param {Claim} claim */
  watch(claim) {
    this.claim = claim;
    this.#player.light(claim.joints);
    this.#player.playSpan({ start_s: claim.start_s, end_s: claim.end_s, once: true });
    this.#timeline.mark(claim);
    this.#onChange();
  }

  /** Ends the loop and the highlight; the current frame stays. */
  release() {
    this.claim = null;
    this.#player.light(null);
    this.#player.setLoop(null);
    this.#timeline.mark(null);
    this.#onChange();
  }

  /** For a new clip: no claim is watched. Player and timeline reset themselves. */
  forget() {
    this.claim = null;
  }
}

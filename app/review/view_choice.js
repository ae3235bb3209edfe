// What is shown of a clip, by choice of the reviewer: which parts of the skeleton, and how close the picture is. Choices are
// remembered; those about the skeleton apart for the time before and after the own answer.

import { SHOTS } from "./player/shots.js";
import { isRevealed } from "./session/steps.js";

/** @import { Player } from "./player/player.js" */
/** @import { BodyPart, LoadedClip, ReviewState, ViewSwitch } from "./types.d.ts" */
/** @import { Phase, ViewMemory } from "./view_memory.js" */

/** @type {ViewSwitch[]} */
const PARTS = ["body", "face", "hands"];

export class ViewChoice {
  #player;
  #memory;
  /** @type {Phase | null} */
  #phase = null;
  #hasPicture = true;

  /**
   * @param {Player} player
   * @param {ViewMemory} memory
   */
  constructor(player, memory) {
    this.#player = player;
    this.#memory = memory;
    player.view.zoom = memory.zoom;
  }

  /**
   * Takes up what was chosen for this step of a clip. Without a picture the skeleton is all there is to see, so it is shown.
   * @param {ReviewState["step"]} step
   * @param {LoadedClip | null} clip
   */
  enter(step, clip) {
    const revealed = isRevealed(step);
    if (!revealed && step !== "label") return;
    const phase = revealed ? "after" : "before";
    const hasPicture = !clip || clip.video !== null;
    if (phase === this.#phase && hasPicture === this.#hasPicture) return;
    this.#phase = phase;
    this.#hasPicture = hasPicture;
    const chosen = this.#memory.overlay(phase);
    this.#player.setOverlay({ ...chosen, overlay: chosen.overlay || !hasPicture });
  }

  /**
   * Switches a part of the view; a part of a hidden skeleton is shown with it.
   * @param {ViewSwitch} name
   */
  toggle(name) {
    if (name === "overlay" && !this.#hasPicture) return;
    const { view } = this.#player;
    const isPart = PARTS.includes(name);
    if (isPart && !view.overlay)
      this.#player.setOverlay({ ...view, overlay: true, [/** @type {BodyPart} */ (name)]: true });
    else this.#player.set(name, !view[name]);
    if (!this.#phase || !(isPart || name === "overlay")) return;
    const overlay = this.#hasPicture ? view.overlay : this.#memory.overlay(this.#phase).overlay;
    this.#memory.keepOverlay(this.#phase, { ...view, overlay });
  }

  /** From the whole picture to the portrait, to the face, and back; a zoom by hand ends. */
  nextShot() {
    const { shot, factor } = this.#player.view.zoom;
    const byHand = shot === "whole" && factor !== 1;
    const next = byHand ? "whole" : SHOTS[(SHOTS.indexOf(shot) + 1) % SHOTS.length];
    this.#player.setZoom({ shot: next, factor: 1, x: 0, y: 0 });
    this.#memory.keepZoom(this.#player.view.zoom);
  }

  /**
   * @param {number} change times closer
   * @param {{x: number, y: number}} place px of the window
   * @param {{x: number, y: number}} [moved] px of the window
   */
  zoomByHand(change, place, moved) {
    const changed = this.#player.zoomByHand(change, place, moved);
    if (changed) this.#memory.keepZoom(this.#player.view.zoom);
    return changed;
  }

  /** Whether less than the whole picture is shown. */
  get zoomed() {
    const { shot, factor } = this.#player.view.zoom;
    return shot !== "whole" || factor > 1;
  }
}

// What this browser's reviewer has chosen to see of a workspace's clips: the skeleton, apart for before and after the own answer,
// and the zoom.

import { SHOTS } from "./player/shots.js";

/** @import { OverlayView, Zoom } from "./types.d.ts" */

/** @typedef {"before" | "after"} Phase of a clip: before or after the own answer */

/** @type {Record<Phase, OverlayView>} before the own answer, nothing of the measurement stands in the face that is judged */
const OVERLAYS = {
  before: { overlay: false, body: true, face: true, hands: true },
  after: { overlay: true, body: true, face: true, hands: true },
};
/** @type {Zoom} */
const ALL = { shot: "whole", factor: 1, x: 0, y: 0 };

export class ViewMemory {
  #storage;
  #key;

  /**
   * @param {Pick<Storage, "getItem" | "setItem">} storage
   * @param {string} workspace
   */
  constructor(storage, workspace) {
    this.#storage = storage;
    this.#key = `telltale-view-${workspace}`;
  }

  /**
   * @param {Phase} phase
   * @returns {OverlayView}
   */
  overlay(phase) {
    const kept = this.#read()[phase];
    const overlay = { ...OVERLAYS[phase] };
    for (const name of /** @type {(keyof OverlayView)[]} */ (Object.keys(overlay)))
      if (typeof kept?.[name] === "boolean") overlay[name] = kept[name];
    return overlay;
  }

  /**
   * @param {Phase} phase
   * @param {OverlayView} overlay
   */
  keepOverlay(phase, { overlay, body, face, hands }) {
    this.#write({ [phase]: { overlay, body, face, hands } });
  }

  /** @returns {Zoom} */
  get zoom() {
    const kept = { ...ALL, ...this.#read().zoom };
    const numbers = [kept.factor, kept.x, kept.y].every(Number.isFinite);
    return numbers && kept.factor > 0 && SHOTS.includes(kept.shot) ? kept : ALL;
  }

  /** @param {Zoom} zoom */
  keepZoom(zoom) {
    this.#write({ zoom });
  }

  /** @returns {Record<string, any>} */
  #read() {
    try {
      return JSON.parse(this.#storage.getItem(this.#key) ?? "{}") ?? {};
    } catch (error) {
      if (error instanceof SyntaxError) return {}; // written by nobody of ours
      throw error;
    }
  }

  /** @param {Record<string, any>} change */
  #write(change) {
    this.#storage.setItem(this.#key, JSON.stringify({ ...this.#read(), ...change }));
  }
}

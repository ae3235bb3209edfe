// The playback controls below the picture.

import { clockTime } from "../clock_time.js";
import { el, icon } from "../elements.js";

/** @import { Player } from "../player/player.js" */
/** @import { Actions, LoadedClip, ShownFrame, ViewSettings, ViewSwitch, Zoom } from "../types.d.ts" */
/** @import { Child } from "../elements.js" */
/** @import { Does, KeyButtons } from "../keyboard/key_buttons.js" */

/** @type {[name: ViewSwitch, label: string][]} */
const SWITCHES = [
  ["overlay", "Skeleton"],
  ["body", "Body"],
  ["face", "Face"],
  ["hands", "Hands"],
  ["picture", "Picture"],
  ["box", "Box"],
  ["blur", "Blur face"],
  ["muted", "Mute"],
];

/** @type {Partial<Record<ViewSwitch, string>>} */
const TITLES = { overlay: "Skeleton; remembered apart for before and after your answer" };

export class Transport {
  #player;
  #play;
  #time = el("span", { class: "clock", "data-testid": "clock" });
  #frame = el("span", { class: "frame-number quiet" });
  #rate;
  #buttons;
  #loop;
  /** @type {Map<ViewSwitch, HTMLButtonElement>} */
  #switches = new Map();
  #shot;

  /**
   * @param {Player} player
   * @param {Actions} actions
   * @param {KeyButtons} buttons
   */
  constructor(player, actions, buttons) {
    this.#player = player;
    this.#buttons = buttons;
    /** @type {(face: Child, title: string, does: Does, onclick: () => void) => HTMLButtonElement} */
    const tool = (face, title, does, onclick) =>
      buttons.make(does, { class: "tool", title, onclick }, face, buttons.kbd());
    /** @type {(face: string, title: string, does: Does, onclick: () => void) => HTMLButtonElement} */
    const bare = (face, title, does, onclick) => buttons.make(does, { class: "tool second", title, onclick }, face);
    /** @type {(title: string, does: Does, onclick: () => void) => HTMLButtonElement} */
    const loopEnd = (title, does, onclick) =>
      buttons.make(does, { class: "tool loop-end", title, onclick }, buttons.kbd());
    this.#play = tool(icon("play"), "Play or pause", ["toggle"], () => actions.toggle());
    this.#play.dataset.testid = "play";
    this.#rate = bare("1 ×", "Usual speed", ["speed", 0], () => actions.speed(0));
    this.#rate.dataset.testid = "rate";
    this.#rate.classList.add("rate");
    this.#loop = tool("Loop", "End the loop", ["release"], () => actions.release());
    for (const [name, label] of SWITCHES) {
      const one = tool(label, TITLES[name] ?? label, ["view", name], () => actions.view(name));
      one.dataset.testid = `switch-${name}`;
      this.#switches.set(name, one);
    }
    this.#shot = tool(el("span", {}), "Zoom", ["nextShot"], () => actions.nextShot());
    this.#shot.dataset.testid = "shot";
    this.root = el(
      "div",
      { class: "transport", role: "toolbar", "aria-label": "Player" },
      el(
        "div",
        { class: "group" },
        bare("−1 s", "One second back", ["jump", -1], () => actions.jump(-1)),
        tool(icon("reverse"), "Backwards, again: faster", ["shuttle", -1], () => actions.shuttle(-1)),
        tool(icon("back"), "One frame back", ["step", -1], () => actions.step(-1)),
        this.#play,
        tool(icon("on"), "One frame on", ["step", 1], () => actions.step(1)),
        tool(icon("forward"), "Forwards, again: faster", ["shuttle", 1], () => actions.shuttle(1)),
        bare("+1 s", "One second on", ["jump", 1], () => actions.jump(1)),
      ),
      el("div", { class: "readout" }, this.#time, this.#frame),
      el(
        "div",
        { class: "speed", role: "group", "aria-label": "Speed" },
        bare("−", "Slower", ["speed", -1], () => actions.speed(-1)),
        this.#rate,
        bare("+", "Faster", ["speed", 1], () => actions.speed(1)),
      ),
      el(
        "div",
        { class: "group" },
        loopEnd("Loop from here", ["loopFrom"], () => actions.loopFrom()),
        loopEnd("Loop up to here", ["loopTo"], () => actions.loopTo()),
        this.#loop,
      ),
      el(
        "div",
        { class: "group switches", role: "group", "aria-label": "Shown" },
        this.#shot,
        ...this.#switches.values(),
      ),
    );
  }

  /**
   * Called on every frame, so it does as little as possible.
   * @param {ShownFrame} shown
   * @param {LoadedClip} clip
   */
  move(shown, clip) {
    this.#time.textContent = `${clockTime(shown.time_s)} / ${clockTime(clip.info.duration_s, 0)}`;
    this.#frame.textContent = `frame ${shown.frame}`;
  }

  /** @param {LoadedClip | null} clip */
  render(clip) {
    const player = this.#player;
    if (this.#play.getAttribute("aria-pressed") !== String(player.playing))
      this.#play.firstChild?.replaceWith(icon(player.playing ? "pause" : "play"));
    this.#play.setAttribute("aria-pressed", String(player.playing));
    const { rate } = player.view;
    this.#rate.textContent = `${rate} ×`;
    this.#rate.setAttribute("aria-pressed", String(rate !== 1));
    this.#buttons.retitle(this.#rate, rate === 1 ? "Speed 1 ×, the usual one" : `Speed ${rate} ×; back to 1 ×`);
    this.#loop.disabled = !player.loop;
    this.#loop.setAttribute("aria-pressed", String(Boolean(player.loop && !player.loop.once)));
    this.#renderShot(player.view.zoom, clip);
    for (const [name, one] of this.#switches) {
      one.setAttribute("aria-pressed", String(isShown(name, player.view)));
      one.disabled = isUnavailable(name, clip);
    }
  }

  /**
   * @param {Zoom} zoom
   * @param {LoadedClip | null} clip
   */
  #renderShot({ shot, factor }, clip) {
    const closer = Math.abs(factor - 1) < 0.05 ? "" : `, ${factor.toFixed(1)} ×`;
    const words = `Zoom: ${shot}${closer}`;
    if (this.#shot.firstChild) this.#shot.firstChild.textContent = words;
    this.#buttons.retitle(this.#shot, `${words}; next of whole picture, portrait, face`);
    this.#shot.setAttribute("aria-pressed", String(shot !== "whole" || closer !== ""));
    this.#shot.disabled = !clip;
  }
}

/**
 * Nothing of a hidden skeleton is shown.
 * @param {ViewSwitch} name
 * @param {ViewSettings} view
 */
function isShown(name, view) {
  return view[name] && (view.overlay || !["body", "face", "hands"].includes(name));
}

/**
 * @param {ViewSwitch} name
 * @param {LoadedClip | null} clip
 */
function isUnavailable(name, clip) {
  if (!clip) return true;
  if (["picture", "muted", "blur"].includes(name)) return !clip.video;
  if (name === "overlay" && !clip.video) return true; // it is all there is to see
  return name === "box" ? !clip.person : !clip.track;
}

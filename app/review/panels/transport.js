// The playback controls below the picture.

import { clockTime } from "../clock_time.js";
import { button, el, icon, kbd } from "../elements.js";
import { RATES } from "../player/player.js";

/** @import { Player } from "../player/player.js" */
/** @import { Actions, LoadedClip, ShownFrame, ViewSwitch } from "../types.d.ts" */
/** @import { Child } from "../elements.js" */

/** @type {[name: ViewSwitch, label: string, key: string][]} */
const SWITCHES = [
  ["overlay", "Skeleton", "H"],
  ["body", "Body", "B"],
  ["face", "Face", "F"],
  ["hands", "Hands", "G"],
  ["picture", "Picture", "O"],
  ["box", "Box", "Q"],
  ["crop", "Follow", "C"],
  ["blur", "Blur face", "W"],
  ["muted", "Mute", "M"],
];

export class Transport {
  #player;
  #play;
  #time = el("span", { class: "clock", "data-testid": "clock" });
  #frame = el("span", { class: "frame-number quiet" });
  #rate;
  #loop;
  /** @type {Map<ViewSwitch, HTMLButtonElement>} */
  #switches = new Map();

  /**
   * @param {Player} player
   * @param {Actions} actions
   */
  constructor(player, actions) {
    this.#player = player;
    this.#play = tool(icon("play"), "Play or pause, also Space", "K", () => actions.toggle());
    this.#play.dataset.testid = "play";
    this.#rate = el(
      "select",
      { class: "rate", "aria-label": "Speed", onchange: () => this.#rateChosen() },
      ...RATES.map((rate) => el("option", { value: rate }, `${rate} ×`)),
    );
    this.#loop = button(
      {
        ...{ class: "tool", "aria-pressed": "false", title: "End the loop (Esc)", "aria-label": "End the loop (Esc)" },
        onclick: () => actions.release(),
      },
      "Loop",
      kbd("Esc"),
    );
    for (const [name, label, key] of SWITCHES) {
      const one = tool(label, label, key, () => actions.view(name));
      one.dataset.testid = `switch-${name}`;
      this.#switches.set(name, one);
    }
    this.root = el(
      "div",
      { class: "transport", role: "toolbar", "aria-label": "Player" },
      el(
        "div",
        { class: "group" },
        second("−1 s", "One second back", "Shift ←", () => actions.jump(-1)),
        tool(icon("reverse"), "Backwards, again: faster", "J", () => actions.shuttle(-1)),
        tool(icon("back"), "One frame back", ",", () => actions.step(-1)),
        this.#play,
        tool(icon("on"), "One frame on", ".", () => actions.step(1)),
        tool(icon("forward"), "Forwards, again: faster", "L", () => actions.shuttle(1)),
        second("+1 s", "One second on", "Shift →", () => actions.jump(1)),
      ),
      el("div", { class: "readout" }, this.#time, this.#frame),
      el(
        "div",
        { class: "group" },
        this.#rate,
        loopEnd("[", "Loop from here", () => actions.loopFrom()),
        loopEnd("]", "Loop up to here", () => actions.loopTo()),
        this.#loop,
      ),
      el("div", { class: "group switches", role: "group", "aria-label": "Shown" }, ...this.#switches.values()),
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
    this.#rate.value = String(player.view.rate);
    this.#loop.disabled = !player.loop;
    this.#loop.setAttribute("aria-pressed", String(Boolean(player.loop && !player.loop.once)));
    for (const [name, one] of this.#switches) {
      one.setAttribute("aria-pressed", String(player.view[name]));
      one.disabled = isUnavailable(name, clip);
    }
  }

  #rateChosen() {
    this.#player.setRate(Number(this.#rate.value));
    this.#rate.blur(); // so that keys reach the screen again
  }
}

/**
 * @param {Child} face
 * @param {string} title
 * @param {string} key
 * @param {() => void} onclick
 */
function tool(face, title, key, onclick) {
  const label = `${title} (${key})`;
  return button({ class: "tool", title: label, "aria-label": label, onclick }, face, kbd(key));
}

/**
 * @param {string} words
 * @param {string} title
 * @param {string} keys
 * @param {() => void} onclick
 */
function second(words, title, keys, onclick) {
  const label = `${title} (${keys})`;
  return button({ class: "tool second", keys, title: label, "aria-label": label, onclick }, words);
}

/**
 * @param {string} key
 * @param {string} title
 * @param {() => void} onclick
 */
function loopEnd(key, title, onclick) {
  const label = `${title} (${key})`;
  return button({ class: "tool loop-end", title: label, "aria-label": label, onclick }, kbd(key));
}

/**
 * @param {ViewSwitch} name
 * @param {LoadedClip | null} clip
 */
function isUnavailable(name, clip) {
  if (!clip) return true;
  if (["picture", "muted", "blur"].includes(name)) return !clip.video;
  return ["crop", "box"].includes(name) ? !clip.person : !clip.track;
}

// The row of playing controls under the picture.

import { button, clockTime, el, icon, kbd } from "./dom.js";
import { RATES } from "./player.js";

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
  #play;
  #time = el("span", { class: "clock", "data-testid": "clock" });
  #frame = el("span", { class: "frame-number quiet" });
  #rate;
  #loop;
  #switches = new Map();

  constructor(player, actions) {
    this.player = player;
    const tool = (face, title, key, onclick) =>
      button({ class: "tool", title: `${title} (${key})`, "aria-label": `${title} (${key})`, onclick }, face, kbd(key));
    this.#play = tool(icon("play"), "Play or pause, also Space", "K", () => actions.toggle());
    const second = (words, title, keys, direction) =>
      button({ class: "tool second", keys, title: `${title} (${keys})`, "aria-label": `${title} (${keys})`, onclick: () => actions.jump(direction) }, words);
    this.#play.dataset.testid = "play";
    this.#rate = el(
      "select",
      { class: "rate", "aria-label": "Speed", onchange: () => player.setRate(Number(this.#rate.value)) },
      ...RATES.map((rate) => el("option", { value: rate }, `${rate} ×`)),
    );
    this.#rate.addEventListener("change", () => this.#rate.blur());
    const loopEnd = (key, title, onclick) => button({ class: "tool loop-end", title: `${title} (${key})`, "aria-label": `${title} (${key})`, onclick }, kbd(key));
    const loopEnds = [loopEnd("[", "Loop from here", () => actions.loopFrom()), loopEnd("]", "Loop up to here", () => actions.loopTo())];
    this.#loop = button({ class: "tool", "aria-pressed": "false", title: "End the loop (Esc)", "aria-label": "End the loop (Esc)", onclick: () => actions.release() }, "Loop", kbd("Esc"));
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
        second("−1 s", "One second back", "Shift ←", -1),
        tool(icon("reverse"), "Backwards, again: faster", "J", () => actions.shuttle(-1)),
        tool(icon("back"), "One frame back", ",", () => actions.step(-1)),
        this.#play,
        tool(icon("on"), "One frame on", ".", () => actions.step(1)),
        tool(icon("forward"), "Forwards, again: faster", "L", () => actions.shuttle(1)),
        second("+1 s", "One second on", "Shift →", 1),
      ),
      el("div", { class: "readout" }, this.#time, this.#frame),
      el("div", { class: "group" }, this.#rate, loopEnds[0], loopEnds[1], this.#loop),
      el("div", { class: "group switches", role: "group", "aria-label": "Shown" }, ...this.#switches.values()),
    );
  }

  /** Called on every frame: as little as can be. */
  move(shown, clip) {
    this.#time.textContent = `${clockTime(shown.time_s)} / ${clockTime(clip.info.duration_s, 0)}`;
    this.#frame.textContent = `frame ${shown.frame}`;
  }

  render(clip) {
    const { player } = this;
    if (this.#play.getAttribute("aria-pressed") !== String(player.playing))
      this.#play.firstChild.replaceWith(icon(player.playing ? "pause" : "play"));
    this.#play.setAttribute("aria-pressed", String(player.playing));
    this.#rate.value = String(player.view.rate);
    this.#loop.disabled = !player.loop;
    this.#loop.setAttribute("aria-pressed", String(Boolean(player.loop && !player.loop.once)));
    for (const [name, one] of this.#switches) {
      one.setAttribute("aria-pressed", String(player.view[name]));
      one.disabled = unavailable(name, clip);
    }
  }
}

function unavailable(name, clip) {
  if (!clip) return true;
  if (["picture", "muted", "blur"].includes(name)) return !clip.video;
  return ["crop", "box"].includes(name) ? !clip.person : !clip.track;
}

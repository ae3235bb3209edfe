// The Review screen: puts player, timeline, rationale and decision bar together and keeps them in step with the session.
// Streamlit calls `mount` again with fresh data after every rerun; clip and playback stay as they are.

import { Api } from "./api.js";
import { DecisionBar } from "./decide.js";
import { button, el, kbd } from "./dom.js";
import { Header } from "./header.js";
import { HelpSheet } from "./help.js";
import { listen } from "./keys.js";
import { Manual } from "./manual.js";
import { Player } from "./player.js";
import { RationalePanel } from "./rationale.js";
import { Session } from "./session.js";
import { SkeletonPainter } from "./skeleton.js";
import { Timeline } from "./timeline.js";
import { Transport } from "./transport.js";

const LEAST_HEIGHT_PX = 560;
const BOTTOM_PX = 10;
const ADDRESS_MS = 400;
const VERDICT_STEPS = ["reveal", "done"];
const PAGE = '[data-testid="stMainBlockContainer"]'; // Streamlit's own frame around a page
const REVIEWER_COOKIE = "telltale_reviewer"; // app.components.reviewer_choice reads it
const mounted = new WeakMap();

/** `host` is what Streamlit gives the component; returns the clean-up for when it goes. */
export function mount(host, data) {
  document.cookie = `${REVIEWER_COOKIE}=${data.token}; Path=/; SameSite=Strict`; // so that a reload need not ask again
  const screen = mounted.get(host);
  if (screen && screen.data.reviewer.id === data.reviewer.id) {
    screen.renew(data);
    return screen.unmount;
  }
  screen?.unmount();
  document.activeElement?.blur(); // the field in which the reviewer was chosen would swallow the keys
  const made = new Screen(host.querySelector(".review-host"), data);
  made.unmount = () => {
    if (mounted.get(host) === made) mounted.delete(host);
    made.close();
  };
  mounted.set(host, made);
  return made.unmount;
}

class Screen {
  #stop = new AbortController();
  #active = null; // the claim that is lit

  constructor(host, data) {
    this.host = host;
    this.data = data;
    this.api = new Api(data.api, data.token);
    this.session = new Session(this.api, data);
    const labels = labelsOf(data.taxonomy);
    this.actions = this.#actions();
    this.#build(labels);
    const signal = { signal: this.#stop.signal };
    this.session.addEventListener("change", () => this.#render(), signal);
    this.session.addEventListener("clip", ({ detail }) => this.#showClip(detail), signal);
    this.session.addEventListener("sending", () => (this.root.dataset.saved = "saving"), signal); // drawn only where it lasts
    this.session.addEventListener("revealed", () => this.#revealed(), signal);
    window.addEventListener("beforeunload", (event) => this.session.unsaved && event.preventDefault(), signal);
    window.addEventListener("resize", () => this.#fit(), signal);
    this.page = host.getRootNode().host?.closest(PAGE) ?? null;
    if (this.page) Object.assign(this.page.style, { paddingInline: "1.25rem", paddingBottom: "0" });
    this.settling = new ResizeObserver(() => this.#fit());
    this.settling.observe(document.body);
    this.settling.observe(host); // the sidebar goes or comes, and with it the band above
    this.stopKeys = listen(
      this.actions,
      (action) => (this.help.open && action !== "help") || (this.manual.open && action !== "manual"),
    );
    this.#fit();
    this.#render();
    this.session.openQueue(data.queue, data.clip_id, data.time_s);
  }

  /** After a rerun of the page: a fresh token. The address that it read is the one this screen has written. */
  renew(data) {
    this.data = data;
    this.api.renew(data.token);
    this.timeline.refresh(); // the theme may be another
    this.#fit();
  }

  close() {
    this.#stop.abort();
    this.stopKeys();
    clearTimeout(this.addressTimer);
    this.settling.disconnect();
    this.player.close();
    this.timeline.close();
    this.session.close();
    if (this.page) Object.assign(this.page.style, { paddingInline: "", paddingBottom: "" });
    this.host.replaceChildren();
  }

  #build(labels) {
    const canvas = el("canvas", { class: "picture", "data-testid": "picture", role: "img", "aria-label": "Video with skeleton" });
    this.stageNote = el("div", { class: "stage-note", hidden: true });
    this.stage = el("div", { class: "stage", onclick: () => this.actions.toggle() }, canvas, this.stageNote);
    this.player = new Player(this.stage, canvas, new SkeletonPainter(this.data.anatomy), {
      onDraw: (shown) => this.#drawn(shown),
      onSeeking: (seeking) => (this.root.dataset.seeking = String(seeking)),
      onState: () => this.#playing(),
      onFailure: (sentence) => this.#stageSays(sentence),
    });
    this.timeline = new Timeline(labels, {
      onSeek: (time) => this.#seek(time),
      onLoop: (loop) => this.player.setLoop(loop && { ...loop, once: false }),
      onLooped: () => this.#intoLoop(),
      onClaim: (claim) => this.#openClaim(claim),
    });
    this.transport = new Transport(this.player, this.actions);
    this.rationale = new RationalePanel(labels, {
      onClaim: (claim) => this.#openClaim(claim),
      onStep: (direction) => this.#nextClaim(direction),
      onVerdict: (claim, verdict) => this.#judge(claim, verdict),
      onRetry: () => this.session.retryReveal(),
      onAnswer: (id) => this.#showAnswer(id),
    });
    this.bar = new DecisionBar(this.session, labels, this.actions);
    this.header = new Header(this.session, this.actions);
    this.help = new HelpSheet();
    this.manual = new Manual(this.api);
    this.problemText = el("span", { "data-testid": "problem" });
    this.saveAgain = button(
      { class: "plain", "data-testid": "save-again", onclick: () => this.actions.saveAgain() },
      "Save again",
      kbd("R"),
    );
    this.problem = el("div", { class: "problem", role: "alert", hidden: true }, this.problemText, this.saveAgain);
    this.empty = el("div", { class: "empty", "data-testid": "empty", hidden: true });
    this.root = el(
      "div",
      { class: "review", "data-testid": "review-root" },
      this.header.root,
      this.problem,
      el("div", { class: "watch" }, this.stage, this.empty, this.transport.root, this.timeline.root),
      this.rationale.root,
      this.bar.root,
      this.help.root,
      this.manual.root,
    );
    this.host.replaceChildren(this.root);
  }

  #actions() {
    return {
      toggle: () => this.player.toggle(),
      shuttle: (direction) => this.player.shuttle(direction),
      step: (frames) => this.player.step(frames),
      jump: (seconds) => this.#seek(this.player.aim + seconds),
      release: () => this.#release(),
      loopFrom: () => this.#loop("from"),
      loopTo: () => this.#loop("to"),
      view: (name) => this.player.set(name, !this.player.view[name]),
      zoom: (factor) => this.timeline.zoom(factor),
      digit: (digit) => this.#digit(digit),
      label: (name) => this.session.chooseLabel(name),
      sureness: (level) => this.session.chooseSureness(level),
      unchoose: () => this.session.unchoose(),
      keep: () => this.session.keep(),
      unclear: () => this.session.unclear(),
      skip: () => this.session.skip(),
      saveAgain: () => this.session.saveAgain(),
      undo: () => this.session.undo(),
      next: () => this.session.next(),
      previous: () => this.session.previous(),
      claim: (direction) => this.#nextClaim(direction),
      verdict: (verdict) => this.#verdict(verdict),
      openQueue: (kind) => this.session.openQueue(kind),
      help: () => this.help.toggle(),
      manual: () => this.manual.toggle(),
    };
  }

  #digit(digit) {
    const { step } = this.session.state;
    if (step === "label" && this.session.draft?.label) {
      if (Number(digit) <= 3) this.session.chooseSureness(Number(digit));
      return;
    }
    const label = this.data.taxonomy.find((one) => one.key === digit);
    if (label) this.session.chooseLabel(label.name);
  }

  #showClip({ clip, time }) {
    this.#active = null;
    this.#stageSays(clip ? stageNoteOf(clip) : "");
    this.timeline.show(clip);
    this.timeline.mark(null);
    if (!clip) {
      this.player.clear();
      this.#render();
      return;
    }
    this.player.show(clip, time);
    this.#render();
    clip.loadConfidence().then(() => this.timeline.refresh(), () => this.timeline.refresh());
    clip.loadWords().then(
      (sentences) => clip === this.session.state.clip && this.timeline.say(sentences),
      (error) => clip === this.session.state.clip && this.#stageSays(`The transcript has not come: ${error.message}`),
    );
  }

  #drawn(shown) {
    const { clip } = this.session.state;
    if (!clip) return;
    const { dataset } = this.root;
    dataset.videoFrame = shown.frame;
    dataset.skeletonFrame = shown.skeletonFrame ?? "";
    dataset.timeS = shown.time_s.toFixed(6);
    dataset.timestampUs = shown.timestampUs;
    dataset.blurred = shown.blurred;
    dataset.shownClip = clip.info.id;
    dataset.durationS = clip.info.duration_s;
    dataset.seeking = String(this.player.seeking);
    dataset.project = [shown.project.scale, shown.project.x, shown.project.y].join(",");
    this.transport.move(shown, clip);
    this.timeline.move(shown.time_s, this.player.loop);
    this.#address();
  }

  #playing() {
    this.root.dataset.playing = String(this.player.playing);
    this.root.dataset.lit = this.player.lit ? [...this.player.lit].sort((a, b) => a - b).join(",") : "";
    this.transport.render(this.session.state.clip);
    this.timeline.move(this.player.time, this.player.loop);
  }

  #render() {
    const { state } = this.session;
    const { dataset } = this.root;
    dataset.clipId = state.clip?.info.id ?? "";
    dataset.step = state.step;
    dataset.ready = String(this.session.ready);
    dataset.saved = state.save.state;
    dataset.savedClip = state.save.clip_id ?? "";
    dataset.savedKind = state.save.kind ?? "";
    dataset.ahead = state.ahead;
    this.header.render();
    this.rationale.render(this.session, this.#active);
    this.bar.render();
    this.transport.render(state.clip);
    this.problem.hidden = !state.problem || state.step === "failed";
    this.problemText.textContent = state.problem;
    this.saveAgain.hidden = !this.session.canSaveAgain;
    this.#renderEmpty(state);
  }

  #renderEmpty({ step, problem, queue, queues }) {
    const skipped = queues.find(({ kind }) => kind === "skipped")?.size ?? 0;
    const waiting = skipped === 1 ? "A clip that you skipped waits" : `${skipped} clips that you skipped wait`;
    const words = {
      empty: [
        queue.items.length ? "This queue is done." : "Nothing waits in this queue.",
        "Choose another queue above, or go to Train to retrain on what you have judged; the new run's mistakes become the next queue." +
          (skipped && queue.kind !== "skipped" ? ` ${waiting} in “Skipped by me”.` : ""),
      ],
      failed: ["The clip cannot be shown.", problem],
      loading: ["Loading…", ""],
    }[step];
    this.empty.hidden = !words;
    this.empty.dataset.kind = step;
    if (!words) return;
    const retry = step !== "loading" && button({ class: "plain", onclick: () => this.session.retryLoading() }, step === "empty" ? "Look for new clips" : "Try again");
    this.empty.replaceChildren(el("h2", {}, words[0]), el("p", {}, words[1]), retry || "");
  }

  #revealed() {
    this.timeline.reveal(this.session.state.rationale);
    this.#address();
  }

  #openClaim(claim) {
    this.#active = claim;
    this.player.light(claim.joints);
    this.player.playSpan(claim.start_s, claim.end_s, true);
    this.timeline.mark(claim);
    this.#playing();
    this.#render();
  }

  #showAnswer(id) {
    this.#release();
    this.session.showAnswer(id);
  }

  /** By the mouse: the claim's moment is shown where it is not on the screen, so that nobody judges what was not shown. */
  #judge(claim, verdict) {
    if (this.#active?.id !== claim.id) this.#openClaim(claim);
    this.session.setVerdict(claim.id, verdict);
  }

  /** A span that was marked elsewhere than at the moment on the screen is what is watched next. */
  #intoLoop() {
    const { time, loop } = this.player;
    if (loop && (time < loop.start_s || time > loop.end_s)) this.player.seek(loop.start_s);
  }

  #nextClaim(direction) {
    const claims = this.session.state.rationale?.pseudo_label?.claims ?? [];
    if (!claims.length) return;
    const at = claims.findIndex((claim) => claim.id === this.#active?.id);
    const next = at < 0 ? (direction > 0 ? 0 : claims.length - 1) : (at + direction + claims.length) % claims.length;
    this.#openClaim(claims[next]);
  }

  /** Judges the claim that is lit; where none is, the first one is lit instead, so that nobody judges what was not shown. */
  #verdict(verdict) {
    if (!VERDICT_STEPS.includes(this.session.state.step)) return;
    if (this.#active) this.session.setVerdict(this.#active.id, verdict);
    else this.#nextClaim(1);
  }

  /** One end of the loop to the moment on the screen; the other stays where it lies on the right side, else the clip's own. */
  #loop(end) {
    const { clip } = this.session.state;
    if (!clip) return;
    const { time, loop } = this.player;
    const { start_s, end_s } = loop ?? { start_s: 0, end_s: clip.info.duration_s };
    const span = end === "from" ? { start_s: time, end_s: end_s > time ? end_s : clip.info.duration_s } : { start_s: start_s < time ? start_s : 0, end_s: time };
    this.player.setLoop({ ...span, once: false });
  }

  #release() {
    this.#active = null;
    this.player.light(null);
    this.player.setLoop(null);
    this.timeline.mark(null);
    this.#playing();
    this.#render();
  }

  #seek(time) {
    if (this.player.loop?.once) this.player.setLoop(null);
    this.player.seek(time);
  }

  #stageSays(sentence) {
    this.stageNote.hidden = !sentence;
    this.stageNote.textContent = sentence;
  }

  /** The address names what is on the screen, for a reload or a colleague; written at most a few times a second. */
  #address() {
    this.addressTimer ??= setTimeout(() => {
      this.addressTimer = null;
      const { clip, queue } = this.session.state;
      if (this.#stop.signal.aborted || !clip) return;
      const address = new URL(window.location.href);
      address.searchParams.set("queue", queue.kind);
      address.searchParams.set("clip", clip.info.id);
      address.searchParams.set("t", this.player.time.toFixed(2));
      const chosen = chosenAnswer(this.session.state.rationale);
      if (chosen) address.searchParams.set("answer", chosen);
      else address.searchParams.delete("answer");
      window.history.replaceState(window.history.state, "", address);
    }, ADDRESS_MS);
  }

  /** The screen ends where the window ends, so that the decision bar never has to be scrolled to. */
  #fit() {
    const top = this.host.getBoundingClientRect().top + scrolled(this.host);
    const height = Math.max(LEAST_HEIGHT_PX, window.innerHeight - top - BOTTOM_PX);
    this.root.style.height = `${Math.floor(height)}px`;
  }
}

function scrolled(host) {
  const page = host.getRootNode().host?.closest("section, [data-testid=stMain]");
  return page ? page.scrollTop : window.scrollY;
}

function stageNoteOf({ info, video, track }) {
  if (info.video_missing) return "The video file is not where it was imported from; the skeleton alone is shown.";
  if (!video && track) return "No picture: this clip has key points only.";
  return track ? "" : "No key points: this clip has a picture only.";
}

/** The answer on the screen, where it is another than the one that shows by itself. */
function chosenAnswer(rationale) {
  const shown = rationale?.pseudo_label?.id;
  return shown && shown !== rationale.answers[0].id ? shown : null;
}

function labelsOf(taxonomy) {
  const byName = new Map(taxonomy.map((label) => [label.name, label]));
  // A stored answer may carry a label that the taxonomy has lost since.
  return { all: taxonomy, of: (name) => byName.get(name) ?? { name, title: name, colour: "#7a8583", key: "" } };
}

// The Review screen: puts player, timeline, rationale and decision bar together and keeps them in step with the session.

import { AddressWriter, chosenAnswer } from "./address.js";
import { Api, sentenceOf } from "./api.js";
import { ClaimWatch, claimAfter } from "./claim_watch.js";
import { ClipLoader } from "./clip/clip_loader.js";
import { el } from "./elements.js";
import { toggleFullScreen } from "./full_screen.js";
import { KeyButtons } from "./keyboard/key_buttons.js";
import { KeyMap } from "./keyboard/key_map.js";
import { listen } from "./keyboard/listen.js";
import { labelsOf } from "./labels.js";
import { PageFit } from "./page_fit.js";
import { DecisionBar } from "./panels/decision_bar.js";
import { Header } from "./panels/header.js";
import { HelpSheet } from "./panels/help_sheet.js";
import { Manual } from "./panels/manual.js";
import { Notice } from "./panels/notice.js";
import { ProblemLine } from "./panels/problem_line.js";
import { RationalePanel } from "./panels/rationale.js";
import { Transport } from "./panels/transport.js";
import { loopWithEnd } from "./player/loop.js";
import { Player } from "./player/player.js";
import { rateAfter } from "./player/rates.js";
import { SkeletonPainter } from "./player/skeleton_painter.js";
import { ZoomGestures } from "./player/zoom_gestures.js";
import { Session } from "./session/session.js";
import { inputOfDigit, isRevealed } from "./session/steps.js";
import { RememberedFilter } from "./timeline/cue_filter.js";
import { Timeline } from "./timeline/timeline.js";
import { ViewChoice } from "./view_choice.js";
import { ViewMemory } from "./view_memory.js";

/** @import { Actions, Claim, LoadedClip, ReviewData, ShownFrame, Verdict } from "./types.d.ts" */

/** @type {Set<keyof Actions>} */
const ANSWERS = new Set(["digit", "keep", "unclear", "skip"]);

export class Screen {
  #stop = new AbortController();
  #stopKeys;
  #host;
  #taxonomy;
  #api;
  #session;
  #player;
  #timeline;
  #watch;
  #rationale;
  #transport;
  #bar;
  #header;
  #notice;
  #problem;
  #help;
  #manual;
  #address;
  #fit;
  #view;
  #stageNote = el("div", { class: "stage-note", hidden: true });
  #shotNote = el("div", { class: "stage-note shot-note", role: "status", "data-testid": "shot-note", hidden: true });
  #root;

  /**
   * @param {HTMLElement} host
   * @param {ReviewData} data
   */
  constructor(host, data) {
    this.reviewerId = data.reviewer.id;
    this.#host = host;
    this.#taxonomy = data.taxonomy;
    const labels = labelsOf(data.taxonomy);
    const actions = this.#actions();
    const keys = new KeyMap(data.reviewer.id, localStorage);
    const buttons = new KeyButtons(keys);
    const filter = new RememberedFilter(data.reviewer.id, localStorage);
    this.#api = new Api(data.api, data.token);
    const parts = { server: this.#api, loader: new ClipLoader(this.#api), storage: sessionStorage };
    this.#session = new Session(parts, data, {
      onChange: () => this.#render(),
      onClip: (clip, time) => this.#showClip(clip, time),
      onSending: () => {
        this.#root.dataset.saved = "saving"; // text appears only if saving takes long
      },
      onRevealed: (rationale) => {
        this.#timeline.reveal(rationale);
        this.#address.write();
      },
    });
    const canvas = el("canvas", {
      ...{ class: "picture", "data-testid": "picture", role: "img", "aria-label": "Video with skeleton" },
    });
    const stage = el(
      "div",
      { class: "stage", onclick: () => actions.toggle() },
      canvas,
      this.#stageNote,
      this.#shotNote,
    );
    this.#player = new Player(stage, canvas, new SkeletonPainter(data.anatomy), {
      onDraw: (shown) => this.#drawn(shown),
      onSeeking: (seeking) => {
        this.#root.dataset.seeking = String(seeking);
      },
      onState: () => this.#playing(),
      onFailure: (sentence) => this.#stageSays(sentence),
    });
    this.#view = new ViewChoice(this.#player, new ViewMemory(localStorage, data.workspace));
    new ZoomGestures(
      stage,
      (change, place, moved) => this.#view.zoomByHand(change, place, moved),
      () => this.#view.zoomed,
    );
    this.#timeline = new Timeline(labels, data.cue_families, filter, buttons, {
      onSeek: (time) => this.#seek(time),
      onLoop: (span) => this.#player.setLoop(span && { ...span, once: false }),
      onLooped: () => this.#intoLoop(),
      onClaim: (claim) => this.#watch.watch(claim),
    });
    this.#watch = new ClaimWatch(this.#player, this.#timeline, () => {
      this.#playing();
      this.#render();
    });
    this.#rationale = new RationalePanel(labels, buttons, {
      onClaim: (claim) => this.#watch.watch(claim),
      onStep: (direction) => this.#nextClaim(direction),
      onVerdict: (claim, verdict) => this.#judge(claim, verdict),
      onRetry: () => this.#session.retryReveal(),
      onAnswer: (id) => {
        this.#watch.release();
        this.#session.showAnswer(id);
      },
    });
    this.#transport = new Transport(this.#player, actions, buttons);
    this.#bar = new DecisionBar(this.#session, labels, actions, buttons);
    this.#header = new Header(this.#session, labels, actions, buttons);
    this.#help = new HelpSheet(keys, data.reviewer.name, () => {
      buttons.relabel(this.#root);
      this.#bar.relabel();
    });
    this.#manual = new Manual(this.#api);
    this.#notice = new Notice(
      () => this.#session.retryLoading(),
      () => void this.#session.begin(),
    );
    this.#problem = new ProblemLine(this.#session, actions.saveAgain, buttons);
    this.#address = new AddressWriter(() => this.#place());
    this.#root = el(
      "div",
      { class: "review", "data-testid": "review-root" },
      this.#header.root,
      this.#problem.root,
      el(
        "div",
        { class: "work" },
        el("div", { class: "watch" }, stage, this.#notice.root, this.#transport.root, this.#timeline.root),
        this.#rationale.root,
      ),
      this.#bar.root,
      this.#help.root,
      this.#manual.root,
    );
    host.replaceChildren(this.#root);
    const signal = { signal: this.#stop.signal };
    window.addEventListener("beforeunload", (event) => this.#session.unsaved && event.preventDefault(), signal);
    window.addEventListener("online", () => this.#session.sendKept(), signal);
    window.addEventListener("focus", () => this.#session.countQueues(), signal); // others have worked meanwhile
    this.#stopKeys = listen(actions, {
      keys,
      isBlocked: (action) => this.#isBlocked(action),
      take: (name) => this.#help.take(name),
      onUp: (key) => this.#session.release(key),
      isRefused: (action, press) => ANSWERS.has(action) && this.#session.isRepeat(press),
    });
    this.#fit = new PageFit(host, this.#root);
    this.#render();
    this.#session.openQueue(data.queue, data.clip_id, data.time_s);
  }

  /**
   * Takes the fresh token after a rerun of the page; its address was written by this screen and is ignored.
   * @param {string} token
   */
  renew(token) {
    this.#api.renew(token);
    this.#timeline.refresh(); // the theme may have changed
    this.#fit.fit();
  }

  close() {
    this.#stop.abort();
    this.#stopKeys();
    this.#address.close();
    this.#fit.close();
    this.#player.close();
    this.#timeline.close();
    this.#session.close();
    this.#host.replaceChildren();
  }

  /** @returns {Actions} */
  #actions() {
    return {
      toggle: () => this.#player.toggle(),
      shuttle: (direction) => this.#player.shuttle(direction),
      step: (frames) => this.#player.step(frames),
      jump: (seconds) => this.#seek(this.#player.aim + seconds),
      speed: (direction) => this.#player.setRate(rateAfter(this.#player.view.rate, direction)),
      release: () => this.#watch.release(),
      loopFrom: () => this.#loop("from"),
      loopTo: () => this.#loop("to"),
      view: (name) => this.#view.toggle(name),
      nextShot: () => this.#view.nextShot(),
      fullScreen: () => void toggleFullScreen(this.#host),
      zoom: (factor) => this.#timeline.zoom(factor),
      digit: (digit) => {
        const { state, draft } = this.#session;
        this.#session.answer(inputOfDigit(digit, state.step, draft, this.#taxonomy));
      },
      label: (label) => this.#session.answer({ kind: "label", label }),
      raterConfidence: (level) => this.#session.answer({ kind: "rater_confidence", level }),
      typeLabel: () => this.#bar.typeLabel(),
      unchoose: () => this.#session.answer({ kind: "unchoose" }),
      note: () => this.#bar.writeNote(),
      keep: () => this.#session.answer({ kind: "keep" }),
      unclear: () => this.#session.answer({ kind: "unclear" }),
      skip: () => this.#session.answer({ kind: "skip" }),
      saveAgain: () => this.#session.saveAgain(),
      undo: () => void this.#session.undo(),
      next: () => void this.#session.next(),
      previous: () => void this.#session.previous(),
      claim: (direction) => this.#nextClaim(direction),
      verdict: (verdict) => this.#judgeWatched(verdict),
      openQueue: (kind) => void this.#session.openQueue(kind),
      help: () => this.#help.toggle(),
      manual: () => void this.#manual.toggle(),
    };
  }

  /**
   * While a sheet is open, only the key that closes it acts.
   * @param {keyof Actions} action
   */
  #isBlocked(action) {
    return (this.#help.open && action !== "help") || (this.#manual.open && action !== "manual");
  }

  // ---- The clip on the screen ----

  /**
   * @param {LoadedClip | null} clip
   * @param {number} time
   */
  #showClip(clip, time) {
    this.#watch.forget();
    if (clip) this.#root.style.setProperty("--tall", String(clip.info.height_px / clip.info.width_px));
    this.#stageSays(clip ? stageNoteOf(clip) : "");
    this.#timeline.show(clip);
    this.#view.enter(this.#session.state.step, clip);
    if (clip) this.#player.show(clip, time);
    else this.#player.clear();
    this.#render();
    if (clip) void this.#loadLanes(clip);
  }

  /**
   * Loads the lanes that are not needed for judging, after the clip.
   * @param {LoadedClip} clip
   */
  async #loadLanes(clip) {
    const redraw = () => this.#timeline.refresh();
    clip.loadConfidence().then(redraw, redraw);
    try {
      const sentences = await clip.loadWords();
      if (clip === this.#session.state.clip) this.#timeline.say(sentences);
    } catch (error) {
      if (clip === this.#session.state.clip) this.#stageSays(`The transcript has not come: ${sentenceOf(error)}`);
    }
  }

  /** @param {ShownFrame} shown */
  #drawn(shown) {
    const { clip } = this.#session.state;
    if (!clip) return;
    const { scale, x, y } = shown.project;
    Object.assign(this.#root.dataset, {
      videoFrame: shown.frame,
      skeletonFrame: shown.skeletonFrame ?? "",
      timeS: shown.time_s.toFixed(6),
      timestampUs: shown.timestampUs,
      blurred: shown.blurred,
      shownClip: clip.info.id,
      durationS: clip.info.duration_s,
      seeking: this.#player.seeking,
      project: [scale, x, y].join(","),
    });
    this.#shotNote.hidden = !shown.shotNote;
    this.#shotNote.textContent = shown.shotNote;
    this.#transport.move(shown, clip);
    this.#timeline.move(shown.time_s, this.#player.loop);
    this.#address.write();
  }

  #playing() {
    const { playing, lit, time, loop } = this.#player;
    Object.assign(this.#root.dataset, { playing, zoomed: this.#view.zoomed, shot: this.#player.view.zoom.shot });
    this.#root.dataset.lit = lit ? [...lit].sort((a, b) => a - b).join(",") : "";
    this.#transport.render(this.#session.state.clip);
    this.#timeline.move(time, loop);
  }

  #render() {
    const { state, ready } = this.#session;
    this.#view.enter(state.step, state.clip);
    Object.assign(this.#root.dataset, {
      clipId: state.clip?.info.id ?? "",
      step: state.step,
      ready,
      saved: state.save.state,
      savedClip: state.save.clip_id ?? "",
      savedKind: state.save.kind ?? "",
      ahead: state.ahead,
    });
    this.#header.render();
    this.#rationale.render(this.#session, this.#watch.claim);
    this.#bar.render();
    this.#transport.render(state.clip);
    this.#problem.render();
    this.#notice.render(state);
  }

  /** @param {string} sentence */
  #stageSays(sentence) {
    this.#stageNote.hidden = !sentence;
    this.#stageNote.textContent = sentence;
  }

  #place() {
    const { clip, queue, rationale } = this.#session.state;
    if (!clip) return null;
    return { queue: queue.kind, clip: clip.info.id, time_s: this.#player.time, answer: chosenAnswer(rationale) };
  }

  // ---- Claims and spans ----

  /** @param {number} direction */
  #nextClaim(direction) {
    const claims = this.#session.state.rationale?.pseudo_label?.claims ?? [];
    const next = claimAfter(claims, this.#watch.claim, direction);
    if (next) this.#watch.watch(next);
  }

  /**
   * A verdict by mouse. If the claim's moment is not on the screen, it is shown, so that nobody judges it unseen.
   * @param {Claim} claim
   * @param {Verdict} verdict
   */
  #judge(claim, verdict) {
    if (this.#watch.claim?.id !== claim.id) this.#watch.watch(claim);
    this.#session.answer({ kind: "verdict", claimId: claim.id, verdict });
  }

  /**
   * A verdict by key, for the watched claim; without one, the first claim is shown instead.
   * @param {Verdict} verdict
   */
  #judgeWatched(verdict) {
    if (!isRevealed(this.#session.state.step)) return;
    const { claim } = this.#watch;
    if (claim) this.#session.answer({ kind: "verdict", claimId: claim.id, verdict });
    else this.#nextClaim(1);
  }

  /**
   * Moves one end of the loop to the current time.
   * @param {"from" | "to"} end
   */
  #loop(end) {
    const { clip } = this.#session.state;
    const { time, loop } = this.#player;
    if (clip) this.#player.setLoop(loopWithEnd(end, time, loop, clip.info.duration_s));
  }

  /** Seeks to the marked span if the current time is outside of it. */
  #intoLoop() {
    const { time, loop } = this.#player;
    if (loop && (time < loop.start_s || time > loop.end_s)) this.#player.seek(loop.start_s);
  }

  /** @param {number} time */
  #seek(time) {
    if (this.#player.loop?.once) this.#player.setLoop(null);
    this.#player.seek(time);
  }
}

/** @param {LoadedClip} clip */
function stageNoteOf({ info, video, track }) {
  if (info.video_missing) return "No video where it was imported from (telltale relink); here is the skeleton alone.";
  if (!video && track) return "No picture: this clip has key points only.";
  return track ? "" : "No key points: this clip has a picture only.";
}

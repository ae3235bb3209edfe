// Types shared by several modules: the JSON of the routes, and the state of the screen.
// Times are seconds from the start of the clip unless a name says otherwise. Only the type checker reads this file.

import type { KeypointTrack } from "./clip/keypoint_track.js";
import type { PersonTrack } from "./clip/person_track.js";

/** A range of time. */
export interface Span {
  start_s: number;
  end_s: number;
}

// ---- What the page gives to the component ----

/** Everything that the Review page hands to the component when it mounts it (review_data in component.py). */
export interface ReviewData {
  api: string;
  token: string;
  /** What this browser's choices for the workspace are stored under. */
  workspace: string;
  reviewer: { id: number; name: string };
  mode: "blind" | "assisted";
  lease_minutes: number;
  queue: string;
  clip_id: number | null;
  time_s: number;
  answer_id: number | null;
  queues: QueueSize[];
  taxonomy: Label[];
  /** Goes with every decision: the server refuses one that was given under other labels than today's. */
  taxonomy_digest: string;
  cue_families: CueFamily[];
  anatomy: Anatomy;
}

/** One label of the study, with its color and the digit key that chooses it. */
export interface Label {
  name: string;
  title: string;
  color: string;
  key: string;
  description?: string;
}

/** The labels of the study, and one by its name, also where the study no longer has it. */
export interface Labels {
  all: Label[];
  of(name: string): Label;
}

/** Cues that belong together, which have their own rows on the timeline. */
export interface CueFamily {
  name: string;
  title: string;
}

/** Which joints are joined by a line, on which side they are, and to which part of the body they belong. */
export interface Anatomy {
  edges: [number, number][];
  left: number[];
  right: number[];
  streams: Record<BodyPart, number[]>;
}

/** The parts of the skeleton that are shown or hidden together. */
export type BodyPart = "body" | "face" | "hands";

// ---- GET /queue, GET /queues ----

/** One queue with its title; `size` is null while nobody has counted its clips. */
export interface QueueSize {
  kind: string;
  title: string;
  size: number | null;
}

/** One clip of a queue and why it is there; `asked` marks a clip that somebody opened by a link or came back to. */
export interface QueueItem {
  clip_id: number;
  reason: string;
  asked?: boolean;
}

/** The first clips of a queue, how many there are in all, and what this reviewer can take back, newest first. */
export interface QueueAnswer {
  kind: string;
  total: number;
  more: boolean;
  items: QueueItem[];
  undoable: UndoStep[];
}

/** A queue as the screen goes through it; `total` is missing until the server has answered. */
export interface ReviewQueue {
  kind: string;
  items: QueueItem[];
  total?: number;
  more: boolean;
}

/** A decision, or a whole bulk accept, that its reviewer can take back. */
export type UndoStep = UndoDecision | UndoBulk;

/** One decision that can be taken back. */
export interface UndoDecision {
  id: number;
  clip_id: number;
  clip_name: string;
  kind: string;
  label: string | null;
  bulk_id?: undefined;
}

/** A bulk accept, which is taken back as a whole. */
export interface UndoBulk {
  bulk_id: number;
  clips: number;
  id?: undefined;
}

// ---- GET /clips/{id} ----

/** The step of a clip: choose a label, see the rationale and decide, decided; or answered as practice. */
export type ClipStep = "label" | "reveal" | "done" | "practiced";

/**
 * What a coder is told of a practice clip after the answer. `first`: why practice goes on or is not passed, "" where the
 * coder may begin.
 */
export interface PracticeFeedback {
  right: boolean;
  label: string;
  known_label: string;
  known_from: "gold" | "adjudicated";
  explanation: string;
  answered: number;
  right_so_far: number;
  first: string;
}

/** What may be known of a clip before it is judged. */
export interface ClipInfo {
  id: number;
  name: string;
  subject: string;
  split: "train" | "test";
  duration_s: number;
  frame_count: number;
  frame_rate: number;
  width_px: number;
  height_px: number;
  simulated: boolean;
  reliability_sample: boolean;
  mode: "blind" | "assisted";
  repeat: boolean;
  /** Of a practice clip; its feedback is null until this coder has answered. */
  practice: { feedback: PracticeFeedback | null } | null;
  twice: { first: string; second: string } | null;
  step: ClipStep;
  rationale_open: boolean;
  blind: BlindAnswer | null;
  decision: Decision | null;
  video: VideoFile | null;
  video_missing: boolean;
  keypoints: KeypointLayout | null;
  person: boolean;
  transcript: boolean;
}

/** A reviewer's own answer before the rationale was shown. */
export interface BlindAnswer {
  label: string;
  rater_confidence: number;
}

/** The signed address of a clip's video and its size. */
export interface VideoFile {
  url: string;
  bytes: number;
}

/** How the key points of a clip are cut into binary chunks. */
export interface KeypointLayout {
  frames: number;
  chunk_frames: number;
  chunks: number;
}

/** A reviewer's verdict on a claim. */
export type Verdict = "true" | "false" | "cannot_see" | "irrelevant";

/** Verdicts by the number of their claim. */
export type Verdicts = Record<string, Verdict>;

/** A stored decision as its own reviewer sees it. */
export interface Decision {
  id: number;
  clip_id: number;
  kind: string;
  label: string | null;
  rater_confidence: number | null;
  blind_label: string | null;
  note: string;
  claim_verdicts: Verdicts;
  created_at: string;
}

// ---- GET /clips/{id}/rationale ----

/** What a labeler answered for a clip, with everything that is shown beside it. */
export interface Rationale {
  pseudo_label: PseudoLabel | null;
  /** All labelers' answers; the one that counts is the clip's pseudo-label. */
  answers: { id: number; name: string; counts: boolean }[];
  /** A sentence where the answer that is shown is not the clip's pseudo-label. */
  beside: string;
  transcript: string;
  history: HistoryRow[];
  run: RunSays | null;
  gold: Gold | null;
  model: ModelTimeline | null;
  model_problem: string;
  cues: Cue[];
  measured: boolean;
  /** Why no cue at all could be measured; "" where one could. */
  not_measurable: string;
}

/**
 * A labeler's answer: its label at first and after reflection, its reasons and its claims. `confidence` (0..1) is its own
 * score. `sure` says it in words, or the calibrated `share` in per cent where `calibrated` says on what.
 */
export interface PseudoLabel {
  id: number;
  labeler: { name: string; model_id: string; prompt_version: string; simulated: boolean };
  first_label: string;
  first_confidence: number;
  first_sure: string;
  first_reasoning: string;
  label: string;
  confidence: number;
  sure: string;
  share: number;
  calibrated: string;
  reasoning: string;
  leak: string;
  exclusion_reason: string;
  review_reason: string;
  claims: Claim[];
}

/** What the measured key points say of a claim. */
export type Check = "supported" | "contradicted" | "not_measurable" | "unchecked";

/** One statement of a rationale about a time span of the clip, and the label that it supports. */
export interface Claim extends Span {
  id: number;
  cue: string;
  cue_title: string;
  region: string;
  text: string;
  speaks_for: string;
  weight: number;
  kept: boolean;
  reflection: string;
  check: Check;
  check_note: string;
  joints: number[];
  leak: string;
}

/**
 * A behavior that was measured in the key points; `strength` is from 0 to 1. `family` is null for a cue that the catalog no
 * longer has.
 */
export interface Cue extends Span {
  name: string;
  title: string;
  family: string | null;
  strength: number;
  joints: number[];
}

/** One entry of a clip's history: who said what, when and why. */
export interface HistoryRow {
  who: string;
  kind: string;
  label: string | null;
  rater_confidence: number | null;
  note: string;
  at: string;
}

/** The gold label, and the person's label that counts in its place where the two differ. */
export interface Gold {
  label: string;
  replaced_by: string | null;
}

/**
 * The selected run's label for the clip; `held_out` where the model that gave it did not train on this clip, `person_seen`
 * where it trained on a clip of this person.
 */
export interface RunSays {
  id: number;
  label: string;
  confidence: number;
  held_out: boolean;
  person_seen: boolean;
}

/** A run's attention and prediction over time; `probabilities` has one row per moment and one column per label. */
export interface ModelTimeline {
  run_id: number;
  labels: string[];
  time_s: number[];
  attention: number[];
  probabilities: number[][];
}

/** One sentence of the transcript; its times are null where the transcript has none. */
export interface Sentence {
  start_s: number | null;
  end_s: number | null;
  text: string;
}

/** A sentence whose times are known. */
export interface TimedSentence extends Span {
  text: string;
}

// ---- GET /manual ----

/** A piece of the coding manual: an element with its children; plain strings are its text. */
export interface ManualNode {
  tag: string;
  href?: string;
  children: (ManualNode | string)[];
}

// ---- POST /decisions ----

/** The part of a decision that comes from the reviewer; the outbox adds clip, token and time. */
export type Answer = FirstAnswer | LastAnswer;

/**
 * An answer that is given before the rationale is shown; `repeat` where the clip came back a second time, `practice` where it
 * counts nowhere.
 */
export interface FirstAnswer {
  kind: "blind" | "repeat" | "practice";
  label: string;
  rater_confidence: number;
}

/** The final answer for a clip. Which verdicts and note go with it is added when it is sent. */
export interface LastAnswer {
  kind: "final" | "unclear" | "skip";
  label?: string;
  pseudo_label_id?: number | null;
  claim_verdicts?: Verdicts;
  note?: string;
}

// ---- What the screen holds ----

/** A clip with all that is needed to show it. Its rationale comes later, once it may be shown. */
export interface LoadedClip {
  info: ClipInfo;
  /** Time of each frame, ascending. */
  times: Float64Array;
  track: KeypointTrack | null;
  person: PersonTrack | null;
  video: HTMLVideoElement | null;
  /** Address of the video held in memory, to be given back when the clip is dropped. */
  url: string | null;
  /** Mean confidence of body, face and hands, three numbers for each of equal parts of the clip. */
  confidence: Float32Array | null;
  words: Sentence[] | null;
  rationale?: Rationale;
  loadConfidence(): Promise<void>;
  loadWords(): Promise<Sentence[]>;
}

/** Unsaved input of the reviewer for a clip. */
export interface Draft {
  label: string | null;
  rater_confidence: number | null;
  verdicts: Verdicts;
  note: string;
  /** By kind of answer: the token under which it was sent, and what it said then. */
  tokens: Record<string, { contents: string; token: string }>;
}

/** Whether the last answer is saved, and the sentence that says so. */
export interface SaveStatus {
  state: "idle" | "saving" | "saved" | "failed";
  sentence: string;
  clip_id?: number | null;
  kind?: string;
}

/** Everything that the views read. */
export interface ReviewState {
  queue: ReviewQueue;
  /** Every queue, for the list in the header. */
  queues: QueueSize[];
  position: number;
  /** The clip on screen; null while one is loading or where the queue is empty. */
  clip: LoadedClip | null;
  step: ClipStep | "loading" | "empty" | "failed";
  rationale: Rationale | null;
  /** True while a step is saved before the next can begin. */
  busy: boolean;
  save: SaveStatus;
  /** A sentence over the clip that has a problem, else "". */
  problem: string;
  /** For a moment, why the last press was no answer, else "". */
  notTaken: string;
  undoable: UndoStep[];
  /** Number of preloaded clips after this one. */
  ahead: number;
  /** This reviewer's own last word on the clip, where the step is "done". */
  decision: Decision | null;
  /** Who else has this clip open. */
  openAt: string;
  /** Whether others are told that the clip is open here. */
  reserved: boolean;
}

/** How a picture in px of the video is put on the canvas: multiply by `scale`, then add `x` and `y`. */
export interface Projection {
  scale: number;
  x: number;
  y: number;
}

/** A rectangle in px. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A span that is played; `once` where playing ends with it. */
export interface Loop extends Span {
  once: boolean;
}

/** What the player shows and how. */
export interface ViewSettings {
  overlay: boolean;
  body: boolean;
  face: boolean;
  hands: boolean;
  picture: boolean;
  box: boolean;
  blur: boolean;
  muted: boolean;
  rate: number;
  zoom: Zoom;
}

/** What the picture is framed on: all of it, the person, or the person's face. */
export type Shot = "whole" | "portrait" | "face";

/**
 * What of the picture is shown: a shot, how much closer than that, and how far its center is moved from the shot's, in shares
 * of the shot's width and height.
 */
export interface Zoom {
  shot: Shot;
  factor: number;
  x: number;
  y: number;
}

/** The parts of the skeleton's view that are chosen for the time before, and for the time after the own answer. */
export type OverlayView = Pick<ViewSettings, "overlay" | BodyPart>;

/** The parts of the view that a key switches on and off. */
export type ViewSwitch = Exclude<keyof ViewSettings, "rate" | "zoom">;

/** What is on the canvas now; `skeletonFrame` is null where the frame has no key points. */
export interface ShownFrame {
  frame: number;
  skeletonFrame: number | null;
  time_s: number;
  timestampUs: number;
  project: Projection;
  blurred: "" | "face" | "picture";
  /** Why another shot is shown than the one that was chosen, else "". */
  shotNote: string;
}

/** What a key, a button or another part of the screen can ask for; keys.js gives them keys. */
export interface Actions {
  toggle(): void;
  shuttle(direction: number): void;
  step(frames: number): void;
  jump(seconds: number): void;
  /** To the next slower (-1) or faster (1) speed, or back to the usual one (0). */
  speed(direction: number): void;
  release(): void;
  loopFrom(): void;
  loopTo(): void;
  view(name: ViewSwitch): void;
  nextShot(): void;
  fullScreen(): void;
  zoom(factor: number): void;
  digit(digit: string): void;
  label(name: string): void;
  /** Puts the cursor where a label is typed. */
  typeLabel(): void;
  raterConfidence(level: number): void;
  unchoose(): void;
  note(): void;
  keep(): void;
  unclear(): void;
  skip(): void;
  saveAgain(): void;
  undo(): void;
  next(): void;
  previous(): void;
  claim(direction: number): void;
  verdict(verdict: Verdict): void;
  openQueue(kind: string): void;
  help(): void;
  manual(): void;
}

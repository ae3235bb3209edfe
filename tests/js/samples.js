// Made-up clips, claims and answers, and a server and a storage that live in memory.

import { ApiError } from "../../app/review/api.js";

/** @import { Claim, ClipInfo, Cue, Decision, Draft, LoadedClip, Rationale, ReviewData } from "../../app/review/types.d.ts" */

/**
 * @param {Partial<ClipInfo>} changes
 * @returns {ClipInfo}
 */
export function info(changes = {}) {
  return {
    ...{ id: 1, name: "clip-001", subject: "Ada", split: "train", duration_s: 10, frame_count: 250, frame_rate: 25 },
    ...{
      width_px: 320,
      height_px: 240,
      simulated: false,
      reliability_sample: false,
      mode: "blind",
      repeat: false,
      practice: null,
      twice: null,
    },
    ...{ step: "label", rationale_open: false, blind: null, decision: null, video: null, video_missing: false },
    ...{ keypoints: null, person: false, transcript: false },
    ...changes,
  };
}

/**
 * @param {Partial<ClipInfo>} changes
 * @returns {LoadedClip}
 */
export function clip(changes = {}) {
  return {
    ...{ info: info(changes), times: new Float64Array([0, 0.04, 0.08]), track: null, person: null, video: null },
    ...{ url: null, confidence: null, words: null },
    loadConfidence: async () => undefined,
    loadWords: async () => [],
  };
}

/**
 * @param {Partial<Claim>} changes
 * @returns {Claim}
 */
export function claim(changes = {}) {
  return {
    ...{
      id: 1,
      start_s: 1,
      end_s: 2,
      cue: "touching jaw",
      cue_title: "Touching the jaw",
      region: "hands",
      text: "The hand touches the jaw.",
    },
    ...{ speaks_for: "negative", weight: 0.5, kept: true, reflection: "", check: "supported", check_note: "" },
    ...{ joints: [0, 4], leak: "" },
    ...changes,
  };
}

/**
 * @param {Partial<Cue>} changes
 * @returns {Cue}
 */
export function cue(changes = {}) {
  const [name, title, family] = ["touching jaw", "Touching the jaw", "self-touch"];
  return { name, title, family, start_s: 1, end_s: 2, strength: 0.5, joints: [], ...changes };
}

/**
 * A labeler's answer "negative" with the number 7 and these claims.
 * @param {Claim[]} claims
 * @returns {Rationale}
 */
export function rationale(claims = []) {
  return {
    pseudo_label: {
      ...{ id: 7, labeler: { name: "test", model_id: "rules", prompt_version: "1", simulated: false } },
      ...{
        first_label: "positive",
        first_confidence: 0.5,
        first_sure: "unsure",
        first_reasoning: "",
        label: "negative",
        confidence: 0.8,
        sure: "sure",
        share: 0.8,
        calibrated: "",
      },
      ...{ reasoning: "", leak: "", exclusion_reason: "", review_reason: "", claims },
    },
    ...{
      answers: [{ id: 7, name: "test 1", counts: true }],
      beside: "",
      transcript: "",
      history: [],
      run: null,
      gold: null,
      model: null,
      model_problem: "",
    },
    ...{ cues: [], measured: true, not_measurable: "" },
  };
}

/**
 * @param {Partial<Draft>} changes
 * @returns {Draft}
 */
export function draft(changes = {}) {
  return { label: null, rater_confidence: null, verdicts: {}, note: "", tokens: {}, ...changes };
}

/**
 * @param {Partial<Decision>} changes
 * @returns {Decision}
 */
export function decision(changes = {}) {
  return {
    ...{ id: 1, clip_id: 1, kind: "accept", label: "negative", rater_confidence: null, blind_label: null, note: "" },
    ...{ claim_verdicts: {}, created_at: "2026-01-01T00:00" },
    ...changes,
  };
}

/** @type {ReviewData["taxonomy"]} */
export const TAXONOMY = [
  { name: "positive", title: "Positive (won)", color: "#00f", key: "1" },
  { name: "negative", title: "Negative (lost)", color: "#f00", key: "2" },
];

export const LABELS = {
  all: TAXONOMY,
  /** @param {string} name */
  of: (name) => TAXONOMY.find((one) => one.name === name) ?? TAXONOMY[0],
};

/** A tab's storage. */
export class MemoryStorage {
  /** @type {Map<string, string>} */
  #items = new Map();

  /** @param {string} key */
  getItem(key) {
    return this.#items.get(key) ?? null;
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  setItem(key, value) {
    this.#items.set(key, value);
  }

  /** @param {string} key */
  removeItem(key) {
    this.#items.delete(key);
  }
}

/** A server that keeps what is posted, and answers what the test has given it. */
export class FakeServer {
  /** @type {{path: string, body: any}[]} */
  posts = [];
  /** @type {string[]} */
  asked = [];
  /** @type {Record<string, any>} by path: the answer to a GET, or an error to be thrown */
  answersTo = { "/queues": [] };
  /** @type {Record<string, string>} by clip id: who else has it open */
  taken = {};
  /** @type {ApiError | null} thrown for every decision while it is set */
  failure = null;
  /** @type {Promise<void>} the next decisions are answered after it */
  gate = Promise.resolve();
  #lastId = 100;

  /** @param {string} path */
  async json(path) {
    this.asked.push(path);
    const answer = this.answersTo[path];
    if (answer instanceof Error) throw answer;
    if (answer === undefined) throw new ApiError(`Nothing is at ${path}.`, 404);
    return structuredClone(answer);
  }

  async answers() {
    return this.failure?.status !== 0;
  }

  /**
   * @param {string} path
   * @param {any} body
   */
  async post(path, body) {
    if (path === "/leases") return { taken: this.taken };
    this.posts.push({ path, body });
    await this.gate;
    if (this.failure) throw this.failure;
    if (path !== "/decisions") return { clips: 3, job_id: null };
    const kind = body.kind === "final" ? "accept" : body.kind;
    return { decision: decision({ id: ++this.#lastId, clip_id: body.clip_id, kind, label: body.label ?? null }) };
  }
}

/** A loader whose clips are made on the spot. */
export class FakeLoader {
  /** @type {number[]} */
  kept = [];
  /** @type {number[]} */
  forgotten = [];
  /** @type {Map<number, LoadedClip>} */
  clips = new Map();
  /** @type {number[]} */
  missing = [];

  /** @param {number} id */
  async load(id) {
    if (this.missing.includes(id)) throw new ApiError("The clip is not there.", 404);
    const known = this.clips.get(id) ?? clip({ id, name: `clip-${id}` });
    this.clips.set(id, known);
    return known;
  }

  /**
   * @param {number[]} ids
   * @param {(here: boolean) => boolean} goOn
   */
  async ahead(ids, goOn) {
    for (const id of ids) {
      await this.load(id);
      if (!goOn(true)) return;
    }
  }

  /** @param {number[]} ids */
  keep(ids) {
    this.kept = ids;
  }

  /** @param {number} id */
  forget(id) {
    this.forgotten.push(id);
  }
}

/** Lets everything go on that waits for no timer. */
export function settled() {
  return new Promise((resolve) => setImmediate(resolve));
}

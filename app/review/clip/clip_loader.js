// Preloads what a clip needs to be shown: picture, frame times, key points. Never a rationale.

import { KeypointTrack } from "./keypoint_track.js";
import { PersonTrack } from "./person_track.js";

/** @import { Api } from "../api.js" */
/** @import { ClipInfo, LoadedClip, Sentence, VideoFile } from "../types.d.ts" */

const BLOB_BYTES = 48 * 2 ** 20; // a larger video is streamed by range requests instead of being held whole

export class ClipLoader {
  #api;
  /** @type {Map<number, Promise<LoadedClip>>} */
  #clips = new Map();

  /** @param {Api} api */
  constructor(api) {
    this.#api = api;
  }

  /**
   * The loaded clip; rejects with ApiError.
   * @param {number} id
   */
  load(id) {
    const known = this.#clips.get(id);
    if (known) return known;
    const loading = this.#load(id);
    loading.catch(() => this.#clips.delete(id));
    this.#clips.set(id, loading);
    return loading;
  }

  /**
   * Loads clips one after the other. After each, `goOn` is told whether it was loaded and returns whether to continue.
   * @param {number[]} ids
   * @param {(here: boolean) => boolean} goOn
   */
  async ahead(ids, goOn) {
    for (const id of ids) {
      // An error is shown when the clip is opened and fails again.
      const here = await this.load(id).then(
        () => true,
        () => false,
      );
      if (!goOn(here)) return;
    }
  }

  /**
   * Drops every clip but these.
   * @param {number[]} ids
   */
  keep(ids) {
    for (const [id, loading] of this.#clips) {
      if (ids.includes(id)) continue;
      this.#clips.delete(id);
      loading.then(release, () => undefined);
    }
  }

  /**
   * Drops one clip, so that it is loaded again.
   * @param {number} id
   */
  forget(id) {
    this.keep([...this.#clips.keys()].filter((one) => one !== id));
  }

  /**
   * @param {number} id
   * @returns {Promise<LoadedClip>}
   */
  async #load(id) {
    /** @type {ClipInfo} */
    const info = await this.#api.json(`/clips/${id}`);
    const layout = info.keypoints;
    const track = layout ? new KeypointTrack(this.#api, id, layout) : null;
    const [times, person, video] = await Promise.all([
      this.#api.bytes(`/clips/${id}/times`).then((buffer) => new Float64Array(buffer)),
      info.person ? this.#api.bytes(`/clips/${id}/person`).then((buffer) => new PersonTrack(buffer)) : null,
      info.video ? standBy(info.video) : null,
      track?.ensure(0),
    ]);
    const api = this.#api;
    /** @type {LoadedClip} */
    const clip = {
      info,
      times,
      track,
      person,
      video: video?.element ?? null,
      url: video?.url ?? null,
      confidence: null,
      words: null,
      async loadConfidence() {
        if (layout && !clip.confidence) clip.confidence = new Float32Array(await api.bytes(`/clips/${id}/confidence`));
      },
      async loadWords() {
        /** @type {Sentence[]} */
        const words = clip.words ?? (info.transcript ? await api.json(`/clips/${id}/words`) : []);
        clip.words = words;
        return words;
      },
    };
    return clip;
  }
}

/**
 * A video element with its first frame decoded, from a blob where it is small enough to be held.
 * @param {VideoFile} file
 */
async function standBy({ url, bytes }) {
  const element = document.createElement("video");
  element.preload = "auto";
  element.playsInline = true;
  element.disablePictureInPicture = true;
  element.setAttribute("aria-hidden", "true");
  let held = null;
  if (bytes <= BLOB_BYTES) {
    const response = await fetch(url, { credentials: "same-origin" }).catch(() => null);
    if (response?.ok) held = URL.createObjectURL(await response.blob());
  }
  element.src = held ?? url;
  await new Promise((resolve) => {
    // Does not wait after an error: the player shows a sentence, and the skeleton can still be drawn.
    for (const name of ["loadeddata", "error"]) element.addEventListener(name, resolve, { once: true });
  });
  return { element, url: held };
}

/** @param {LoadedClip} clip */
function release(clip) {
  if (clip.video) {
    clip.video.pause();
    clip.video.removeAttribute("src");
    clip.video.load();
  }
  if (clip.url) URL.revokeObjectURL(clip.url);
}

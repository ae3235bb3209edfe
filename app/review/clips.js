// Loads what a clip is shown with, ahead of need: picture, frame times, key points. Never a rationale.

import { KeypointTrack } from "./keypoints.js";
import { PersonTrack } from "./person.js";

const BLOB_BYTES = 48 * 2 ** 20; // a video above this is streamed by ranges in place of being held whole

export class ClipLoader {
  #api;
  #clips = new Map();

  constructor(api) {
    this.#api = api;
  }

  /** The loaded clip: {info, times, track, person, confidence, words, video}; rejects with ApiError. */
  load(id) {
    if (!this.#clips.has(id)) {
      const loading = this.#load(id);
      loading.catch(() => this.#clips.delete(id));
      this.#clips.set(id, loading);
    }
    return this.#clips.get(id);
  }

  /** Loads clips one after the other for as long as `goOn`, told of each whether it has come, says so. */
  async ahead(ids, goOn) {
    for (const id of ids) {
      // What fails here fails again, and says so, when it is the clip's turn.
      const here = await this.load(id).then(() => true, () => false);
      if (!goOn(here)) return;
    }
  }

  /** Drops every clip but these. */
  keep(ids) {
    for (const [id, loading] of this.#clips) {
      if (ids.includes(id)) continue;
      this.#clips.delete(id);
      loading.then(release, () => undefined);
    }
  }

  /** Forgets one clip, so that it is asked for anew. */
  forget(id) {
    this.keep([...this.#clips.keys()].filter((one) => one !== id));
  }

  async #load(id) {
    const info = await this.#api.json(`/clips/${id}`);
    const layout = info.keypoints;
    const track = layout ? new KeypointTrack(this.#api, id, layout) : null;
    const [times, person, video] = await Promise.all([
      this.#api.bytes(`/clips/${id}/times`).then((buffer) => new Float64Array(buffer)),
      info.person ? this.#api.bytes(`/clips/${id}/person`).then((buffer) => new PersonTrack(buffer)) : null,
      info.video ? standBy(info.video) : null,
      track?.ensure(0),
    ]);
    const clip = { info, times, track, person, video: video?.element ?? null, url: video?.url ?? null, confidence: null, words: null };
    clip.loadConfidence = async () => {
      if (layout && !clip.confidence)
        clip.confidence = new Float32Array(await this.#api.bytes(`/clips/${id}/confidence`));
    };
    clip.loadWords = async () => (clip.words ??= info.transcript ? await this.#api.json(`/clips/${id}/words`) : []);
    return clip;
  }
}

/** A video element with its first frame decoded, from a blob where it is small enough to be held. */
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
    // An error is no reason to wait: the player shows it as a sentence, with the skeleton's data still there.
    for (const name of ["loadeddata", "error"]) element.addEventListener(name, resolve, { once: true });
  });
  return { element, url: held };
}

function release(clip) {
  if (clip.video) {
    clip.video.pause();
    clip.video.removeAttribute("src");
    clip.video.load();
  }
  if (clip.url) URL.revokeObjectURL(clip.url);
}

// Key points of one clip: binary chunks, loaded ahead of playback and dropped to stay within a budget of bytes.
// The form of a chunk is documented in app/routes/tracks.py.

/** @import { KeypointLayout } from "../types.d.ts" */

const MAGIC = 0x504b5454; // "TTKP", little-endian
const HEADER_BYTES = 32;
const JOINTS = 137;
const BUDGET_BYTES = 24 * 2 ** 20;

/** One chunk: the key points of a range of frames. */
export class Chunk {
  /** @param {ArrayBuffer} buffer */
  constructor(buffer) {
    const view = new DataView(buffer);
    if (buffer.byteLength < HEADER_BYTES || view.getUint32(0, true) !== MAGIC || view.getUint16(4, true) !== 1)
      throw new Error("These key points are not in a form this page can read; reload the page.");
    this.firstFrame = view.getUint32(8, true);
    this.frames = view.getUint32(12, true);
    this.offset = [view.getFloat32(16, true), view.getFloat32(24, true)];
    this.scale = [view.getFloat32(20, true), view.getFloat32(28, true)];
    this.values = new Uint16Array(buffer, HEADER_BYTES, this.frames * JOINTS * 3);
    this.bytes = buffer.byteLength;
  }

  /**
   * Puts x, y in px and confidence 0..1 of every joint of a frame into `out`; a missing joint is 0, 0, 0.
   * @param {number} frame
   * @param {Float32Array} out
   */
  read(frame, out) {
    let at = (frame - this.firstFrame) * JOINTS * 3;
    for (let joint = 0; joint < JOINTS; joint++, at += 3) {
      const confidence = this.values[at + 2];
      const present = confidence > 0;
      out[joint * 3] = present ? this.offset[0] + this.values[at] * this.scale[0] : 0;
      out[joint * 3 + 1] = present ? this.offset[1] + this.values[at + 1] * this.scale[1] : 0;
      out[joint * 3 + 2] = confidence / 65535;
    }
  }
}

export class KeypointTrack {
  #api;
  #path;
  #layout;
  /** @type {Map<number, Chunk>} in order of last use */
  #chunks = new Map();
  /** @type {Map<number, Promise<void>>} */
  #loading = new Map();
  #points = new Float32Array(JOINTS * 3);

  /**
   * @param {{bytes(path: string): Promise<ArrayBuffer>}} api
   * @param {number} clipId
   * @param {KeypointLayout} layout
   */
  constructor(api, clipId, layout) {
    this.#api = api;
    this.#path = `/clips/${clipId}/keypoints/`;
    this.#layout = layout;
  }

  /**
   * Points of a frame as a view that the next call overwrites; null while its chunk is not there.
   * @param {number} frame
   */
  points(frame) {
    const number = Math.floor(frame / this.#layout.chunk_frames);
    const chunk = this.#chunks.get(number);
    if (!chunk) return null;
    this.#chunks.delete(number);
    this.#chunks.set(number, chunk);
    chunk.read(frame, this.#points);
    return this.#points;
  }

  /**
   * Loads the chunk of `frame` and the one after it; calls `arrived` when that of the frame is there.
   * @param {number} frame
   * @param {() => void} [arrived]
   */
  async ensure(frame, arrived) {
    const number = Math.floor(frame / this.#layout.chunk_frames);
    const wanted = [number, number + 1].filter((one) => one < this.#layout.chunks && !this.#chunks.has(one));
    for (const one of wanted) {
      await this.#load(one);
      if (one === number) arrived?.();
    }
  }

  /** @param {number} number */
  #load(number) {
    const known = this.#loading.get(number);
    if (known) return known;
    const loading = this.#api
      .bytes(this.#path + number)
      .then((buffer) => this.#keep(number, new Chunk(buffer)))
      .finally(() => this.#loading.delete(number));
    this.#loading.set(number, loading);
    return loading;
  }

  /**
   * @param {number} number
   * @param {Chunk} chunk
   */
  #keep(number, chunk) {
    this.#chunks.set(number, chunk);
    let bytes = 0;
    for (const kept of this.#chunks.values()) bytes += kept.bytes;
    for (const [oldest, kept] of this.#chunks) {
      if (bytes <= BUDGET_BYTES || oldest === number) break;
      this.#chunks.delete(oldest);
      bytes -= kept.bytes;
    }
  }
}

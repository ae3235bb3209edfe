// Draws the 137 points of one frame. Edges and sides come from core.pose.skeleton by way of the server.

/** @import { Anatomy, BodyPart, Projection } from "../types.d.ts" */

const JOINTS = 137;
const THRESHOLDS = { body: 0.05, face: 0.4, hands: 0.2 };
const COLORS = { left: "#5cc8f2", right: "#ffab5e", middle: "#e6edeb", face: "#c9d8d4" };
const RIM = "#10201e";
const DIMMED = 0.14;

export class SkeletonPainter {
  /** @type {[a: number, b: number, color: string][]} */
  #edges;
  /** @type {string[]} by joint */
  #color;
  /** @type {BodyPart[]} by joint */
  #part = new Array(JOINTS);

  /** @param {Anatomy} anatomy */
  constructor(anatomy) {
    /** @type {BodyPart[]} */
    const parts = ["body", "face", "hands"];
    for (const part of parts) for (const joint of anatomy.streams[part]) this.#part[joint] = part;
    const left = new Set(anatomy.left);
    const right = new Set(anatomy.right);
    this.#color = this.#part.map((part, joint) => {
      if (part === "face") return COLORS.face;
      if (left.has(joint)) return COLORS.left;
      return right.has(joint) ? COLORS.right : COLORS.middle;
    });
    this.#edges = anatomy.edges.map(([a, b]) => [a, b, this.#color[this.#color[a] === COLORS.middle ? b : a]]);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Float32Array} points x, y in px of the video, and confidence, of every joint
   * @param {Projection} project
   * @param {Record<BodyPart, boolean>} shown
   * @param {Set<number> | null} lit joints that stand out while the rest is dimmed
   * @param {number} unit size of one CSS pixel on the canvas
   */
  paint(context, points, project, shown, lit, unit) {
    /** @param {number} joint */
    const visible = (joint) => {
      const part = this.#part[joint];
      return shown[part] && points[joint * 3 + 2] > THRESHOLDS[part];
    };
    /** @param {number} joint */
    const x = (joint) => points[joint * 3] * project.scale + project.x;
    /** @param {number} joint */
    const y = (joint) => points[joint * 3 + 1] * project.scale + project.y;
    const size = Math.min(1.9, Math.max(0.75, Math.sqrt(project.scale / unit))) * unit;
    context.save();
    context.lineCap = "round";
    for (const [a, b, color] of this.#edges) {
      if (!visible(a) || !visible(b)) continue;
      const bright = !lit || (lit.has(a) && lit.has(b));
      const sure = Math.min(points[a * 3 + 2], points[b * 3 + 2]);
      const wide = (this.#part[a] === "body" ? 2.4 : 1.1) * size * (lit && bright ? 1.5 : 1);
      context.beginPath();
      context.moveTo(x(a), y(a));
      context.lineTo(x(b), y(b));
      // A dark outline makes lines visible on a white shirt.
      context.globalAlpha = bright ? 0.45 * sure : 0;
      context.strokeStyle = RIM;
      context.lineWidth = wide + 1.6 * size;
      context.stroke();
      context.globalAlpha = bright ? 0.35 + 0.6 * sure : DIMMED;
      context.strokeStyle = color;
      context.lineWidth = wide;
      context.stroke();
    }
    for (let joint = 0; joint < JOINTS; joint++) {
      if (!visible(joint)) continue;
      const bright = !lit || lit.has(joint);
      const sure = points[joint * 3 + 2];
      const radius = (this.#part[joint] === "body" ? 2.2 + 2.2 * sure : 0.8 + 0.9 * sure) * size;
      context.globalAlpha = bright ? 0.4 + 0.6 * sure : DIMMED;
      context.fillStyle = this.#color[joint];
      context.beginPath();
      context.arc(x(joint), y(joint), lit && bright ? radius * 1.35 : radius, 0, 2 * Math.PI);
      context.fill();
      if (!bright) continue;
      context.strokeStyle = lit ? "#ffffff" : RIM;
      context.globalAlpha = lit ? 0.9 : 0.55 * sure;
      context.lineWidth = size * (this.#part[joint] === "body" ? 1.3 : 0.5);
      context.stroke();
    }
    context.restore();
  }
}

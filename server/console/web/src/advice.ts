// What would make a refused password pass: a few ways are judged beside it, so
// that nothing is advised that would not do.
import type { Verdict } from "./api";

// Short, common, and without a meaning in common.
const words =
  "Anchor Barrel Candle Copper Cradle Dolphin Ember Fennel Garnet Hammock Harbor Igloo Jigsaw Kettle Ladder Lantern Magnet Marble Meadow Nickel Nutmeg Olive Orbit Paddle Pebble Pepper Pillow Quiver Ribbon Saddle Saffron Teapot Thimble Timber Tulip Turnip Umbrella Velvet Violin Walnut Willow Window Yogurt Zipper".split(" ");

/** pick draws words for this page, so that no two people are shown the same. */
function pick(n: number): string[] {
  const from = [...words];
  return Array.from({ length: n }, () => from.splice(crypto.getRandomValues(new Uint32Array(1))[0] % from.length, 1)[0]);
}

const [a, b, c, d] = pick(4);
const endings = [`-${a}`, `-${a}-${b}`, `-${a}-${b}-${c}`];
const anew = `${d}-${a}-${b}-${c}-7`;

/** attempts are the passwords that advise gets the verdicts of. */
export const attempts = (password: string) => [...endings.map((e) => password + e), anew];

/** Advice says what to do, with an example that passes. */
export interface Advice { words: string; example?: string }

const passes = (v: Verdict) => v.decision === "accept" && v.would_decision !== "reject";

/** advise is about a password, by its verdict and those of its attempts. */
export function advise(verdict: Verdict, others: Verdict[]): Advice | undefined {
  if (passes(verdict)) return undefined;
  const i = others.findIndex(passes);
  if (i === -1) return { words: "More words alone do not satisfy this policy: see the reasons above." };
  if (i === endings.length) return { words: "Adding to it does not help. Start anew with words that have nothing to do with each other or with you, such as", example: anew };
  return { words: `${["One more word", "Two more words", "Three more words"][i]} that nobody would connect with it, for example at the end:`, example: "…" + endings[i] };
}

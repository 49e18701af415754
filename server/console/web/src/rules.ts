// The rules of policies: one table, from which they are told in words and edited.
import type { Document_ } from "./api";

export interface Input { name: string; words: string; most: number; step?: number }
export interface Rule {
  key: string;
  title: string;
  inputs: Input[];
  on: Record<string, unknown>; // what switches it on where it had no values
  tell: (r: Document_) => string | false; // in words; false: it asks for nothing
}

const more = (n: number | undefined, text: string) => (n ? [text] : []);

export const rules: Rule[] = [
  {
    key: "length", title: "Length", on: { min: 8, max: 256 },
    inputs: [{ name: "min", words: "characters at least", most: 1024 }, { name: "max", words: "at most", most: 1024 }],
    tell: (r) => `${r.min ?? 0} to ${r.max || "1,024"} characters`,
  },
  {
    key: "score", title: "Guesses", on: { guesses_log10: 14 },
    inputs: [{ name: "guesses_log10", words: "digits of the number of guesses that an attacker must need (14: 10^14)", most: 300, step: 0.5 }, { name: "points", words: "points as Entra counts them", most: 1024 }],
    tell: (r) => [...more(r.guesses_log10, `at least 10^${r.guesses_log10} guesses for a guessing program`), ...more(r.points, `at least ${r.points} points as Entra counts them`)].join(" and ") || false,
  },
  { key: "listed", title: "Common passwords", inputs: [], on: { refuse: true }, tell: (r) => r.refuse && "not a commonly used password" },
  { key: "banned", title: "Words marked “always refuse”", inputs: [], on: { ignore: false }, tell: (r) => (r.ignore ? "words marked “always refuse” count by their score alone" : "no word marked “always refuse”, in any spelling") },
  { key: "near", title: "Banned words as a whole", inputs: [], on: { refuse: true }, tell: (r) => r.refuse && "not a banned word with one slip" },
  { key: "names", title: "Own names", inputs: [], on: { refuse: true }, tell: (r) => r.refuse && "no name of the person, the account or the organization inside" },
  {
    key: "breached", title: "Breached passwords", on: { min_count: 1 }, inputs: [{ name: "min_count", words: "times seen in a breach, or more", most: 8192 }],
    tell: (r) => r.min_count > 0 && `not in a breach corpus${r.min_count > 1 ? `, ${r.min_count} times or more` : ""}`,
  },
  { key: "complexity", title: "Complexity of Active Directory", inputs: [], on: { active_directory: true }, tell: (r) => r.active_directory && "three of five kinds of characters, and no account name, as Active Directory asks" },
  { key: "classes", title: "Kinds of characters", on: { min: 3 }, inputs: [{ name: "min", words: "of five kinds at least", most: 5 }], tell: (r) => `at least ${r.min ?? 0} kinds of characters` },
  { key: "repeats", title: "Repeats", on: { max: 4 }, inputs: [{ name: "max", words: "times the same character in a row at most", most: 1024 }], tell: (r) => r.max > 0 && `no character more than ${r.max} times in a row` },
  { key: "sequences", title: "Sequences", on: { max: 4 }, inputs: [{ name: "max", words: "characters of a sequence in a row at most", most: 1024 }], tell: (r) => r.max > 0 && `no more than ${r.max} characters that follow each other` },
  {
    key: "old", title: "The old password", on: { equal: true, contains: true, digits: true, distance: 2 }, inputs: [{ name: "distance", words: "characters that must differ, beyond", most: 8 }],
    tell: () => "nothing like the old password",
  },
];

/** told returns the rules of a policy in words, each with its mode. */
export function told(d: Document_): [string, string][] {
  const out: [string, string][] = [];
  for (const r of rules) {
    const words = d[r.key] && d[r.key].mode !== "off" && r.tell(d[r.key]);
    if (words) out.push([words, d[r.key].mode]);
  }
  if (d.points && d.points.mode !== "off") out.push(["points by character", d.points.mode]);
  for (const p of d.patterns ?? []) out.push([p.deny ? `no match of ${p.deny}` : `a match of ${p.require}`, p.mode]);
  if (d.characters?.mode !== "off" && d.characters?.allowed) out.push([`only the characters ${d.characters.allowed}`, d.characters.mode]);
  return out;
}

export interface Step { key: string; from: string; to: string }

/** differences lists the keys whose values differ. */
export function differences(from: Document_, to: Document_): Step[] {
  const a = flat(from), b = flat(to);
  return [...new Set([...a.keys(), ...b.keys()])].sort().filter((k) => a.get(k) !== b.get(k)).map((key) => ({ key, from: a.get(key) ?? "–", to: b.get(key) ?? "–" }));
}

function flat(value: unknown, at = "", out = new Map<string, string>()) {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) for (const [k, v] of Object.entries(value)) flat(v, at ? `${at}.${k}` : k, out);
  else if (!Array.isArray(value) || value.length > 0) out.set(at, typeof value === "string" ? value : JSON.stringify(value));
  return out;
}

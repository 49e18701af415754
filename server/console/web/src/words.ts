// Words of a text or a file, and the bodies that edits are sent as.
import { type Entry, get, type Draft } from "./api";

const fileLimit = 50 << 20; // bytes of a list that the server takes

/** readText decodes a file: UTF-8, or UTF-16 with a byte order mark. */
export async function readText(file: Blob): Promise<string> {
  if (file.size > fileLimit) throw new Error("The file is larger than 50 MiB. Split it, and add the parts one after the other.");
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new Error("The file cannot be read: it was changed, moved or taken away. Choose it again.");
  }
  const mark = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  const broken = new Error("This is not a text file. Save the words as plain text in UTF-8, one per line, or as CSV.");
  try {
    const text = new TextDecoder(mark, { fatal: true }).decode(bytes);
    if (text.includes("\0")) throw broken;
    return text;
  } catch {
    throw broken;
  }
}

/**
 * parse reads words, one per line, or what an export has written, as CSV or JSON; all
 * get what they have in common. The page answers meanwhile.
 */
export async function parse(text: string, common: Partial<Entry>): Promise<Entry[]> {
  text = text.replace(/^\ufeff/, "");
  const exported = (/^[{[]/.test(text) && parseJSON(text)) || (/^"?text"?\s*[,\r\n]/.test(text) && parseCSV(text));
  if (exported) return exported.map((e) => ({ ...e, ...common }));
  const entries: Entry[] = [];
  for (let from = 0, lines = 1; from < text.length; lines++) {
    const end = text.indexOf("\n", from);
    const word = text.slice(from, end === -1 ? text.length : end).trim();
    if (word !== "" && !word.startsWith("#")) entries.push({ text: word, ...common });
    from = end === -1 ? text.length : end + 1;
    if (lines % 50_000 === 0) await pause();
  }
  return entries;
}

function parseJSON(text: string): Entry[] | undefined {
  try {
    const value = JSON.parse(text);
    const entries: unknown[] = Array.isArray(value) ? value : value.entries;
    return entries.map((e) => (typeof e === "string" ? { text: e } : (e as Entry)));
  } catch {
    return undefined; // words may begin with a bracket
  }
}

/** parseCSV reads RFC 4180 with a line of member names. */
function parseCSV(text: string): Entry[] {
  const rows: string[][] = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  let end = 0;
  for (let m = cell.exec(text); m && m[0] !== ""; m = cell.exec(text)) {
    rows.at(-1)!.push((m[1]?.replaceAll('""', '"') ?? m[2]).replace(/^'(?=[=+\-@\t\r'])/, ""));
    if (m[3] !== ",") rows.push([]);
    end = cell.lastIndex;
  }
  if (end < text.length) throw new Error(`Line ${rows.length} of the CSV file is damaged: a quotation mark is missing or too many.`);
  const [names, ...lines] = rows.filter((r) => r.some((c) => c !== ""));
  return lines.map((row) => {
    const e: Record<string, unknown> = {};
    names.forEach((name, i) => {
      const value = row[i];
      if (value) e[name] = name === "ban" ? value === "true" : name === "rank" ? Number(value) : value;
    });
    return e as unknown as Entry;
  });
}

const pause = () => new Promise((done) => setTimeout(done));

/** encode writes a change as JSON, in parts, so that the page answers meanwhile. */
export async function encode(draft: Draft): Promise<Blob> {
  const parts: string[] = ["{"];
  for (const [name, value] of Object.entries(draft)) {
    if (value === undefined) continue;
    parts.push(parts.length > 1 ? "," : "", JSON.stringify(name), ":");
    if (!Array.isArray(value)) {
      parts.push(JSON.stringify(value));
      continue;
    }
    parts.push("[");
    for (let i = 0; i < value.length; i += 20_000) {
      parts.push(i > 0 ? "," : "", JSON.stringify(value.slice(i, i + 20_000)).slice(1, -1));
      await pause();
    }
    parts.push("]");
  }
  parts.push("}");
  return new Blob(parts, { type: "application/json" });
}

/** identity of an entry in its list. */
export const identity = (e: Entry) => (e.match ?? "contains") + " " + e.text;

/** whole returns the list at path, of a revision, as it is with the draft carried out. */
export async function whole(path: string, draft: Draft, revision: number): Promise<Blob> {
  if (revision === 0) return encode({ note: draft.note, entries: draft.add } as Draft);
  const now = await get<{ note?: string; entries: Entry[] }>(path + "/export?format=json");
  const gone = new Set(draft.remove?.map(identity));
  const kept = gone.size > 0 ? now.entries.filter((e) => !gone.has(identity(e))) : now.entries;
  return encode({ note: draft.note ?? now.note, entries: [...kept, ...(draft.add ?? [])] } as Draft);
}

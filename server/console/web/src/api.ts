// The server's HTTP API, as docs/API.md describes it.
import type { Outcomes } from "./outcomes";

export interface Invalid { place: string; detail: string }

/** Problem is an answer that is no success, or none at all (status 0). */
export class Problem extends Error {
  constructor(readonly status: number, readonly detail: string, readonly revision?: number, readonly invalid: Invalid[] = [], readonly retry = 0, readonly more = 0) {
    super(detail);
  }
}

const lost = "The server cannot be reached. Nothing you entered is lost: try again when it is back.";

/** send asks the server. Reading waits its turn where only so many may read at once. */
async function send(method: string, path: string, body?: BodyInit, headers: Record<string, string> = {}, tries = 40): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { method, body, headers: { "X-Veto-Console": "1", ...headers }, cache: "no-store", credentials: "same-origin" });
  } catch {
    throw new Problem(0, lost);
  }
  if (response.ok) return response;
  if (response.status === 429 && method === "GET" && tries > 1) {
    await response.arrayBuffer(); // unread, it would keep the connection from others
    await new Promise((done) => setTimeout(done, 400));
    return send(method, path, body, headers, tries - 1);
  }
  let p: { detail?: string; revision?: number; invalid?: Invalid[]; invalid_more?: number } = {};
  try {
    p = await response.json();
  } catch {
    // A proxy in front has words of its own.
  }
  if (response.status === 401) dispatchEvent(new Event("signed-out"));
  throw new Problem(response.status, p.detail ?? `The server answered ${response.status}.`, p.revision, p.invalid, Number(response.headers.get("Retry-After") ?? 0), p.invalid_more);
}

/** request sends JSON, a Blob of it as it is, and returns JSON. */
export async function request<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
  const json: Record<string, string> = body === undefined ? {} : { "Content-Type": "application/json" };
  const response = await send(method, path, body === undefined || body instanceof Blob ? body : JSON.stringify(body), { ...json, ...headers });
  return response.status === 204 ? (undefined as T) : await response.json();
}

export const get = <T>(path: string) => request<T>("GET", path);

/** text reads a part of something long: the text, and the cursor of the next part. */
export async function text(path: string): Promise<{ body: string; next?: string }> {
  const response = await send("GET", path);
  return { body: await response.text(), next: response.headers.get("X-Next-Cursor") ?? undefined };
}

/** condition makes a change depend on the revision it is based on; 0: there is none yet. */
export const condition = (revision: number): Record<string, string> => (revision === 0 ? { "If-None-Match": "*" } : { "If-Match": `"${revision}"` });

export const query = (values: Record<string, string | number | undefined>) => {
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(values)) if (v !== undefined && v !== "") q.set(k, String(v));
  const text = q.toString();
  return text ? "?" + text : "";
};

export interface Session { credentials: boolean; name: string; scopes: string[]; version: string; store: boolean; audit: boolean }

export type Match = "contains" | "exact" | "prefix" | "suffix";
export interface Entry { text: string; match?: Match; ban?: boolean; rank?: number; note?: string; author?: string; added?: string; expires?: string }
export interface ListInfo {
  name: string; kind: string; entries: number; digest?: string; writable: boolean; revision?: number; note?: string; author?: string; created?: string; updated?: string;
}
export interface ListPage extends ListInfo { page: Entry[]; next?: string }
export interface Change {
  list: string; action: string; revision: number; before?: number; time?: string; actor: string; added: number; removed: number; changed: number;
  unchanged?: number; missing?: number; expired?: number; entries: number;
}
export interface ChangeDetail extends Change { new: Entry[]; old: Entry[] }
export interface Preview {
  dry_run: true; change?: Change; new?: Entry[]; old?: Entry[]; invalid?: Invalid[]; invalid_more?: number;
  sample?: { size: number; refused_before: number; refused_after: number; newly_refused: number; newly_accepted: number; would_refuse_before: number; would_refuse_after: number };
  window?: Window_;
}
/** Window_ is what the latest decisions came to; newly_accepted is how many at most would have been accepted. */
export interface Window_ { from: string; to: string; total: { decisions: number }; newly_accepted?: number }
/** Draft is a change of a list; with restore the way back to a revision, alone. */
export interface Draft { add?: Entry[]; remove?: Entry[]; note?: string; restore?: number }

export interface Reason { code: string; message: string; advice?: string; mode?: string; list?: string; span?: [number, number]; seen_at_least?: number }
export interface Segment { kind: string; list?: string; span: [number, number]; bits: number }
export interface Verdict {
  decision: string; would_decision?: string; mode: string; reasons: Reason[]; policy: string; snapshot: string;
  score?: { points: number; required_points: number; guesses_log10: number; required_guesses_log10: number };
  explain?: { characters: number; guesses: { bits: number; required_bits: number; segments: Segment[] } };
}
export interface Policy { name: string; source: string; revision: number; author?: string; updated?: string; document: Document_ }
/** Document_ is a policy as veto.yaml has it. */
export type Document_ = Record<string, any>;
export interface PolicyChange { policy: string; action: string; revision: number; before?: number; time: string; actor: string; document?: Document_ }

export interface Count extends Outcomes { rejected_by?: Record<string, number>; audited_by?: Record<string, number> }
export interface Point extends Outcomes { time: string }
export interface Summary {
  operations: Record<string, Count>; channels: Record<string, Outcomes>; sites: Record<string, Outcomes>; reported: Outcomes; series?: Point[]; changes: number; damaged: number; next?: string;
}
export interface Record_ { kind: string; time: string; id?: string; operation?: string; subject?: string; actor?: string; policy?: string; decision?: string; would_decision?: string; mode?: string; reasons?: string[]; latency_us?: number; action?: string; target?: string; channel?: string; site?: string; host?: string; count?: number; [more: string]: unknown }

export interface Snapshot { snapshot: string; since: string; age_seconds: number; build_seconds: number; amended: number; expiring: number; next_expiry?: string; error?: string; error_since?: string; lists: ListInfo[] }

export const listPath = (name: string) => "/v1/lists/" + name.replace(/^custom\//, "").split("/").map(encodeURIComponent).join("/");
export const policyPath = (name: string) => "/v1/policies/" + encodeURIComponent(name);

/** Machine is a domain controller by its last report. */
export interface Machine {
  state: string; host: string; site?: string; version?: string; mode?: string; snapshot?: string; bundle?: number; silence_seconds: number; lag_seconds: number;
  last_verdict_seconds?: number; error?: string; counts?: Record<string, Verdicts>;
}
/** Verdicts since the start of a machine; would_reject are among the accepted. */
export interface Verdicts { accepted: number; rejected: number; would_reject: number; undecided: number }
export interface FleetView { bundle: number; states: Record<string, number>; machines: Machine[] }

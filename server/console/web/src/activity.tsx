// Activity: what was decided, when and why.
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { get, type Point, Problem, query, type Record_, type Summary, text } from "./api";
import { increase, none, type Outcomes, overall, reasons, total } from "./outcomes";
import { top } from "./policies";
import { Button, Ending, Example, Failure, Field, number, Page, reasonName, reasonNames, Shares, useLoad, When } from "./ui";

const minute = 60e3, hour = 60 * minute, day = 24 * hour; // ms

/** spans to look at: their length, and that of a bar of the chart. */
const spans: Record<string, { words: string; length: number; bar: number }> = {
  "1h": { words: "last hour", length: hour, bar: minute },
  "24h": { words: "last 24 hours", length: day, bar: 30 * minute },
  "7d": { words: "last 7 days", length: 7 * day, bar: 4 * hour },
  "30d": { words: "last 30 days", length: 30 * day, bar: day },
};

const usual = "24h";

const operations: Record<string, string> = { set: "set, as in a reset", change: "change by the person", unknown: "not told" };

const channels: Record<string, string> = { api: "API, one check", batch: "API, batch", local: "local endpoint of a controller", unknown: "not recorded" };

/** choices are the values that a filter may have; the others are names. */
const choices: Partial<Record<string, Record<string, string>>> = {
  last: Object.fromEntries(Object.entries(spans).map(([last, { words }]) => [last, words])),
  decision: { accept: "accepted", reject: "refused", audit: "would be refused" },
  operation: operations,
  channel: channels,
  reason: reasonNames,
  kind: { decision: "decisions", change: "changes", report: "reports" },
};

const everything = { last: "", decision: "", operation: "", channel: "", site: "", policy: "", reason: "", kind: "" };

type Filter = typeof everything;

/** filterOf reads what is behind the ? of the address, so that a filtered view is a link; a value that is none counts as left out. */
function filterOf(search: string): Filter {
  const told = new URLSearchParams(search);
  const value = (key: string) => {
    const text = told.get(key) ?? "", all = choices[key];
    return !all || Object.hasOwn(all, text) ? text : "";
  };
  return Object.fromEntries(Object.keys(everything).map((key) => [key, value(key)])) as Filter;
}

export function Activity({ search, credentials }: { search: string; credentials: boolean }) {
  const { last, ...filter } = filterOf(search);
  const [now, setNow] = useState(Date.now);
  const { length, bar } = spans[last || usual];
  const from = Math.floor((now - length) / bar) * bar + bar;
  const asked = { ...filter, from: new Date(from).toISOString() };
  const filtered = Object.values(filter).some(Boolean);
  const deps = [last, JSON.stringify(filter), now];
  const summary = useLoad(() => summed({ ...asked, kind: "", every: bar / 1000 + "s" }), deps);
  const page = useLoad(() => latest({ ...asked, limit: 100 }), deps);
  const policies = useLoad(() => get<{ policies: { name: string }[] }>("/v1/policies"), []);
  const [more, setMore] = useState<{ records: Record_[]; all: boolean }>({ records: [], all: false });
  const [failed, setFailed] = useState<unknown>();
  const seen = useRef({ reasons: new Set<string>(), sites: new Set<string>(), reports: false });
  useEffect(() => setMore({ records: [], all: false }), [page.value]);
  const unkept = summary.error instanceof Problem && summary.error.status === 501;
  const s = summary.value;
  if (s) {
    for (const r in reasons(s.operations)) seen.current.reasons.add(r); // so that one can choose another
    for (const name in s.sites) seen.current.sites.add(name);
    seen.current.reports ||= total(s.reported) > 0;
  }
  const records = [...(page.value?.records ?? []), ...more.records];
  const older = () =>
    latest({ ...asked, limit: 500, to: records.at(-1)!.time }).then((p) => (setFailed(undefined), setMore({ records: [...more.records, ...p.records], all: p.records.length < 500 })), setFailed);
  const refresh = () => setNow(Date.now());
  const table = useMemo(() => <Records records={records} />, [page.value, more]); // hundreds of rows
  return (
    <Page
      title="Activity"
      actions={
        !unkept && (
          <>
            <Download asked={asked} format="csv" />
            <Download asked={asked} format="ndjson" />
            <Button onClick={refresh}>Refresh</Button>
          </>
        )
      }
    >
      <Filters filter={{ last, ...filter }} reasons={[...seen.current.reasons]} sites={[...seen.current.sites]} policies={policies.value?.policies.map((p) => p.name) ?? []} />
      {unkept ? <Unkept /> : <Failure error={summary.error ?? page.error} again={refresh} />}
      {s && (filtered || total(overall(s.operations)) > 0) && <Overview summary={s} from={from} bar={bar} bars={Math.round(length / bar)} />}
      {seen.current.reports && (filter.policy || filter.reason) && <p class="quiet">Sidecars report neither policies nor reasons: their decisions are not among these.</p>}
      {s && page.value && (filtered ? records.length === 0 : total(overall(s.operations)) === 0) && <Nothing filtered={filtered} credentials={credentials} />}
      {records.length > 0 && table}
      <Failure error={failed} again={older} />
      {records.length >= 100 && !more.all && <Button onClick={older}>Show more</Button>}
    </Page>
  );
}

function Unkept() {
  return (
    <section class="card empty">
      <h2>No records are kept</h2>
      <p>Decisions and changes are kept, without the passwords, once veto.yaml names a file for them. Without tokens, serve lets everybody on this machine read them:</p>
      <pre tabIndex={0}>audit: {"{file: audit.jsonl, serve: true}"}</pre>
    </section>
  );
}

function Nothing({ filtered, credentials }: { filtered: boolean; credentials: boolean }) {
  return (
    <section class="card empty">
      <h2>Nothing here{!filtered && " yet"}</h2>
      {filtered ? (
        <p>No record fits in this time and these filters.</p>
      ) : (
        <>
          <p>No decision in this time. Ask for a check, and it appears here, without the password:</p>
          <Example credentials={credentials} />
        </>
      )}
    </section>
  );
}

type FiltersProps = { filter: Filter; reasons: string[]; sites: string[]; policies: string[] };

function Filters({ filter, reasons, sites, policies }: FiltersProps) {
  const set = (change: Partial<Filter>) => (location.hash = "#/activity" + query({ ...filter, ...change }));
  const select = (key: keyof Filter, label: string, options: [string, string][]) => (
    <Field label={label}>
      <select value={filter[key]} onChange={(e) => set({ [key]: e.currentTarget.value })}>
        <option value="">all</option>
        {options.map(([v, words]) => (
          <option value={v}>{words}</option>
        ))}
      </select>
    </Field>
  );
  // What is chosen is among them, also if a link says so and nothing else does.
  const names = (key: keyof Filter, all: string[], name = (n: string) => n) => [...new Set([...all, filter[key]])].filter(Boolean).sort().map((n): [string, string] => [n, name(n)]);
  const chosen = Object.values(filter).some(Boolean);
  return (
    <div class="toolbar filters">
      <Field label="Time">
        <select value={filter.last || usual} onChange={(e) => set({ last: e.currentTarget.value === usual ? "" : e.currentTarget.value })}>
          {Object.entries(choices.last!).map(([v, words]) => (
            <option value={v}>{words}</option>
          ))}
        </select>
      </Field>
      {select("decision", "Decision", Object.entries(choices.decision!))}
      {select("operation", "Operation", Object.entries(operations))}
      {select("channel", "Channel", Object.entries(channels))}
      {select("site", "Site", names("site", sites))}
      {select("policy", "Policy", names("policy", policies))}
      {select("reason", "Reason", names("reason", reasons, reasonName))}
      {select("kind", "Records", Object.entries(choices.kind!))}
      {chosen && (
        <a class="button plain clear" href="#/activity">
          Clear the filters
        </a>
      )}
    </div>
  );
}

type OverviewProps = { summary: Summary; from: number; bar: number; bars: number };

function Overview({ summary: s, from, bar, bars }: OverviewProps) {
  const all = overall(s.operations);
  const by = top(reasons(s.operations), 8);
  const reported = total(s.reported);
  return (
    <>
      <div class="tiles">
        <Tile kind="good" name="accepted" value={all.pass} />
        <Tile kind="bad" name="refused" value={all.reject} />
        <Tile kind="warn" name="would be refused" value={all.audit_only} />
        <Tile kind="" name="not decided" value={all.undecided} />
        <Tile kind="" name={s.changes === 1 ? "change" : "changes"} value={s.changes} />
      </div>
      {reported > 0 && (
        <p class="quiet">
          {number(reported)} of these {number(total(all))} decisions are known by the reports of sidecars: how many, where and how they ended, some minutes late. The records, with reasons and accounts, are on these machines.
        </p>
      )}
      <section class="card">
        <h2>Decisions over time</h2>
        <Chart series={filled(s.series ?? [], from, bar, bars)} bar={bar} />
      </section>
      <div class="breakdown">
        <section class="card">
          <h2>By rule</h2>
          {by.length === 0 ? <p class="quiet">Nothing was refused for a reason that is known here.</p> : <Shares rows={by} all={false} />}
        </section>
        <Breakdown title="By operation" counts={s.operations} names={operations} />
        <Breakdown title="By channel" counts={s.channels} names={channels} />
        <Breakdown title="By site" counts={placed(s.sites, all)} names={{ "": "no site told" }}>
          {Object.keys(s.sites).length === 0 && (
            <p class="quiet">
              No site is known. <code>fleet.site</code> in the configuration of each server and sidecar tells it.
            </p>
          )}
        </Breakdown>
      </div>
    </>
  );
}

type BreakdownProps = { title: string; counts: Record<string, Outcomes>; names: Record<string, string>; children?: ComponentChildren };

/** Breakdown has the decisions by something, the most first. */
function Breakdown({ title, counts, names, children }: BreakdownProps) {
  const rows = Object.entries(counts).filter(([, o]) => total(o) > 0).sort((a, b) => total(b[1]) - total(a[1]));
  return (
    <section class="card">
      <h2>
        {title} <span class="quiet">all, and refused if enforced</span>
      </h2>
      {rows.length === 0 ? <p class="quiet">No decision.</p> : <Shares rows={rows.slice(0, 12).map(([name, outcomes]) => ({ name: names[name] ?? name, outcomes }))} />}
      {rows.length > 12 && <p class="quiet">and {number(rows.length - 12)} more; choose one above</p>}
      {children}
    </section>
  );
}

/** placed adds to the sites the decisions that no site is known of. */
function placed(sites: Record<string, Outcomes>, all: Outcomes): Record<string, Outcomes> {
  const rest = { ...all };
  for (const o of Object.values(sites)) increase(rest, o, -1);
  return { ...sites, "": rest };
}

const recordLimit = 200_000; // of a download, which is put together in memory

/** Download saves all records that fit, which the server hands out in pages. */
function Download({ asked, format }: { asked: Record<string, string>; format: "csv" | "ndjson" }) {
  const [count, setCount] = useState<number>();
  const [error, setError] = useState<unknown>();
  const stop = useRef(false);
  const save = async () => {
    stop.current = false;
    setError(undefined);
    setCount(0);
    try {
      const parts: string[] = [];
      let rows = 0;
      let cursor: string | undefined = "";
      while (cursor !== undefined && rows < recordLimit && !stop.current) {
        const page = await text("/v1/audit" + query({ ...asked, format, limit: 1000, cursor }));
        const body = format === "csv" && parts.length > 0 ? page.body.slice(page.body.indexOf("\n") + 1) : page.body;
        rows += body.split("\n").length - 1;
        parts.push(body);
        setCount(rows);
        cursor = page.next;
      }
      if (!stop.current) saveAs(new Blob(parts), "veto-audit." + format);
      if (cursor !== undefined && !stop.current) setError(new Error(`Only the first ${number(recordLimit)} records were saved. Choose a shorter time, or take the rest from the audit file.`));
    } catch (e) {
      setError(e);
    }
    setCount(undefined);
  };
  if (count !== undefined) return <Button onClick={() => (stop.current = true)}>{number(count)} records … Stop</Button>;
  return (
    <>
      <Failure error={error} again={save} />
      <Button onClick={save}>Save {format === "csv" ? "CSV" : "JSON"}</Button>
    </>
  );
}

function saveAs(file: Blob, name: string) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60e3);
}

/** latest returns the newest records before a time, the newest first. */
async function latest(q: Record<string, string | number>): Promise<Page_> {
  let page: Page_ = { records: [] };
  // A call reads a part of the files; the last one that finds something has the newest.
  for (let cursor: string | undefined = ""; cursor !== undefined; ) {
    const p: Page_ & { next?: string } = await get("/v1/audit" + query({ ...q, latest: "true", cursor }));
    page = { records: [...p.records, ...page.records].slice(0, Number(q.limit)) };
    cursor = p.next;
  }
  return page;
}

interface Page_ { records: Record_[] }

/** everything adds up the summaries of all pages. */
async function summed(q: Record<string, string>): Promise<Summary> {
  const all: Summary = { operations: {}, channels: {}, sites: {}, reported: none(), series: [], changes: 0, damaged: 0 };
  const series = new Map<string, Point>();
  for (let cursor: string | undefined = ""; cursor !== undefined; ) {
    const s: Summary = await get<Summary>("/v1/audit:summary" + query({ ...q, cursor }));
    for (const [name, c] of Object.entries(s.operations)) {
      const sum = (all.operations[name] ??= { ...none(), rejected_by: {}, audited_by: {} });
      increase(sum, c);
      for (const by of ["rejected_by", "audited_by"] as const) for (const [code, n] of Object.entries(c[by] ?? {})) sum[by]![code] = (sum[by]![code] ?? 0) + n;
    }
    for (const by of ["channels", "sites"] as const) for (const [name, o] of Object.entries(s[by])) increase((all[by][name] ??= none()), o);
    increase(all.reported, s.reported);
    for (const p of s.series ?? []) {
      const sum = series.get(p.time) ?? { time: p.time, ...none() };
      increase(sum, p);
      series.set(p.time, sum);
    }
    all.changes += s.changes;
    all.damaged += s.damaged;
    cursor = s.next;
  }
  all.series = [...series.values()].sort((a, b) => a.time.localeCompare(b.time));
  return all;
}

function Tile({ kind, name, value }: { kind: string; name: string; value: number }) {
  return (
    <div class={"tile " + kind}>
      <strong>{number(value)}</strong>
      <span>{name}</span>
    </div>
  );
}

/** filled returns a point for every bar, also for those without a decision. */
function filled(series: Point[], from: number, bar: number, bars: number): Point[] {
  const known = new Map(series.map((p) => [Math.floor(Date.parse(p.time) / bar), p]));
  return Array.from({ length: bars }, (_, i) => {
    const at = Math.floor(from / bar) + i;
    return known.get(at) ?? { time: new Date(at * bar).toISOString(), ...none() };
  });
}

/** clock names a time of the chart, in seconds, where one is named every so many. */
function clock(time: number, step: number): string {
  const at = new Date(1000 * time);
  const midnight = at.getHours() === 0 && at.getMinutes() === 0;
  if (midnight || step >= day / 1000) return at.toLocaleDateString("en", { month: "short", day: "numeric" });
  return at.toLocaleTimeString("en", { timeStyle: "short", hourCycle: "h23" });
}

/** Chart stacks the decisions of each bar. */
function Chart({ series, bar }: { series: Point[]; bar: number }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = ref.current!;
    const color = (name: string) => () => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const stack: [keyof Point, string, string][] = [["pass", "accepted", "--good-bar"], ["audit_only", "would be refused", "--warn-bar"], ["reject", "refused", "--bad-bar"]];
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const axis = { stroke: color("--quiet"), font: `${0.75 * rem}px system-ui`, grid: { stroke: color("--line"), width: 1 }, ticks: { stroke: color("--line"), width: 1 } };
    const height = 15 * rem;
    // The bars are drawn over each other: each as high as itself and all after it.
    const heights = stack.map((_, i) => series.map((p) => stack.slice(i).reduce((n, [key]) => n + (p[key] as number), 0)));
    const times = series.map((p) => Date.parse(p.time) / 1000);
    const plot = new uPlot(
      {
        width: box.clientWidth,
        height,
        axes: [{ ...axis, space: 4 * rem, size: 2 * rem, values: (_, times, __, ___, step) => times.map((t) => clock(t, step)) }, { ...axis, size: 3.5 * rem, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 1e6] }],
        scales: { x: { range: () => [times[0], times.at(-1)! + bar / 1000] }, y: { range: (_, __, max) => [0, Math.max(max, 4) * 1.05] } },
        cursor: { drag: { x: false, y: false }, points: { show: false } },
        series: [
          { label: "from", value: (_, t) => (t === null ? "–" : new Date(1000 * t).toLocaleString("en", { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" })) },
          ...stack.map(([key, label, c]) => ({ label, fill: color(c), width: 0, paths: uPlot.paths.bars!({ size: [0.8], align: 1 }), points: { show: false }, value: (_: uPlot, __: number, ___: number, i: number | null) => (i === null ? "–" : number(series[i][key] as number)) })),
        ],
      },
      [times, ...heights],
      box,
    );
    const resize = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height }));
    resize.observe(box);
    const draw = () => plot.redraw();
    const theme = new MutationObserver(draw);
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", draw);
    return () => {
      resize.disconnect();
      theme.disconnect();
      system.removeEventListener("change", draw);
      plot.destroy();
    };
  }, [series.map((p) => p.time + p.pass + p.reject + p.audit_only).join()]);
  return <div ref={ref} class="chart" role="img" aria-label="accepted and refused passwords over time; the figures are above" />;
}

function Records({ records }: { records: Record_[] }) {
  return (
    <div class="scroll" role="region" aria-label="records" tabIndex={0}>
      <table class="stacked">
        <thead>
          <tr>
            {["When", "What", "Why", "Operation", "Where", "Policy", "Who"].map((h) => (
              <th scope="col">{h}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {records.map((r) => (
            <tr>
              <td class="line">
                <When time={r.time} />
              </td>
              <td>{what(r)}</td>
              <td data-label="Why" class="wide">{r.reasons?.map((c) => <span class="tag">{reasonName(c)}</span>)}</td>
              <td data-label="Operation">{r.operation}</td>
              <td data-label="Where" class="line">{[r.site, r.channel].filter(Boolean).join(", ")}</td>
              <td data-label="Policy">{r.policy}</td>
              <td data-label="Who">
                <code title={who(r)}>{short(who(r))}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const who = (r: Record_) => r.host ?? r.subject ?? r.actor ?? "";

/** short cuts the HMAC that stands for an account. */
const short = (who: string) => (who.length > 24 ? who.slice(0, 16) + "…" : who);

const verbs: Record<string, string> = { create: "made", edit: "edited", restore: "restored", delete: "deleted" };

/** deed tells in words what was changed: "list.edit" of "custom/company". */
function deed(action: string, target: string): string {
  const [kind, verb = "", failed] = action.split(".");
  if (kind === "reload") return verb === "failed" ? "configuration could not be read again" : "configuration read again";
  if (action === "snapshot.swap") return "lists and policies put in force";
  if (!verbs[verb]) return `${action} ${target}`;
  return `${kind} ${target.replace(/^(custom|policy)\//, "")} ${failed ? "could not be " : ""}${verbs[verb]}`;
}

function what(r: Record_) {
  if (r.kind === "change")
    return (
      <span class="mark info" title={`${r.action} ${r.target ?? ""}`}>
        {deed(r.action ?? "", r.target ?? "")}
      </span>
    );
  const many = r.kind === "report" ? `${number(r.count ?? 0)} × ` : "";
  if (r.cause || r.decision === "undecided") return <span class="mark">{many}not decided</span>;
  return <Ending of={r} many={many} />;
}

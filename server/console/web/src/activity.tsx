// Activity: what was decided, when and why.
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { get, query, type Record_, type Summary } from "./api";
import { top } from "./policies";
import { Bars, Button, Failure, Field, number, Page, reasonName, useLoad, When } from "./ui";

const spans: [string, number, string][] = [
  ["last hour", 3600e3, "1m"],
  ["last 24 hours", 24 * 3600e3, "30m"],
  ["last 7 days", 7 * 24 * 3600e3, "4h"],
  ["last 30 days", 30 * 24 * 3600e3, "24h"],
];

export function Activity() {
  const [span, setSpan] = useState(1);
  const [filter, setFilter] = useState({ decision: "", operation: "", policy: "", reason: "", kind: "" });
  const [turn, setTurn] = useState(0);
  const [from] = [new Date(Math.floor((Date.now() - spans[span][1]) / 60e3) * 60e3).toISOString()];
  const asked = { ...filter, from };
  const summary = useLoad(() => everything({ ...asked, kind: "", every: spans[span][2] }), [span, JSON.stringify(filter), turn]);
  const page = useLoad(() => latest({ ...asked, limit: 100 }), [span, JSON.stringify(filter), turn]);
  const [more, setMore] = useState<Record_[]>([]);
  const [all, setAll] = useState(false);
  useEffect(() => (setMore([]), setAll(false)), [page.value]);
  const select = (key: keyof typeof filter, label: string, options: [string, string][]) => (
    <Field label={label}>
      <select value={filter[key]} onChange={(e) => setFilter({ ...filter, [key]: e.currentTarget.value })}>
        <option value="">all</option>
        {options.map(([v, words]) => (
          <option value={v}>{words}</option>
        ))}
      </select>
    </Field>
  );
  const s = summary.value;
  const counts = Object.values(s?.operations ?? {});
  const total = (key: "pass" | "reject" | "audit_only" | "undecided") => counts.reduce((n, c) => n + c[key], 0);
  const reasons: Record<string, number> = {};
  for (const c of counts) for (const by of [c.rejected_by, c.audited_by]) for (const [k, v] of Object.entries(by ?? {})) reasons[k] = (reasons[k] ?? 0) + v;
  const records = [...(page.value?.records ?? []), ...more];
  return (
    <Page
      title="Activity"
      actions={
        <>
          <a class="button plain" href={"/v1/audit" + query({ ...asked, format: "csv", limit: 1000 })} download="veto-audit.csv">
            CSV
          </a>
          <a class="button plain" href={"/v1/audit" + query({ ...asked, format: "ndjson", limit: 1000 })} download="veto-audit.ndjson">
            JSON
          </a>
          <Button onClick={() => setTurn(turn + 1)}>Refresh</Button>
        </>
      }
    >
      <div class="toolbar filters">
        <Field label="Time">
          <select value={span} onChange={(e) => setSpan(Number(e.currentTarget.value))}>
            {spans.map(([words], i) => (
              <option value={i}>{words}</option>
            ))}
          </select>
        </Field>
        {select("decision", "Decision", [["accept", "accepted"], ["reject", "refused"], ["audit", "would be refused"]])}
        {select("operation", "Operation", [["set", "set"], ["change", "change"], ["unknown", "not known"]])}
        {select("reason", "Reason", Object.keys(reasons).map((r) => [r, reasonName(r)]))}
        {select("kind", "Records", [["decision", "decisions"], ["change", "changes"]])}
      </div>
      <Failure error={summary.error ?? page.error} again={() => setTurn(turn + 1)} />
      {s && (
        <>
          <div class="tiles">
            <Tile kind="good" name="accepted" value={total("pass")} />
            <Tile kind="bad" name="refused" value={total("reject")} />
            <Tile kind="warn" name="would be refused" value={total("audit_only")} />
            <Tile kind="" name="not decided" value={total("undecided")} />
            <Tile kind="" name="changes" value={s.changes} />
          </div>
          <div class="columns">
            <section class="card grow">
              <h2>Decisions over time</h2>
              <Chart series={s.series ?? []} />
            </section>
            <section class="card side">
              <h2>By rule</h2>
              {Object.keys(reasons).length === 0 ? <p class="quiet">Nothing was refused.</p> : <Bars rows={top(reasons, 10)} kind="bad" />}
              <h2>By operation</h2>
              <Bars rows={Object.entries(s.operations).map(([name, c]) => ({ name, value: c.pass + c.reject + c.audit_only + c.undecided }))} />
            </section>
          </div>
        </>
      )}
      {records.length > 0 && <Records records={records} />}
      {page.value && records.length === 0 && (
        <section class="card empty">
          <h2>Nothing here yet</h2>
          <p>Ask for a check, and it appears here, without the password:</p>
          <pre>{`curl --json '{"password":"Summer2024!"}' ${location.origin}/v1/check`}</pre>
        </section>
      )}
      {records.length >= 100 && !all && (
        <Button
          onClick={async () => {
            const p = await latest({ ...asked, limit: 500, to: records.at(-1)!.time });
            setMore([...more, ...p.records]);
            setAll(p.records.length < 500);
          }}
        >
          Show more
        </Button>
      )}
    </Page>
  );
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
async function everything(q: Record<string, string>): Promise<Summary> {
  const all: Summary = { operations: {}, series: [], changes: 0, damaged: 0 };
  const series = new Map<string, NonNullable<Summary["series"]>[number]>();
  for (let cursor: string | undefined = ""; cursor !== undefined; ) {
    const s: Summary = await get<Summary>("/v1/audit:summary" + query({ ...q, cursor }));
    for (const [name, c] of Object.entries(s.operations)) {
      const sum = (all.operations[name] ??= { pass: 0, reject: 0, audit_only: 0, undecided: 0, rejected_by: {}, audited_by: {} });
      for (const k of ["pass", "reject", "audit_only", "undecided"] as const) sum[k] += c[k];
      for (const by of ["rejected_by", "audited_by"] as const) for (const [code, n] of Object.entries(c[by] ?? {})) sum[by]![code] = (sum[by]![code] ?? 0) + n;
    }
    for (const p of s.series ?? []) {
      const sum = series.get(p.time);
      if (sum) for (const k of ["pass", "reject", "audit_only", "undecided"] as const) sum[k] += p[k];
      else series.set(p.time, { ...p });
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

function Chart({ series }: { series: NonNullable<Summary["series"]> }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = ref.current!;
    const style = getComputedStyle(document.documentElement);
    const color = (name: string) => style.getPropertyValue(name).trim();
    const lines: [keyof (typeof series)[number], string, string][] = [
      ["pass", "accepted", "--good"],
      ["reject", "refused", "--bad"],
      ["audit_only", "would be refused", "--warn"],
    ];
    const axis = { stroke: color("--quiet"), grid: { stroke: color("--line"), width: 1 }, ticks: { stroke: color("--line"), width: 1 } };
    const plot = new uPlot(
      {
        width: box.clientWidth,
        height: 240,
        axes: [axis, { ...axis, size: 56 }],
        scales: { y: { range: (_, __, max) => [0, Math.max(max, 1) * 1.05] } },
        series: [{}, ...lines.map(([, label, c]) => ({ label, stroke: color(c), fill: color(c) + "22", width: 2, points: { show: series.length < 40 } }))],
      },
      [series.map((p) => Date.parse(p.time) / 1000), ...lines.map(([key]) => series.map((p) => p[key] as number))],
      box,
    );
    const resize = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: 240 }));
    resize.observe(box);
    return () => {
      resize.disconnect();
      plot.destroy();
    };
  }, [series]);
  return <div ref={ref} class="chart" role="img" aria-label="accepted and refused passwords over time; the figures are above" />;
}

function Records({ records }: { records: Record_[] }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">What</th>
            <th scope="col">Why</th>
            <th scope="col">Operation</th>
            <th scope="col">Policy</th>
            <th scope="col">Who</th>
          </tr>
        </thead>
        <tbody>
          {records.map((r) => (
            <tr>
              <td>
                <When time={r.time} />
              </td>
              <td>{what(r)}</td>
              <td>{r.reasons?.map((c) => <span class="tag">{reasonName(c)}</span>)}</td>
              <td>{r.operation}</td>
              <td>{r.policy}</td>
              <td class="long">
                <code>{r.subject ?? r.actor}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function what(r: Record_) {
  if (r.kind === "change") return <span class="mark info">{`${r.action} ${r.target ?? ""}`}</span>;
  if (r.decision === "reject") return <span class="mark bad">refused</span>;
  if (r.would_decision === "reject") return <span class="mark warn">would be refused</span>;
  return <span class="mark good">accepted</span>;
}

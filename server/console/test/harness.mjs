// A server of its own, a browser, and pages that must not complain.
import { chromium } from "playwright-core";
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = process.env.VETO ?? new URL("../../../bin/veto", import.meta.url).pathname;
const browserPath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

const axe = readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

/** until waits for what holds sooner or later, however loaded the machine is. */
export async function until(what, holds, ms = 120_000) {
  for (const end = Date.now() + ms; Date.now() < end; await new Promise((done) => setTimeout(done, 100))) {
    const value = await holds();
    if (value) return value;
  }
  throw new Error("in vain waited until " + what);
}

const started = [];
process.once("exit", () => started.forEach((p) => p.kill()));

/** follow keeps what a program writes, and ends it with this one. */
function follow(owner) {
  started.push(owner.process);
  owner.log = "";
  for (const stream of [owner.process.stdout, owner.process.stderr]) stream.on("data", (d) => (owner.log += d));
}

async function ended(process, signal = "SIGTERM") {
  if (!process || process.exitCode !== null || process.signalCode !== null) return;
  const exit = new Promise((done) => process.once("exit", done));
  process.kill(signal);
  await exit;
}

/** Server is veto serve in a folder of its own. */
export class Server {
  constructor({ tokens = false, store = true, audit = true, lines: more = [] } = {}) {
    this.dir = mkdtempSync(join(tmpdir(), "veto-console-"));
    this.port = 20000 + Math.floor(Math.random() * 20000);
    this.base = `http://127.0.0.1:${this.port}`;
    this.tokens = {};
    const lines = [`server: {listen: "127.0.0.1:${this.port}"}`];
    if (audit) lines.push("audit: {file: audit.jsonl, serve: true}");
    if (store) lines.push("store: {file: store}");
    if (tokens) lines.push("access: {tokens: tokens.jsonl}");
    writeFileSync(join(this.dir, "veto.yaml"), [...lines, ...more].join("\n") + "\n");
    if (tokens) for (const name of ["alice", "bob"]) this.tokens[name] = this.token(name);
  }

  token(name) {
    const scopes = ["check", "explain", "lists", "policies", "audit", "metrics", "fleet"].flatMap((s) => ["--scope", s]);
    return execFileSync(program, ["token", "new", "--tokens", join(this.dir, "tokens.jsonl"), "--name", name, ...scopes], { encoding: "utf8" }).trim();
  }

  revoke(name) {
    execFileSync(program, ["token", "revoke", "--tokens", join(this.dir, "tokens.jsonl"), name]);
  }

  async start() {
    this.process = spawn(program, ["serve", "--config", join(this.dir, "veto.yaml")], { stdio: ["ignore", "pipe", "pipe"] });
    follow(this);
    await until("the server is ready", () => this.running() && fetch(this.base + "/readyz").then((r) => r.ok, () => false), 60_000);
    return this;
  }

  running() {
    if (this.process.exitCode !== null) throw new Error("the server has ended: " + this.log);
    return true;
  }

  stop() {
    return ended(this.process);
  }

  async remove() {
    await this.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** ask calls the API beside the browser. */
  async ask(method, path, body, headers = {}) {
    const token = this.tokens.alice && { Authorization: "Bearer " + this.tokens.alice };
    const json = typeof body === "string" ? body : body && JSON.stringify(body);
    const ask = () => fetch(this.base + path, { method, body: json, headers: { "Content-Type": "application/json", ...token, ...headers } });
    const r = await ask().catch(ask); // a kept connection may just have been closed
    assert.ok(r.ok, `${method} ${path}: ${r.status} ${r.ok ? "" : await r.clone().text()}`);
    return r.json();
  }

  /** list makes a list, which may be empty. */
  async list(name, entries, note = "") {
    const first = entries.length > 0 ? entries : ["nothing-yet"];
    const change = await this.ask("PUT", "/v1/lists/" + name, { note, entries: first }, { "If-None-Match": "*" });
    return entries.length > 0 ? change : this.ask("PATCH", "/v1/lists/" + name, { remove: first }, { "If-Match": "*" });
  }
}

// A host name of its own: as root, or as root of a user namespace.
const named = [...(process.getuid() === 0 ? [] : ["--map-root-user"]), "--uts", "sh", "-c", 'hostname "$0" && exec "$@"'];

/** hosts reports whether this machine lets a process have a host name of its own. */
export const hosts = () => spawnSync("unshare", [...named, "dc0", "true"]).status === 0;

/** Fleet is a server with a signed bundle, and sidecars that take it and report. */
export class Fleet {
  sidecars = {};

  constructor(expect = []) {
    const fleet = `fleet: {file: fleet.json, site: Hamburg, expect: [${expect}], silent_after: 10s, behind_after: 1s}`;
    this.server = new Server({ lines: ["bundle: {directory: bundle}", fleet] });
    this.dir = this.server.dir;
    execFileSync(program, ["keygen", "--name", "test/lists", "-o", join(this.dir, "lists.key")]);
    this.publish("contoso");
  }

  /** publish signs the next bundle, of one list. */
  publish(...words) {
    writeFileSync(join(this.dir, "company.txt"), words.join("\n") + "\n");
    execFileSync(program, ["bundle", "create", "--key", join(this.dir, "lists.key"), "-o", join(this.dir, "bundle"), join(this.dir, "company.txt")]);
  }

  /** sidecar starts one on a host; source: of its bundle, if not the server's. */
  async sidecar(host, { site, mode = "enforce", source = this.server.base + "/v1/bundle" }) {
    const file = join(this.dir, host + ".yaml");
    const lines = [
      `bundle: {source: "${source}", keys: [lists.key.pub], cache: cache-${host}, interval: 1s}`,
      `fleet: {server: "${this.server.base}", site: "${site}", interval: 1s}`,
      `sidecar: {mode: ${mode}, socket: ${host}.sock}`,
    ];
    writeFileSync(file, lines.join("\n") + "\n");
    const s = { socket: join(this.dir, host + ".sock") };
    this.sidecars[host] = s;
    s.process = spawn("unshare", [...named, host, program, "sidecar", "--config", file], { stdio: ["ignore", "pipe", "pipe"] });
    follow(s);
    await until(host + " reports", async () => {
      if (s.process.exitCode !== null) throw new Error(host + " has ended: " + s.log);
      return (await this.machine(host))?.state === "ok"; // with lists
    });
  }

  async machine(host) {
    return (await this.server.ask("GET", "/v1/fleet")).machines.find((m) => m.host === host);
  }

  /** judge asks a sidecar as a filter does: docs/API.md, local endpoint. */
  judge(host, password, operation) {
    const text = Buffer.from(password), frame = Buffer.alloc(14 + text.length);
    frame.write("VETO");
    frame.set([1, operation, 0, 0], 4);
    frame.writeUInt16LE(text.length, 12);
    text.copy(frame, 14);
    return new Promise((done, failed) => {
      const c = connect(this.sidecars[host].socket, () => c.write(frame));
      c.once("data", (reply) => (c.destroy(), done(["reject", "accept", "undecided"][reply[5]])));
      c.once("error", failed);
    });
  }

  stop(host) {
    return ended(this.sidecars[host].process);
  }

  /** lose ends one as a crash does, without a last report. */
  lose(host) {
    return ended(this.sidecars[host].process, "SIGKILL");
  }

  async remove() {
    for (const host in this.sidecars) await this.stop(host);
    await this.server.remove();
  }
}

/** Browser makes pages and collects what they complain about. */
export class Browser {
  complaints = [];

  static async launch() {
    const b = new Browser();
    const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
    b.chromium = await chromium.launch({ executablePath: browserPath, args });
    return b;
  }

  /** page opens the console; calm: errors of the network are part of the test. */
  async page(server, { width = 1280, height = 860, theme = "light", path = "", calm = false, context } = {}) {
    context ??= await this.chromium.newContext({ viewport: { width, height }, colorScheme: theme, acceptDownloads: true });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on("console", (m) => {
      const text = m.text();
      if (!["error", "warning"].includes(m.type())) return;
      if (/Failed to load resource/.test(text) && (calm || /status of (400|401|404|412|413|429|501)/.test(text))) return; // the browser's own words for an answer
      this.complaints.push(text);
    });
    page.on("pageerror", (e) => this.complaints.push("error: " + e.message));
    page.on("dialog", (d) => (d.type() === "beforeunload" ? d.accept() : (this.complaints.push("dialog: " + d.message()), d.dismiss())));
    await page.addInitScript(() => {
      addEventListener("securitypolicyviolation", (e) => console.error("CSP violation: " + e.violatedDirective + " " + e.blockedURI));
      if (location.protocol === "http:") localStorage.setItem("open-seen", "1");
    });
    await page.goto(server.base + "/#/" + path);
    await page.waitForSelector("h1");
    return page;
  }

  quiet() {
    assert.deepEqual(this.complaints.splice(0), []);
  }

  close() {
    return this.chromium.close();
  }
}

/** visit opens a page of the console anew and waits until it has asked for everything. */
export async function visit(page, server, path) {
  await page.goto("about:blank"); // else only what is behind # would change
  await page.goto(server.base + "/#/" + path);
  await page.waitForSelector("h1");
  await page.waitForLoadState("networkidle");
}

/** accessible fails for every violation that axe-core finds in the page. */
export async function accessible(page, where) {
  await page.waitForTimeout(250); // transitions
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Runtime.evaluate", { expression: axe }); // past the page's own policy
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }).then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? "")).join("; "))),
  );
  assert.deepEqual(found, [], where);
}

/** fits fails if the page is wider than the window. */
export async function fits(page, where) {
  const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(inner <= outer, `${where}: ${inner} px of content in ${outer} px`);
}

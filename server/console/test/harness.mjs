// A server of its own, a browser, and pages that must not complain.
import { chromium } from "playwright-core";
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = process.env.VETO ?? new URL("../../../bin/veto", import.meta.url).pathname;
const browserPath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

const axe = readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

/** Server is veto serve in a folder of its own. */
export class Server {
  constructor({ tokens = false, store = true } = {}) {
    this.dir = mkdtempSync(join(tmpdir(), "veto-console-"));
    this.port = 20000 + Math.floor(Math.random() * 20000);
    this.base = `http://127.0.0.1:${this.port}`;
    this.tokens = {};
    const lines = [`server: {listen: "127.0.0.1:${this.port}"}`, `audit: {file: audit.jsonl, serve: true}`];
    if (store) lines.push("store: {file: store}");
    if (tokens) lines.push("access: {tokens: tokens.jsonl}");
    writeFileSync(join(this.dir, "veto.yaml"), lines.join("\n") + "\n");
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
    process.once("exit", () => this.process.kill());
    this.log = "";
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on("data", (d) => (this.log += d));
    for (let i = 0; i < 600; i++) {
      if (this.process.exitCode !== null) throw new Error("the server has ended: " + this.log);
      if (await fetch(this.base + "/readyz").then((r) => r.ok, () => false)) return this;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error("the server does not get ready: " + this.log);
  }

  async stop() {
    if (!this.process || this.process.exitCode !== null) return;
    const ended = new Promise((done) => this.process.once("exit", done));
    this.process.kill("SIGTERM");
    await ended;
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
      localStorage.setItem("open-seen", "1");
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

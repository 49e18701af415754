// Pictures of every page and dialog: npm run shots -- FOLDER [docs | VIEW...]; with
// docs only those of the documentation, a VIEW is such as dark-360. With pngquant
// the files are a third as large.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Browser, Fleet, hosts, Server, until, visit } from "./harness.mjs";

const [folder, ...chosen] = process.argv.slice(2);
const docs = chosen[0] === "docs";
mkdirSync(folder, { recursive: true });
const fleet = new Fleet(["dc1", "dc2", "dc3", "dc4"]), server = fleet.server;
const closed = new Server({ tokens: true }), empty = new Server(), bare = new Server({ store: false });
writeFileSync(join(server.dir, "audit.jsonl"), yesterday());
for (const s of [server, closed, empty, bare]) await s.start();
await seed();
await closed.list("company", ["contoso"]);
const browser = await Browser.launch();

const views = ["light", "dark"].flatMap((theme) => [[360, 740], [1280, 860], [3840, 2160]].map(([width, height]) => ({ theme, width, height })));
const some = docs ? [views[1]] : views.filter((v) => chosen.length === 0 || chosen.includes(`${v.theme}-${v.width}`));
for (const view of some) {
  const on = async (server, act) => {
    const page = await browser.page(server, { ...view, calm: true });
    const settled = () => page.waitForLoadState("networkidle").then(() => page.waitForTimeout(400));
    await act({
      page,
      open: (p) => visit(page, server, p),
      press: (name) => page.getByRole("button", { name, exact: true }).first().click(),
      shot: async (name) => {
        const path = join(folder, (docs ? "" : `${view.theme}-${view.width}-`) + name + ".png");
        await settled();
        await page.screenshot({ path, fullPage: !docs && !name.startsWith("dialog") });
        if (docs) spawnSync("pngquant", ["--force", "--ext", ".png", "--quality", "80-95", path]);
      },
    });
    await page.context().close();
  };
  await on(server, docs ? documented : everyPage);
  if (docs) continue;
  await on(server, everyDialog);
  await on(closed, signing);
  await on(empty, async ({ open, shot }) => {
    for (const p of ["try", "lists", "policies", "activity", "fleet", "health"]) await open(p), await shot("empty-" + p);
  });
  await on(bare, async ({ page, open, shot }) => {
    for (const p of ["try", "lists", "policies", "activity", "health"]) {
      await open(p);
      if (p === "try") await page.fill("#password", "Contoso-Summer2024!");
      await shot("bare-" + p);
    }
  });
}
await browser.close();
for (const s of [fleet, closed, empty, bare]) await s.remove();

async function documented({ page, open, shot }) {
  await open("try");
  await page.fill("#password", "Contoso-Summer2024!");
  await page.waitForSelector(".parts");
  await page.locator(".with-button button").click();
  await shot("console-try");
  for (const p of ["policies", "activity", "fleet"]) {
    await open(p);
    await shot("console-" + p);
  }
}

async function everyPage({ page, open, press, shot }) {
  await open("try");
  await page.fill("#password", "Contoso-Summer2024!");
  await page.waitForSelector(".parts");
  await shot("try-masked");
  await press("Show");
  await shot("try");
  await page.fill("#password", "violet-anchor-mossy-Trellis");
  await page.getByText("Accepted").waitFor();
  await shot("try-accepted");
  await page.fill("#password", "x".repeat(1500));
  await page.getByText("longer than").waitFor();
  await shot("try-long");
  for (const p of ["lists", "lists/custom%2Fcompany", "lists/nosuch", "policies", "activity", "fleet", "health"]) {
    await open(p);
    await shot(p.replace(/\W+/g, "_"));
  }
}

async function everyDialog({ page, open, press, shot }) {
  const field = () => page.getByLabel("Words, one per line");
  const away = () => page.keyboard.press("Escape");
  await open("lists");
  await press("New list");
  await shot("dialog-new");
  await open("lists/custom%2Fcompany");
  await press("Add words");
  await shot("dialog-add");
  await field().fill("dragon\nwinter\nbailey");
  await page.getByLabel("Always refuse").check();
  await press("See what changes");
  await page.getByText("words more").waitFor();
  await shot("dialog-dry-run");
  await press("Back");
  await field().fill("northwind\nab\n" + "x".repeat(300));
  await press("See what changes");
  await page.getByText("cannot be on a list").waitFor();
  await shot("dialog-refused");
  await press("Back");
  await page.setInputFiles("input[type=file]", { name: "words.txt", mimeType: "text/plain", buffer: Buffer.from([0x50, 0x4b, 3, 4, 0, 0xff]) });
  await press("See what changes");
  await page.getByText("not a text file").waitFor();
  await shot("dialog-upload-broken");
  await away();
  for (const [name, button] of [["history", "History"], ["delete", "Delete"], ["word", "bluebird"]]) {
    await press(button);
    await shot("dialog-" + name);
    await away();
  }
  await page.getByLabel("choose contoso", { exact: true }).check();
  await page.getByRole("button", { name: "Remove 1 word" }).click();
  await page.getByText("1 word less").waitFor();
  await shot("dialog-remove");
  await open("policies");
  await press("Edit staff");
  await page.getByLabel("characters at least").fill("14");
  await shot("dialog-policy");
  await page.locator("dialog summary").click();
  await page.getByLabel("document").fill('{"name":');
  await shot("dialog-policy-broken");
  await away();
  await press("History of staff");
  await shot("dialog-policy-history");
  await away();
  await page.getByRole("group", { name: "mode of staff" }).getByRole("button", { name: "enforce" }).click();
  await shot("dialog-mode");
}

async function signing({ page, press, shot }) {
  await shot("sign-in");
  await page.getByLabel("Token").fill("veto_wrong");
  await press("Sign in");
  await page.getByText("not known").waitFor();
  await shot("sign-in-wrong");
  await page.getByLabel("Token").fill(closed.tokens.bob);
  await press("Sign in");
  await page.waitForSelector("nav");
  await page.goto(closed.base + "/#/lists/custom%2Fcompany");
  await press("Add words");
  await page.getByLabel("Words, one per line").fill("northwindish");
  await page.context().clearCookies();
  await press("See what changes");
  await page.getByText("session has ended").first().waitFor();
  await shot("dialog-session");
  await page.keyboard.press("Escape");
  await shot("session");
}

/** seed fills the server with an invented company and its controllers. */
async function seed() {
  const entries = ["contoso", "wingtip toys", "fabrikam", "redmond", "northwind", "adventure works"].map((text) => ({ text }));
  await server.list("company", [...entries, { text: "bluebird", note: "code name, until the launch", expires: "2027-03-01" }, { text: "contosopw", ban: true }], "names of the company and its products");
  await server.list("sports", ["seahawks", "mariners", "sounders"], "clubs of our cities");
  await server.ask("PATCH", "/v1/lists/company", { add: ["proseware", "tailspin"], remove: ["redmond"] }, { "If-Match": "*" });
  const staff = { name: "staff", profile: "strict", mode: "audit", groups: ["Staff", "Tier 0"], precedence: 10, sequences: { max: 4, mode: "audit" } };
  await server.ask("PUT", "/v1/policies/staff", staff, { "If-None-Match": "*" });
  await server.ask("PUT", "/v1/policies/staff", { ...staff, precedence: 5 }, { "If-Match": "*" });
  const passwords = ["Summer2024!", "Contoso2025!", "kettle-amber-fjord-9", "Tr0ub4dor&3", "qwertz123", "xk7#Vm2!pQ9z", "bluebird99", "P@ssw0rd", "violet-anchor-mossy-Trellis", "1q2w3e4r5t", "Lk2$mmpZ1wq8", "Seahawks2025", "rust-piano-cedar-44"];
  const checks = Array.from({ length: 60 }, (_, i) => ({ password: passwords[(i * 7 + (i % 11)) % passwords.length], operation: i % 3 ? "change" : "set", account: "user" + (i % 40), policy: i % 4 ? "default" : "staff" }));
  await server.ask("POST", "/v1/check:batch", { checks });
  for (const check of checks.slice(0, 30)) await server.ask("POST", "/v1/check", check);
  if (hosts()) await controllers(passwords);
}

/** yesterday is an audit file of the last day. */
function yesterday() {
  const lines = [{ kind: "file", time: stamp(0), sequence: 1, chain: "0".repeat(64) }];
  const reasons = [["banned_term", "low_score"], ["too_short", "low_score"], ["banned_password", "low_score"], ["keyboard_walk", "low_score"]];
  for (let i = 0; i < 1440; i += 2) {
    const busy = 0.15 + 0.85 * Math.sin((i / 1440) * 2.2 * Math.PI) ** 2;
    for (let n = 0; n < busy * (3 + (i % 7)); n++) {
      const refused = (i + n * 3) % 5 < 2, staff = n % 3 === 0;
      const decision = { decision: refused && !staff ? "reject" : "accept", would_decision: refused ? "reject" : "accept", ...(refused && { reasons: reasons[(i + n) % 4] }) };
      lines.push({ kind: "decision", time: stamp(i), channel: n % 4 ? "api" : "batch", site: "Hamburg", operation: n % 3 ? "change" : "set", subject: "hmac:" + "0123456789abcdef".repeat(2), policy: staff ? "staff" : "default", ...decision });
    }
    for (const [site, host] of [["Berlin", "dc1"], ["Berlin", "dc2"], ["Tokyo", "dc3"]]) {
      const count = Math.round(busy * (2 + ((i + host.charCodeAt(2)) % 5)));
      const outcome = i % 6 ? ["accept", "accept"] : host === "dc2" ? ["accept", "reject"] : ["reject", "reject"];
      if (i % 10 === 0 || !(i % 6)) if (count > 0) lines.push({ kind: "report", time: stamp(i), channel: "local", site, host, operation: "change", decision: outcome[0], would_decision: outcome[1], count });
    }
  }
  return lines.map((l) => JSON.stringify(l) + "\n").join("");
}

/** stamp is a time of the last day, in minutes since its beginning. */
function stamp(minute) {
  return new Date(Date.now() - (1440 - minute) * 60_000).toISOString().replace("Z", "000Z");
}

/** controllers are four, of which one was lost, one has an old bundle and one is not there. */
async function controllers(passwords) {
  cpSync(join(fleet.dir, "bundle"), join(fleet.dir, "old"), { recursive: true });
  await fleet.sidecar("dc1", { site: "Berlin" });
  await fleet.sidecar("dc2", { site: "Berlin", mode: "audit" });
  await fleet.sidecar("dc3", { site: "Tokyo", source: "old" });
  for (const [host, n] of [["dc1", 38], ["dc2", 26], ["dc3", 17]]) {
    for (let i = 0; i < n; i++) await fleet.judge(host, passwords[(i * 5 + (i % 7)) % passwords.length], 1 + (i % 3 ? 1 : 0));
    await until(host + " has reported all", async () => Object.values((await fleet.machine(host)).counts).reduce((sum, c) => sum + c.accepted + c.rejected, 0) === n);
  }
  fleet.publish("contoso", "northwind");
  await fleet.lose("dc2");
  await until("each is in its state", async () => JSON.stringify((await server.ask("GET", "/v1/fleet")).states) === '{"behind":1,"failing":0,"missing":1,"ok":1,"silent":1,"stopped":0}');
}

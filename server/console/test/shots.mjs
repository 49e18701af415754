// Pictures of every page and dialog: npm run shots -- FOLDER [docs | VIEW...]; with
// docs only those of the documentation, a VIEW is such as dark-360.
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Browser, Fleet, hosts, Server, until, visit } from "./harness.mjs";

const [folder, ...chosen] = process.argv.slice(2);
const docs = chosen[0] === "docs";
mkdirSync(folder, { recursive: true });
const fleet = new Fleet(["dc1", "dc2", "dc3", "dc4"]), server = fleet.server;
const closed = new Server({ tokens: true }), empty = new Server(), bare = new Server({ store: false });
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
      shot: async (name) => (await settled(), await page.screenshot({ path: join(folder, (docs ? "" : `${view.theme}-${view.width}-`) + name + ".png"), fullPage: !docs && !name.startsWith("dialog") })),
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
  await open("policies");
  await shot("console-policies");
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
  const checks = Array.from({ length: 700 }, (_, i) => ({ password: passwords[(i * 7 + (i % 11)) % passwords.length], operation: i % 3 ? "change" : "set", account: "user" + (i % 40), policy: i % 4 ? "default" : "staff" }));
  await server.ask("POST", "/v1/check:batch", { checks });
  for (const check of checks.slice(0, 200)) await server.ask("POST", "/v1/check", check);
  if (hosts()) await controllers(passwords);
}

/** controllers are four, of which one was stopped, one has an old bundle and one is not there. */
async function controllers(passwords) {
  cpSync(join(fleet.dir, "bundle"), join(fleet.dir, "old"), { recursive: true });
  await fleet.sidecar("dc1", { site: "Berlin" });
  await fleet.sidecar("dc2", { site: "Berlin", mode: "audit" });
  await fleet.sidecar("dc3", { site: "Tokyo", source: "old" });
  for (const [host, n] of [["dc1", 260], ["dc2", 110], ["dc3", 70]]) {
    for (let i = 0; i < n; i++) await fleet.judge(host, passwords[(i * 5 + (i % 7)) % passwords.length], 1 + (i % 3 ? 1 : 0));
    await until(host + " has reported all", async () => Object.values((await fleet.machine(host)).counts).reduce((sum, c) => sum + c.accepted + c.rejected, 0) === n);
  }
  fleet.publish("contoso", "northwind");
  await fleet.stop("dc2");
  await until("each is in its state", async () => JSON.stringify((await server.ask("GET", "/v1/fleet")).states) === '{"behind":1,"failing":0,"missing":1,"ok":1,"silent":1}');
}

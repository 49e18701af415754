// Pictures of every page: npm run shots -- FOLDER [docs]; with docs only those of
// the documentation.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Browser, Server } from "./harness.mjs";

const [folder, docs] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const server = await new Server().start();
await seed();
const browser = await Browser.launch();

const views = docs ? [["light", 1280, 860]] : ["light", "dark"].flatMap((t) => [[t, 360, 740], [t, 1280, 860], [t, 3840, 2160]]);
for (const [theme, width, height] of views) {
  const page = await browser.page(server, { theme, width, height });
  const open = async (p) => {
    await page.goto(server.base + "/#/" + p);
    await page.reload();
    await page.waitForSelector("h1");
    await page.waitForTimeout(1200);
  };
  const shot = async (name) => {
    await page.waitForTimeout(400);
    const file = docs ? name : `${theme}-${width}-${name}`;
    await page.screenshot({ path: join(folder, file + ".png") });
  };
  {
    await open("try");
    await page.fill("#password", "Contoso-Summer2024!");
    await page.waitForSelector(".parts");
    await page.locator(".with-button button").click();
    await shot("console-try");
  }
  if (!docs) {
    await open("activity");
    await page.waitForSelector(".u-wrap canvas");
    await shot("console-activity");
  }
  {
    await open("policies");
    await shot("console-policies");
  }
  {
    await open("lists/custom%2Fcompany");
    await page.getByRole("button", { name: "Add words" }).click();
    await page.getByLabel("Words, one per line").fill("dragon\nwinter\nbailey");
    await page.getByLabel("Always refuse").check();
    await page.getByRole("button", { name: "See what changes" }).click();
    await page.getByText("words more").waitFor();
    await shot("console-dry-run");
  }
  if (!docs) {
    for (const p of ["lists", "lists/custom%2Fcompany", "fleet", "health"]) {
      await open(p);
      await shot(p.replace(/\W+/g, "_"));
    }
    await page.goto(server.base + "/#/lists/custom%2Fcompany");
    for (const name of ["Add words", "History", "Delete"]) {
      await page.getByRole("button", { name, exact: true }).click();
      await shot("dialog-" + name);
      await page.keyboard.press("Escape");
    }
    await page.goto(server.base + "/#/policies");
    await page.getByRole("button", { name: "Edit default" }).click();
    await shot("dialog-policy");
    await page.keyboard.press("Escape");
    await page.getByRole("group", { name: "mode of staff" }).getByRole("button", { name: "enforce" }).click();
    await shot("dialog-mode");
  }
  await page.context().close();
}
await browser.close();
await server.remove();

/** seed fills the server with an invented company. */
async function seed() {
  const entries = ["contoso", "wingtip toys", "fabrikam", "redmond", "northwind", "adventure works"].map((text) => ({ text }));
  await server.list("company", [...entries, { text: "bluebird", note: "code name, until the launch", expires: "2027-03-01" }, { text: "contosopw", ban: true }], "names of the company and its products");
  await server.list("sports", ["seahawks", "mariners", "sounders"], "clubs of our cities");
  await server.ask("PATCH", "/v1/lists/company", { add: ["proseware", "tailspin"], remove: ["redmond"] }, { "If-Match": "*" });
  await server.ask("PUT", "/v1/policies/staff", { name: "staff", profile: "strict", mode: "audit", groups: ["Staff", "Tier 0"], precedence: 10, sequences: { max: 4, mode: "audit" } }, { "If-None-Match": "*" });
  const passwords = ["Summer2024!", "Contoso2025!", "kettle-amber-fjord-9", "Tr0ub4dor&3", "qwertz123", "xk7#Vm2!pQ9z", "bluebird99", "P@ssw0rd", "violet-anchor-mossy-Trellis", "1q2w3e4r5t", "Lk2$mmpZ1wq8", "Seahawks2025", "rust-piano-cedar-44"];
  const checks = Array.from({ length: 900 }, (_, i) => ({ password: passwords[(i * 7 + (i % 11)) % passwords.length], operation: i % 3 ? "change" : "set", account: "user" + (i % 40), policy: i % 4 ? "default" : "staff" }));
  await server.ask("POST", "/v1/check:batch", { checks });
  await new Promise((done) => setTimeout(done, 2000));
}

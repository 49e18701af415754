// How long the console takes with 10^6 words and 10^5 decisions: npm run measure.
// The times hold for the machine and its load; nothing fails because of them.
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { Browser, Server } from "./harness.mjs";

const words = 1_000_000, decisions = 100_000;
const server = await new Server().start();
const browser = await Browser.launch();
const rows = [];
const note = (what, ms) => (rows.push([what, Math.round(ms)]), console.log(`${what}: ${Math.round(ms)} ms`));
const timed = async (what, act) => {
  const begun = performance.now();
  await act();
  note(what, performance.now() - begun);
};

/** longest tells the longest task since the last call: how long the page did not answer. */
const longest = (page) => page.evaluate(() => globalThis.tasks?.splice(0).reduce((a, b) => Math.max(a, b), 0) ?? 0);
const watched = async (page) =>
  page.evaluate(() => {
    globalThis.tasks = [];
    new PerformanceObserver((l) => globalThis.tasks.push(...l.getEntries().map((e) => e.duration))).observe({ entryTypes: ["longtask"] });
  });

const letters = (i) => Array.from({ length: 5 }, (_, n) => String.fromCharCode(97 + (Math.floor(i / 16 ** n) % 16))).join("");
const file = join(server.dir, "million.txt");
writeFileSync(file, Array.from({ length: words }, (_, i) => letters((i * 617_191) % 16 ** 5) + "q" + letters(i)).join("\n"));

await server.list("large", ["first-of-all"]);
const page = await browser.page(server, { path: "lists/custom%2Flarge" });
page.setDefaultTimeout(300_000);
await watched(page);
await page.getByRole("button", { name: "Add words" }).click();
await page.setInputFiles("input[type=file]", file);
await timed("10^6 words: dry run of the upload, with the server", async () => {
  await page.getByRole("button", { name: "See what changes" }).click();
  await page.getByText(/words more/).waitFor();
});
await timed("10^6 words: upload applied, with the server", async () => {
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByText("In force since").waitFor();
});
note("10^6 words: longest task of the page meanwhile", await longest(page));
await page.close();

for (let i = 0; i < decisions; i += 1000) await server.ask("POST", "/v1/check:batch", { checks: Array.from({ length: 1000 }, (_, n) => ({ password: n % 3 ? "Summer2024!" + n : "violet-anchor-mossy-Trellis" + n, operation: n % 2 ? "set" : "change" })) });
await new Promise((done) => setTimeout(done, 2000));

for (const p of ["try", "lists", "lists/custom%2Flarge", "policies", "activity", "health"]) {
  const page = await browser.page(server, { path: p });
  const painted = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? new Promise((done) => new PerformanceObserver((l) => done(l.getEntries()[0].startTime)).observe({ type: "paint", buffered: true })));
  note(`first contentful paint of ${decodeURIComponent(p)}`, painted);
  await page.close();
}
const list = await browser.page(server, { path: "lists/custom%2Flarge" });
list.setDefaultTimeout(60_000);
await watched(list);
await list.getByText("words").first().waitFor();
await timed("10^6 words: search, with 200 ms of patience", async () => {
  await list.fill("input[type=search]", "aaaaaq");
  await list.waitForFunction(() => [...document.querySelectorAll(".entries tbody th")].length > 0 && [...document.querySelectorAll(".entries tbody th")].every((e) => e.textContent.includes("aaaaaq")));
});
await list.fill("input[type=search]", "");
await list.waitForFunction(() => document.querySelectorAll(".entries tbody tr").length >= 100);
await list.waitForTimeout(1000);
await timed("10^6 words: 500 more rows", async () => {
  const before = await list.locator(".entries tbody tr").count();
  await list.getByRole("button", { name: "Show more" }).click();
  await list.waitForFunction((n) => document.querySelectorAll(".entries tbody tr").length > n, before);
});
await timed("10^6 words: dry run of one more", async () => {
  await list.getByRole("button", { name: "Add words" }).click();
  await list.getByLabel("Words, one per line").fill("zorbitania");
  await list.getByRole("button", { name: "See what changes" }).click();
  await list.getByText("1 word more").waitFor();
});
await timed("10^6 words: one more applied", async () => {
  await list.getByRole("button", { name: "Apply" }).click();
  await list.getByText("In force since").waitFor();
});
note("10^6 words: longest task of the page in all this", await longest(list));
const activity = await browser.page(server, { path: "try" });
activity.setDefaultTimeout(60_000);
await watched(activity);
await timed("10^5 decisions: Activity with chart and records", async () => {
  await activity.getByRole("link", { name: "Activity" }).click();
  await activity.waitForSelector(".u-wrap canvas");
  await activity.locator("tbody tr").first().waitFor();
});
await timed("10^5 decisions: filtered by reason", async () => {
  await activity.locator("label", { hasText: /^Decision/ }).locator("select").selectOption("accept");
  await activity.waitForFunction(() => [...document.querySelectorAll(".scroll tbody tr")].length > 0 && ![...document.querySelectorAll(".scroll tbody tr")].some((r) => r.textContent.includes("refused")));
});
await timed("10^5 decisions: all saved as CSV", async () => {
  await activity.locator("label", { hasText: /^Decision/ }).locator("select").selectOption("");
  const [download] = await Promise.all([activity.waitForEvent("download"), activity.getByRole("button", { name: "Save CSV" }).click()]);
  await download.path();
});
note("10^5 decisions: longest task of the page", await longest(activity));
console.log("| | ms |\n|---|---|\n" + rows.map(([what, ms]) => `| ${what} | ${ms} |`).join("\n"));
browser.quiet();
await browser.close();
await server.remove();

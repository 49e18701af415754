// How long the console takes with 10^6 words and 10^5 decisions: npm run measure. On a
// machine with other work the columns of processor time are the ones to compare; nothing
// fails because of them. The result goes to the file of the first argument, too.
import { join } from "node:path";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { Browser, Server, until } from "./harness.mjs";

const words = 1_000_000, decisions = 100_000;
const server = await new Server().start();
const browser = await Browser.launch();
const rows = [];
const note = (what, ...ms) => (rows.push([what, ...ms.map(Math.round)]), console.error(what, ...rows.at(-1).slice(1)));

/** processor tells how long the server has worked, in ms: fields 14 and 15 of proc(5). */
const processor = () => {
  const [user, system] = readFileSync(`/proc/${server.process.pid}/stat`, "utf8").replace(/.*\) /, "").split(" ").slice(11, 13);
  return (Number(user) + Number(system)) * 10;
};

/** opened is a page whose longest task, and work of its main thread, are measured. */
async function opened(path) {
  const page = await browser.page(server, { path });
  page.setDefaultTimeout(900_000);
  await page.evaluate(() => {
    globalThis.tasks = [];
    new PerformanceObserver((l) => globalThis.tasks.push(...l.getEntries().map((e) => e.duration))).observe({ entryTypes: ["longtask"] });
  });
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  page.worked = async () => 1000 * (await session.send("Performance.getMetrics")).metrics.find((m) => m.name === "TaskDuration").value;
  page.longest = () => page.evaluate(() => globalThis.tasks.splice(0).reduce((a, b) => Math.max(a, b), 0));
  return page;
}

/** timed notes how long it takes, and how long server and page work for it. */
async function timed(what, page, act) {
  const [begun, served, worked] = [performance.now(), processor(), await page.worked()];
  await act();
  note(what, performance.now() - begun, processor() - served, (await page.worked()) - worked);
}

const letters = (i) => Array.from({ length: 5 }, (_, n) => String.fromCharCode(97 + (Math.floor(i / 16 ** n) % 16))).join("");
const file = join(server.dir, "million.txt");
writeFileSync(file, Array.from({ length: words }, (_, i) => letters((i * 617_191) % 16 ** 5) + "q" + letters(i)).join("\n"));

await server.list("large", ["first-of-all"]);
const page = await opened("lists/custom%2Flarge");
await page.getByRole("button", { name: "Add words" }).click();
await page.setInputFiles("input[type=file]", file);
await timed("10^6 words: upload, dry run", page, async () => {
  await page.getByRole("button", { name: "See what changes" }).click();
  await page.getByText(/words more/).waitFor();
});
await timed("10^6 words: upload, applied", page, async () => {
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByText("In force since").waitFor();
});
note("10^6 words: upload, longest task of the page", await page.longest());
await page.close();

for (let i = 0; i < decisions; i += 1000) await server.ask("POST", "/v1/check:batch", { checks: Array.from({ length: 1000 }, (_, n) => ({ password: n % 3 ? "Summer2024!" + n : "violet-anchor-mossy-Trellis" + n, operation: n % 2 ? "set" : "change" })) });
await until("all is recorded", async () => {
  const { batch } = (await server.ask("GET", "/v1/audit:summary?kind=decision")).channels;
  return batch && Object.values(batch).reduce((a, b) => a + b) === decisions;
});

for (const p of ["try", "lists", "lists/custom%2Flarge", "policies", "activity", "health"]) {
  const page = await browser.page(server, { path: p });
  const painted = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? new Promise((done) => new PerformanceObserver((l) => done(l.getEntries()[0].startTime)).observe({ type: "paint", buffered: true })));
  note(`first contentful paint of ${decodeURIComponent(p)}`, painted);
  await page.close();
}
const list = await opened("lists/custom%2Flarge");
await list.getByText("words").first().waitFor();
await timed("10^6 words: search, with 200 ms of patience", list, async () => {
  await list.fill("input[type=search]", "aaaaaq");
  await list.waitForFunction(() => [...document.querySelectorAll(".entries tbody th")].length > 0 && [...document.querySelectorAll(".entries tbody th")].every((e) => e.textContent.includes("aaaaaq")));
});
await list.fill("input[type=search]", "");
await list.waitForFunction(() => document.querySelectorAll(".entries tbody tr").length >= 100);
await timed("10^6 words: 500 more rows", list, async () => {
  const before = await list.locator(".entries tbody tr").count();
  await list.getByRole("button", { name: "Show more" }).click();
  await list.waitForFunction((n) => document.querySelectorAll(".entries tbody tr").length > n, before);
});
await timed("10^6 words: one more, dry run", list, async () => {
  await list.getByRole("button", { name: "Add words" }).click();
  await list.getByLabel("Words, one per line").fill("zorbitania");
  await list.getByRole("button", { name: "See what changes" }).click();
  await list.getByText("1 word more").waitFor();
});
await timed("10^6 words: one more, applied", list, async () => {
  await list.getByRole("button", { name: "Apply" }).click();
  await list.getByText("In force since").waitFor();
});
note("10^6 words: longest task of the page in all this", await list.longest());
const activity = await opened("try");
await timed("10^5 decisions: Activity with chart and records", activity, async () => {
  await activity.getByRole("link", { name: "Activity" }).click();
  await activity.waitForSelector(".u-wrap canvas");
  await activity.locator("tbody tr").first().waitFor();
});
await timed("10^5 decisions: filtered by decision", activity, async () => {
  await activity.locator("label", { hasText: /^Decision/ }).locator("select").selectOption("accept");
  await activity.waitForFunction(() => [...document.querySelectorAll(".scroll tbody tr")].length > 0 && ![...document.querySelectorAll(".scroll tbody tr")].some((r) => r.textContent.includes("refused")));
});
await timed("10^5 decisions: all saved as CSV", activity, async () => {
  await activity.locator("label", { hasText: /^Decision/ }).locator("select").selectOption("");
  const [download] = await Promise.all([activity.waitForEvent("download"), activity.getByRole("button", { name: "Save CSV" }).click()]);
  await download.path();
});
note("10^5 decisions: longest task of the page", await activity.longest());
const result = `# console: veto serve and Chromium ${browser.chromium.version()} on one machine, ${cpus().length} CPUs, load ${loadavg()[2].toFixed(1)}, ${new Date().toISOString().slice(0, 10)}

| in a browser | ms | of the server's CPUs | of the page's main thread |
|---|---|---|---|
${rows.map(([what, ...ms]) => `| ${what} | ${[0, 1, 2].map((i) => ms[i]?.toLocaleString("en-US") ?? "").join(" | ")} |`).join("\n")}
`;
console.log(result);
if (process.argv[2]) writeFileSync(process.argv[2], result);
browser.quiet();
await browser.close();
await server.remove();

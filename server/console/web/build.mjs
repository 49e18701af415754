// Bundles src into ../dist, which the program embeds: node build.mjs
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

await build({
  entryPoints: ["src/app.tsx", "src/style.css"],
  outdir: "../dist",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "eof",
  loader: { ".svg": "text" },
});

// What dist was made of, for the test that compares it with the sources.
const sum = createHash("sha256");
for (const name of ["package-lock.json", "build.mjs", ...readdirSync("src").sort().map((n) => "src/" + n)])
  sum.update(name + "\0").update(readFileSync(name)).update("\0");
writeFileSync("../dist/sources.sha256", sum.digest("hex") + "\n");

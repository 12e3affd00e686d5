// Builds everything in static/ that a browser fetches, from this folder, the icons' names in icons.go
// and the class names in views/. The outputs are committed; two runs give the same bytes.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const src = dirname(fileURLToPath(import.meta.url));
const out = dirname(src);
const modules = join(src, "node_modules");
const e2e = join(out, "..", "e2e", "testdata");

// The same hash as static.go's: the style sheet names the fonts by it.
const hash = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 12);

function write(name, bytes) {
  bytes = Buffer.from(bytes);
  writeFileSync(join(out, name), bytes);
  if (name.endsWith(".woff2")) return; // compressed already
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  writeFileSync(join(out, name + ".br"), brotliCompressSync(bytes, { params }));
  const gz = gzipSync(bytes, { level: 9 }); // node writes no time
  gz[9] = 255; // nor the system it was made on
  writeFileSync(join(out, name + ".gz"), gz);
}

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, readFileSync(join(modules, from)));
}

function styles(fonts) {
  const cli = join(modules, "@tailwindcss/cli/dist/index.mjs");
  let css = execFileSync(process.execPath, [cli, "-i", "app.css", "--minify"], {
    cwd: src, encoding: "utf8", maxBuffer: 1 << 24, stdio: ["ignore", "pipe", "pipe"],
  });
  for (const [name, bytes] of fonts) {
    const hashed = name.replace(".", `.${hash(bytes)}.`);
    const done = css.replace(new RegExp(`url\\(["']?${name.replace(".", "\\.")}["']?\\)`, "g"), `url(${hashed})`);
    if (done === css) throw new Error(`the style sheet does not use ${name}`);
    css = done;
  }
  return css;
}

function sprite() {
  const names = [...readFileSync(join(out, "icons.go"), "utf8").matchAll(/^\tIcon\w+\s+Icon\s+= "([a-z0-9-]+)"$/gm)].map((m) => m[1]);
  const symbols = names.sort().map((name) => {
    const own = join(src, "icons", name + ".svg");
    const file = existsSync(own) ? own : join(modules, "lucide-static/icons", name + ".svg");
    const svg = readFileSync(file, "utf8").replace(/<!--.*?-->/gs, "");
    const [, head, body] = svg.match(/<svg([^>]*)>(.*)<\/svg>/s);
    const keep = [...head.matchAll(/\b(viewBox|fill|stroke(?:-\w+)?)="[^"]*"/g)].map((m) => m[0]);
    const shapes = body.replace(/\s+/g, " ").replace(/> </g, "><").replace(/ \/>/g, "/>").trim();
    return `<symbol id="${name}" ${keep.join(" ")}>${shapes}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide, ISC: licences/lucide.txt -->\n${symbols.join("\n")}\n</svg>\n`;
}

const fonts = [["inter.woff2", "latin"], ["inter-ext.woff2", "latin-ext"]].map(([name, range]) => [
  name, readFileSync(join(modules, `@fontsource-variable/inter/files/inter-${range}-wght-normal.woff2`)),
]);
for (const [name, bytes] of fonts) write(name, bytes);
write("app.css", styles(fonts));
// Our scripts travel without their comments, indentation and the spaces beside signs; texts stay as they are.
for (const name of ["app.js", "passkeys.js"]) {
  const script = readFileSync(join(src, name), "utf8").replace(/^\s*\/\*.*\*\/\n/gm, "").replace(/^\s+/gm, "");
  write(name, script.split(/('[^'\n]*'|`[^`]*`)/).map((part, i) => i % 2 ? part : part.replace(/ *([=;,{}()<>?:&|]) */g, "$1")).join(""));
}
write("htmx.min.js", readFileSync(join(modules, "htmx.org/dist/htmx.min.js")));
write("icons.svg", sprite());
write("favicon.svg", readFileSync(join(src, "favicon.svg")));

copy("htmx.org/LICENSE", join(out, "licences/htmx.txt"));
copy("@fontsource-variable/inter/LICENSE", join(out, "licences/inter.txt"));
copy("lucide-static/LICENSE", join(out, "licences/lucide.txt"));
copy("basecoat-css/LICENSE.md", join(out, "licences/basecoat.txt"));
copy("tailwindcss/LICENSE", join(out, "licences/tailwindcss.txt"));
copy("axe-core/axe.min.js", join(e2e, "axe.min.js"));
copy("axe-core/LICENSE", join(e2e, "axe.LICENSE.txt"));

// Run Lighthouse on each address of the command line; print one line of JSON per address.
// The folder of the packages comes first: node tools/lighthouse.mjs FOLDER CHROME ADDRESS ...
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, chromePath, ...addresses] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${folder}/`));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { default: lighthouse, desktopConfig } = await load("lighthouse");
const chromeLauncher = await load("chrome-launcher");

const chromeFlags = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];
const chrome = await chromeLauncher.launch({ chromePath, chromeFlags });
for (const address of addresses) {
  const result = await lighthouse(address, { port: chrome.port, logLevel: "error" }, desktopConfig);
  const { categories, audits, runtimeError } = result.lhr;
  const scores = Object.entries(categories).map(([name, { score }]) => [name, Math.round(100 * score)]);
  const failed = Object.entries(categories).flatMap(([name, { auditRefs }]) =>
    name === "performance"
      ? []
      : auditRefs
          .filter(({ id, weight }) => weight > 0 && (audits[id].score ?? 1) < 1)
          .map(({ id }) => id),
  );
  const timing = (name) => audits[name].numericValue;
  console.log(
    JSON.stringify({
      address,
      error: runtimeError?.message,
      scores: Object.fromEntries(scores),
      failed,
      bytes: timing("total-byte-weight"),
      paint: timing("first-contentful-paint"),
      largest: timing("largest-contentful-paint"),
      blocking: timing("total-blocking-time"),
      shift: timing("cumulative-layout-shift"),
    }),
  );
}
await chrome.kill();

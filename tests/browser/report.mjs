// Opens a contest's report in headless Chromium as a person would, on a desktop and on a phone, light and dark, and checks
// what only a browser can tell. Usage: node tests/browser/report.mjs REPORT.html [SCREENSHOT_DIRECTORY]
// Prints one line per check; exits 1 on the first that fails.
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const require = createRequire(path.join(root, ".deps/node/package.json"));
const { chromium } = require("playwright-core");

const [report, screenshots] = process.argv.slice(2);
if (!report) {
  console.error("usage: node tests/browser/report.mjs REPORT.html [SCREENSHOT_DIRECTORY]");
  process.exit(2);
}

function check(condition, what) {
  console.log(`${condition ? "ok    " : "FAILED"} ${what}`);
  if (!condition) process.exit(1);
}

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"],
});

const screens = [
  { name: "desktop-light", width: 1280, height: 900, colorScheme: "light" },
  { name: "desktop-dark", width: 1280, height: 900, colorScheme: "dark" },
  { name: "phone-light", width: 390, height: 844, colorScheme: "light" },
];

for (const screen of screens) {
  const context = await browser.newContext({
    viewport: { width: screen.width, height: screen.height }, colorScheme: screen.colorScheme,
  });
  const page = await context.newPage();
  const requests = [], errors = [];
  page.on("request", (request) => { if (/^(https?|wss?):/.test(request.url())) requests.push(request.url()); });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => { if (message.type() === "error") errors.push(message.text()); });
  await page.goto(pathToFileURL(path.resolve(report)).href);

  check(requests.length === 0, `${screen.name}: nothing is fetched from anywhere (${requests.length} requests)`);
  check(errors.length === 0, `${screen.name}: no errors ${errors.join("; ")}`);
  const facts = await page.evaluate(() => {
    const images = [...document.images];
    return {
      images: images.length,
      broken: images.filter((image) => !(image.complete && image.naturalWidth > 0)).length,
      unnamed: images.filter((image) => !image.alt).length,
      plots: document.querySelectorAll("svg").length,
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      title: document.title,
      rows: document.querySelectorAll("table tbody tr").length,
      background: getComputedStyle(document.body).backgroundColor,
      colour: getComputedStyle(document.body).color,
    };
  });
  check(facts.title.length > 0, `${screen.name}: has a title (${facts.title})`);
  check(facts.images > 0 && facts.broken === 0, `${screen.name}: all ${facts.images} pictures decode`);
  check(facts.unnamed === 0, `${screen.name}: every picture says what it is`);
  check(facts.plots > 0, `${screen.name}: ${facts.plots} plots are drawn`);
  check(facts.rows > 0, `${screen.name}: the table has ${facts.rows} rows`);
  check(facts.overflow <= 0, `${screen.name}: the page doesn't scroll sideways (${facts.overflow} px too wide)`);
  const brightness = (colour) => colour.match(/[\d.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;
  const [behind, ink] = [brightness(facts.background), brightness(facts.colour)];
  check(screen.colorScheme === "dark" ? behind < 90 && ink > 160 : behind > 180 && ink < 110,
        `${screen.name}: follows the colour scheme (${facts.background} under ${facts.colour})`);
  if (screenshots) await page.screenshot({ path: path.join(screenshots, `${screen.name}.png`), fullPage: screen.width < 500 });
  await context.close();
}
await browser.close();

// Draws for the benchmark in one warm process: one request a line on stdin, one answer a line on stdout.
// {"scene": {width, height, scale, faces: [{path, weight}], family, boxes: [{style, picture, text}]}}  → {}
// {"way": "satori", "texts": ["…"]} or {"way": "resvg-js", "svg": "…"}  → {"png": base64, "cpu": microseconds}
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Resvg } from "@resvg/resvg-js";
import satori from "satori";

let scene;

function ready(found) {
  const fonts = found.faces.map(({ path, weight }) => ({
    name: found.family,
    data: readFileSync(path),
    weight,
    style: "normal",
  }));
  const files = found.faces.map(({ path }) => path);
  scene = { ...found, fonts, resvg: { font: { fontFiles: files, loadSystemFonts: false, defaultFontFamily: found.family } } };
}

function element({ style, picture, text }, content) {
  if (picture) {
    return { type: "img", props: { src: picture, width: style.width, height: style.height, style } };
  }
  return { type: "div", props: { style: { display: "flex", ...style }, children: text ? content : undefined } };
}

async function bySatori(texts) {
  let next = 0;
  const children = scene.boxes.map((box) => element(box, box.text ? texts[next++] : undefined));
  const style = { display: "flex", position: "relative", width: scene.width, height: scene.height };
  const { width, height, fonts } = scene;
  return satori({ type: "div", props: { style, children } }, { width, height, fonts });
}

function rasterized(svg) {
  const fitTo = { mode: "zoom", value: scene.scale };
  return new Resvg(svg, { ...scene.resvg, fitTo }).render().asPng();
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let answer = {};
  if (request.scene) {
    ready(request.scene);
  } else {
    const start = process.cpuUsage();
    const svg = request.way === "satori" ? await bySatori(request.texts) : request.svg;
    const png = rasterized(svg);
    const { user, system } = process.cpuUsage(start);
    answer = { png: png.toString("base64"), cpu: user + system };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}

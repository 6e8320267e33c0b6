import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { LineWriter } from "./writer.ts";

function folder(t: { after: (f: () => void) => void }): string {
  const path = mkdtempSync(join(tmpdir(), "line-writer-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test("all lines arrive, in order", async (t) => {
  const path = join(folder(t), "log");
  const descriptor = openSync(path, "w");
  const writer = new LineWriter(descriptor);
  const lines = Array.from({ length: 50_000 }, (_, i) => `line ${i}\n`);
  for (const line of lines) writer.write(line);
  await writer.end();
  closeSync(descriptor);
  assert.equal(readFileSync(path, "utf8"), lines.join(""));
  assert.equal(writer.dropped, 0);
});

test("a single line arrives without waiting for a full batch", async (t) => {
  const path = join(folder(t), "log");
  const descriptor = openSync(path, "w");
  new LineWriter(descriptor).write("only one\n");
  while (readFileSync(path, "utf8") === "") await new Promise((resolve) => setTimeout(resolve, 5));
  closeSync(descriptor);
  assert.equal(readFileSync(path, "utf8"), "only one\n");
});

test("if the reader stalls, lines are dropped and counted, and memory stays bounded", async (t) => {
  const path = join(folder(t), "pipe");
  execFileSync("mkfifo", [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const writer = new LineWriter(descriptor);
  const line = `${"x".repeat(1023)}\n`;
  const megabytes = 24;
  for (let i = 0; i < megabytes * 1024; i++) writer.write(line);
  assert.ok(writer.dropped > 0 && writer.dropped < megabytes * 1024, `${writer.dropped}`);

  const chunk = Buffer.alloc(1 << 20);
  let received = 0;
  const ended = writer.end();
  const expected = (megabytes * 1024 - writer.dropped) * line.length;
  while (received < expected) {
    try {
      received += readSync(reader, chunk);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  await ended;
  assert.equal(received, expected);
  closeSync(reader);
  closeSync(descriptor);
});

test("if the reader is gone, lines are dropped and nothing fails", async (t) => {
  const path = join(folder(t), "pipe");
  execFileSync("mkfifo", [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const writer = new LineWriter(descriptor);
  closeSync(reader);
  writer.write("lost\n");
  await writer.end();
  writer.write("dropped\n");
  assert.equal(writer.dropped, 1);
  closeSync(descriptor);
});

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

test("every line arrives, in order, however many there are", async (t) => {
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

test("a line arrives soon, though nobody asks for it", async (t) => {
  const path = join(folder(t), "log");
  const descriptor = openSync(path, "w");
  new LineWriter(descriptor).write("only one\n");
  while (readFileSync(path, "utf8") === "") await new Promise((resolve) => setTimeout(resolve, 5));
  closeSync(descriptor);
  assert.equal(readFileSync(path, "utf8"), "only one\n");
});

test("a reader that does not read costs lines, not memory, and they are counted", async (t) => {
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

test("when nobody will ever read again, lines are dropped and nothing fails", async (t) => {
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

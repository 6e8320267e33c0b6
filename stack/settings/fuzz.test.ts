// Thousands of random configurations: each is either refused with a helpful message, or gives a plan
// that can't fail later because of its settings.
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { anySettings, anyStack } from "../../test/any-settings.ts";
import { notInstalled } from "../../test/environment.ts";
import { checkRules } from "../../test/promtool.ts";
import { record } from "../../test/recorded.ts";
import { isHelpful, isPlainData, isSound } from "../../test/sound.ts";
import { dashboardOptions } from "../monitoring/options.ts";
import { hash, makePlan } from "../plan.ts";
import { readSettings } from "./read.ts";

/** `FUZZ_SEED` (any text) selects the configurations; `FUZZ_RUNS` sets their number. */
const seedText = process.env.FUZZ_SEED ?? "latency-lab";
const seed = hash(seedText) | 0;
const runs = Number(process.env.FUZZ_RUNS ?? 2500);
/** Number of configurations that run through the whole program, and through promtool. */
const samples = { program: 40, rules: 25 };
const parameters = { seed, numRuns: runs };

describe(`made-up settings (FUZZ_SEED=${seedText})`, () => {
  const counted = { planned: 0, refused: 0 };
  after(() =>
    console.log(`# settings made up: ${runs}, ${counted.planned} planned, ${counted.refused} refused`),
  );

  it(`${runs} of them either plan or are refused by name, before anything is made`, () => {
    fc.assert(
      fc.property(anySettings, anyStack, (raw, stack) => {
        const { configuration, problems } = readSettings(raw, stack);
        if (configuration === undefined) {
          counted.refused++;
          for (const one of problems) isHelpful(one, raw);
          return;
        }
        counted.planned++;
        isSound(makePlan(configuration, stack, "/project"));
      }),
      parameters,
    );
    // Some configurations must be valid, or only half of the code would be tested.
    assert.ok(counted.planned > runs / 10 && counted.refused > runs / 10, JSON.stringify(counted));
  });

  it(`${samples.program} of them that plan run through the whole program`, async () => {
    let ran = 0;
    for (const raw of fc.sample(fc.tuple(anySettings, anyStack), { seed, numRuns: runs })) {
      if (ran === samples.program) break;
      const [settings, stack] = raw;
      if (readSettings(settings, stack).configuration === undefined) continue;
      const { resources } = await record(settings, stack);
      assert.ok(resources.length > 15, JSON.stringify(raw));
      for (const { inputs, name } of resources) isPlainData(inputs, name);
      ran++;
    }
    assert.equal(ran, samples.program);
  });

  it(`Prometheus reads the rules of ${samples.rules} that plan`, {
    skip: notInstalled("promtool"),
  }, async () => {
    let read = 0;
    for (const [raw, stack] of fc.sample(fc.tuple(anySettings, anyStack), { seed, numRuns: runs })) {
      if (read === samples.rules) break;
      const { configuration } = readSettings(raw, stack);
      if (configuration === undefined) continue;
      const { passed, output } = await checkRules(
        dashboardOptions(makePlan(configuration, stack, "/project")),
      );
      assert.ok(passed, `${JSON.stringify(raw)}: ${output}`);
      read++;
    }
  });
});

import type { Problem } from "../../stack/errors.ts";
import { UserError } from "../../stack/errors.ts";
import type { Plan } from "../../stack/plan.ts";

/** What a failure of the engine means, by what it says. */
const known: readonly { says: RegExp; problem(match: RegExpMatchArray, plan: Plan): Problem }[] = [
  {
    says: /Bind for [\d.]+:(\d+) failed: port is already allocated/,
    problem: ([, port]) => ({
      what: `port ${port} is taken on this machine`,
      why: "another container publishes it",
      fix: "npm run up   (says whose it is, and which is free)",
    }),
  },
  {
    says: /(unauthorized|denied|no basic auth credentials|authentication required)[^\n]*/i,
    problem: ([answer], { settings }) => ({
      what: `registry = "${settings.registry}" refuses the push`,
      why: answer.trim().slice(0, 200),
      fix: `docker login ${hostOf(settings.registry)}   (or: npm run up -- --config registryUsername=USER, and npm run secret -- registryPassword)`,
    }),
  },
  {
    says: /server gave HTTP response to HTTPS client/,
    problem: (_, { settings }) => ({
      what: `registry = "${settings.registry}" speaks HTTP, and the Docker engine expects HTTPS`,
      why: "an engine pushes without TLS only to addresses it is told are insecure",
      fix: `add "insecure-registries": ["${hostOf(settings.registry)}"] to the engine's daemon.json`,
    }),
  },
  {
    says: /the stack is currently locked by[^\n]*/,
    problem: ([answer], { stack }) => ({
      what: `another run works on the stack ${stack}`,
      why: answer,
      fix: `wait for it; if there is none: ${cancelCommand(stack)}`,
    }),
  },
  {
    says: /incorrect passphrase/,
    problem: () => ({
      what: "the stack's secrets can't be read",
      why: "it was encrypted with another passphrase",
      fix: "set PULUMI_CONFIG_PASSPHRASE to the one it was made with",
    }),
  },
];

/** Turns what the engine printed into one message for the user. */
export function explainFailure(
  error: Error,
  diagnostics: readonly string[],
  plan: Plan,
  command: "up" | "down" = "up",
): readonly Problem[] {
  if (error instanceof UserError) return error.problems;
  const text = [...diagnostics, error.message].map(plain).join("\n");
  for (const { says, problem } of known) {
    const match = text.match(says);
    if (match) return [problem(match, plan)];
  }
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter(
      (line) =>
        line !== "" && !/^(update failed|\d+ error|code: |stdout: ?$|stderr: Command failed)/.test(line),
    );
  return [
    {
      what: "the run failed",
      why: [...new Set(lines)].slice(0, 4).join("\n       "),
      fix: `npm run ${command}   (goes on from where it stopped)`,
    },
  ];
}

/** Removes a lock that nobody holds any more, in the backend that the commands use. */
export function cancelCommand(stack: string): string {
  return `. .latency-lab/env && pulumi cancel --yes --stack ${stack}`;
}

/** Without Pulumi's colour markup. */
function plain(text: string): string {
  return text.replace(/<\{%[^%]*%\}>/g, "");
}

/** Host and port of a registry, without the path. */
function hostOf(registry: string | undefined): string {
  return registry?.split("/")[0] ?? "REGISTRY";
}

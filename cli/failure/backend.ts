import { join } from "node:path";
import { type Problem, quoted } from "../../stack/errors.ts";
import { type Backend, isInOwnBackend, shownUrl } from "../pulumi/backend.ts";
import { pulumiError } from "./text.ts";

/** Explains an error of Pulumi's engine or CLI, for which Pulumi has no codes. */
export function pulumiProblem(message: string, stack: string): Problem | undefined {
  const [lock] = /the stack is currently locked by[^\n]*/.exec(message) ?? [];
  if (lock) return lockProblem(lock, stack);
  if (!/incorrect passphrase/.test(message)) return undefined;
  return {
    what: `the secrets of the stack ${stack} can't be read`,
    why: "it was created with another passphrase",
    fix: "set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE, to that passphrase",
  };
}

/** A stack that plain Pulumi, or a run of another checkout, has locked. */
export function lockProblem(why: string, stack: string): Problem {
  return {
    what: `another run works on the stack ${stack}`,
    why,
    fix: `wait for it; if there is none: . .latency-lab/env && pulumi cancel --yes --stack ${stack}`,
  };
}

/** Whether Pulumi reports that its backend has no stack of that name. */
export function isUnknownStack(message: string): boolean {
  return /no stack named/.test(message);
}

/** The problem of a backend that can't be used: which one, why it is used, and how to choose another. */
export function backendProblem(
  message: string,
  { url, chosen, folder }: Omit<Backend, "env">,
  stack: string,
): Problem {
  const known = pulumiProblem(message, stack);
  if (known) return known;
  const error = pulumiError(message);
  const unknown = /unknown userid (\d+)/.exec(error)?.[1];
  if (unknown) {
    return {
      what: `Pulumi can't work as user ${unknown}`,
      why: "the user is not in /etc/passwd, as in a container that runs with a bare user id",
      fix: `echo "me:x:${unknown}:0::$PWD:/bin/sh" >> /etc/passwd   (as root; or run the container as a user in its /etc/passwd)`,
    };
  }
  // A truncated or edited state file. Pulumi writes it atomically and keeps a backup for every run.
  if (/failed to load checkpoint/.test(message)) {
    const file = folder && join(folder, ".pulumi", "stacks", "latency-lab", `${stack}.json`);
    const backups = folder && quoted(join(folder, ".pulumi", "backups", "latency-lab", stack));
    return {
      what: `the state of the stack ${stack} can't be read`,
      why: `${file ?? "the state"}: ${error}`,
      fix: `pulumi stack import --stack ${stack} --file EXPORT.json${backups ? `   (or copy the newest .json of ${backups} over it)` : ""}`,
    };
  }
  if (!chosen) {
    return {
      what: `Pulumi can't open the stack ${stack} in .latency-lab/state`,
      why: error,
      fix: "fix the cause in the error message; if it is not clear, report it with the output of `npm run doctor`",
    };
  }
  const elsewhere = isInOwnBackend(stack) ? `; the stack ${stack} is in .latency-lab/state` : "";
  return {
    what: `Pulumi's backend ${shownUrl(url)} can't be used`,
    why: `${error}\n       it is used because ${chosen.by}${elsewhere}`,
    fix: `${chosen.undo}   (then the state is in .latency-lab/state)`,
  };
}

/** A stack in the project's own backend, while another backend is selected. */
export function inOtherBackend({ url, chosen }: Omit<Backend, "env">, stack: string): Problem {
  return {
    what: `the stack ${stack} is not in ${shownUrl(url)}, but in .latency-lab/state`,
    why: `${shownUrl(url)} is used because ${chosen?.by}; a second stack of the same name would conflict with it`,
    fix: `${chosen?.undo}   (or work on another stack: --stack NAME)`,
  };
}

import { join } from "node:path";
import type { Problem } from "../../stack/errors.ts";
import { quoted } from "../../stack/errors.ts";
import { cancelCommand } from "../failure/pulumi.ts";
import { type Backend, isInOwnBackend, shownUrl } from "./backend.ts";
import { pulumiError } from "./error-text.ts";
import type { Lock } from "./lock.ts";

/** Whether Pulumi reports that its backend has no stack of that name. */
export function isUnknownStack(message: string): boolean {
  return /no stack named/.test(message);
}

/** The problem of a backend that can't be used: which one, why it is used, and how to choose another. */
export function backendProblem(message: string, backend: Backend, stack: string): Problem {
  const { url, chosen } = backend;
  const error = pulumiError(message);
  if (/incorrect passphrase/.test(message)) {
    return {
      what: `the secrets of the stack ${stack} can't be read`,
      why: `it was created with another passphrase, in ${shownUrl(url)}`,
      fix: "set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE, to that passphrase",
    };
  }
  const unknown = /unknown userid (\d+)/.exec(error)?.[1];
  if (unknown) {
    return {
      what: `Pulumi can't work as user ${unknown}`,
      why: "the user is not in /etc/passwd, as in a container that runs with a bare user id",
      fix: `echo "me:x:${unknown}:0::$PWD:/bin/sh" >> /etc/passwd   (as root; or run the container as a user in its /etc/passwd)`,
    };
  }
  if (/failed to load checkpoint/.test(message)) return unreadableState(error, backend, stack);
  if (!chosen) {
    return {
      what: `Pulumi can't open the stack ${stack} in .latency-lab/state`,
      why: error,
      fix: "fix the cause in the error message; if it is not clear, report it with the output of `npm run doctor`",
    };
  }
  return {
    what: `Pulumi's backend ${shownUrl(url)} can't be used`,
    why: `${error}\n       it is used because ${chosen.by}${elsewhere(stack)}`,
    fix: `${chosen.undo}   (then the state is in .latency-lab/state)`,
  };
}

/** A truncated or edited state file. Pulumi writes it atomically and keeps a backup for every run. */
function unreadableState(error: string, { folder }: Backend, stack: string): Problem {
  const file = folder && join(folder, ".pulumi", "stacks", "latency-lab", `${stack}.json`);
  const backups = folder && join(folder, ".pulumi", "backups", "latency-lab", stack);
  return {
    what: `the state of the stack ${stack} can't be read`,
    why: `${file ?? "the state"}: ${error}`,
    fix: `pulumi stack import --stack ${stack} --file EXPORT.json${backups ? `   (or copy the newest .json of ${quoted(backups)} over it)` : ""}`,
  };
}

/** A stack in the project's own backend, while another backend is selected. */
export function inOtherBackend({ url, chosen }: Backend, stack: string): Problem {
  return {
    what: `the stack ${stack} is not in ${shownUrl(url)}, but in .latency-lab/state`,
    why: `${shownUrl(url)} is used because ${chosen?.by}; a second stack of the same name would conflict with it`,
    fix: `${chosen?.undo}   (or work on another stack: --stack NAME)`,
  };
}

/** A stack that plain Pulumi, or a run of another checkout, has locked. */
export function lockProblem({ pid, hostname, username, timestamp }: Lock, stack: string): Problem {
  const since = timestamp ? `, since ${new Date(timestamp).toLocaleTimeString()}` : "";
  return {
    what: `another run works on the stack ${stack}`,
    why: `process ${pid} of ${username ?? "someone"} on ${hostname} holds Pulumi's lock${since}; nothing was changed`,
    fix: `wait for it; if there is none: ${cancelCommand(stack)}`,
  };
}

function elsewhere(stack: string): string {
  return isInOwnBackend(stack) ? `; the stack ${stack} is in .latency-lab/state` : "";
}

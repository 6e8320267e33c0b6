import { join } from "node:path";
import type { Problem } from "../../stack/errors.ts";
import { quoted } from "../../stack/errors.ts";
import { cancelCommand } from "../failure/pulumi.ts";
import { type Backend, isInOwnBackend, shownUrl } from "./backend.ts";
import type { Lock } from "./lock.ts";
import { whatPulumiSaid } from "./said.ts";

/** Whether Pulumi says that its backend has no stack of the name, and nothing else. */
export function isUnknownStack(message: string): boolean {
  return /no stack named/.test(message);
}

/** A backend that can't be used: which one, why it is this one, and how to choose another. */
export function backendProblem(message: string, backend: Backend, stack: string): Problem {
  const { url, chosen } = backend;
  const said = whatPulumiSaid(message);
  if (/incorrect passphrase/.test(message)) {
    return {
      what: `the secrets of the stack ${stack} can't be read`,
      why: `it was made with another passphrase, in ${shownUrl(url)}`,
      fix: "set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE, to the one it was made with",
    };
  }
  const unknown = /unknown userid (\d+)/.exec(said)?.[1];
  if (unknown) {
    return {
      what: `Pulumi can't work as user ${unknown}`,
      why: "the system does not list that user, as in a container that was given a number for a user",
      fix: `echo "me:x:${unknown}:0::$PWD:/bin/sh" >> /etc/passwd   (as root; or run the container as a user that it lists)`,
    };
  }
  if (/failed to load checkpoint/.test(message)) return unreadableState(said, backend, stack);
  if (!chosen) {
    return {
      what: `Pulumi can't open the stack ${stack} in .latency-lab/state`,
      why: said,
      fix: "repair what it says; if that is not clear, report it with what `npm run doctor` prints",
    };
  }
  return {
    what: `Pulumi's backend ${shownUrl(url)} can't be used`,
    why: `${said}\n       it is used because ${chosen.by}${elsewhere(stack)}`,
    fix: `${chosen.undo}   (then the state is kept in .latency-lab/state)`,
  };
}

/** A state file that was cut off or edited. Pulumi writes it whole, and keeps a copy of it for every run. */
function unreadableState(said: string, { folder }: Backend, stack: string): Problem {
  const file = folder && join(folder, ".pulumi", "stacks", "latency-lab", `${stack}.json`);
  const backups = folder && join(folder, ".pulumi", "backups", "latency-lab", stack);
  return {
    what: `the state of the stack ${stack} can't be read`,
    why: `Pulumi says of ${file ?? "it"}: ${said}`,
    fix: `pulumi stack import --stack ${stack} --file EXPORT.json${backups ? `   (or copy the newest .json of ${quoted(backups)} over it)` : ""}`,
  };
}

/** A stack that is in the project's own backend, while another one is chosen now. */
export function inOtherBackend({ url, chosen }: Backend, stack: string): Problem {
  return {
    what: `the stack ${stack} is not in ${shownUrl(url)}, but in .latency-lab/state`,
    why: `${shownUrl(url)} is used because ${chosen?.by}; a second stack of the same name would get in its way`,
    fix: `${chosen?.undo}   (or work on another stack: --stack NAME)`,
  };
}

/** A stack on which plain Pulumi, or a run of another checkout, works. */
export function lockProblem({ pid, hostname, username, timestamp }: Lock, stack: string): Problem {
  const since = timestamp ? `, since ${new Date(timestamp).toLocaleTimeString()}` : "";
  return {
    what: `another run works on the stack ${stack}`,
    why: `Pulumi's lock is of process ${pid} of ${username ?? "someone"} on ${hostname}${since}; nothing was changed`,
    fix: `wait for it; if there is none: ${cancelCommand(stack)}`,
  };
}

function elsewhere(stack: string): string {
  return isInOwnBackend(stack) ? `; the stack ${stack} is in .latency-lab/state` : "";
}

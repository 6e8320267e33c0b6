import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "yaml";
import { type Problem, quoted } from "../../stack/errors.ts";
import { listedUser } from "../install.mjs";
import { ensureStateDir, root, stateDir, stateFiles } from "./paths.ts";
import { pulumiError } from "./run-failures.ts";

/** Where Pulumi keeps the stack's state. */
export interface Backend {
  readonly url: string;
  /** The folder of a `file://` backend. */
  readonly folder: string | undefined;
  /** Why this backend is used, and how to choose another; undefined for the project's own. */
  readonly chosen: Choice | undefined;
}

interface Choice {
  readonly by: string;
  readonly undo: string;
}

const ownFolder = join(stateDir, "state");

/** Environment variables that make Pulumi use the backend. Creates the project's own if it is used. */
export function backendEnvironment(): Record<string, string> {
  const { url, chosen } = chosenBackend();
  // Pulumi Cloud manages its own keys; every other backend encrypts secrets with a passphrase.
  if (chosen) return /^https?:/.test(url) ? {} : passphrase();
  ensureStateDir();
  mkdirSync(ownFolder, { recursive: true, mode: 0o700 });
  return { PULUMI_BACKEND_URL: url, ...passphrase() };
}

/**
 * The backend that Pulumi would use, in its order of precedence. If the user has chosen none, a file
 * backend in the state folder: a first try needs no account.
 */
export function chosenBackend(): Backend {
  const { url, ...chosen } = choice() ?? {};
  const folder = url === undefined ? ownFolder : folderOf(url);
  if (url !== undefined && folder !== ownFolder) return { url, folder, chosen: chosen as Choice };
  return { url: pathToFileURL(ownFolder).href, folder: ownFolder, chosen: undefined };
}

function choice(): ({ readonly url: string } & Choice) | undefined {
  const { PULUMI_BACKEND_URL, PULUMI_ACCESS_TOKEN, PULUMI_API } = process.env;
  if (PULUMI_BACKEND_URL)
    return { url: PULUMI_BACKEND_URL, by: "PULUMI_BACKEND_URL is set", undo: "unset PULUMI_BACKEND_URL" };
  const url = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")).backend?.url;
  if (url) return { url, by: "Pulumi.yaml names it", undo: "remove `backend` from Pulumi.yaml" };
  const login = storedLogin();
  if (login) return { url: login, by: "`pulumi login` chose it", undo: "pulumi logout" };
  if (!PULUMI_ACCESS_TOKEN) return undefined;
  return {
    url: PULUMI_API || "https://api.pulumi.com",
    by: "PULUMI_ACCESS_TOKEN is set",
    undo: "unset PULUMI_ACCESS_TOKEN",
  };
}

function storedLogin(): string | undefined {
  const { PULUMI_CREDENTIALS_PATH, PULUMI_HOME } = process.env;
  const folder = PULUMI_CREDENTIALS_PATH || PULUMI_HOME || join(home(), ".pulumi");
  try {
    return JSON.parse(readFileSync(join(folder, "credentials.json"), "utf8")).current;
  } catch {
    return undefined;
  }
}

/** Like Pulumi, prefers the user database to $HOME. */
function home(): string {
  return listedUser()?.homedir ?? process.env.HOME ?? "/";
}

/** The folder of a `file://` URL, as Pulumi resolves it; undefined for any other URL. */
export function folderOf(url: string): string | undefined {
  if (!url.startsWith("file://")) return undefined;
  const path = url.slice("file://".length).split("?")[0] ?? "";
  const absolute = resolve(root, path.replace(/^~/, home()));
  try {
    return decodeURIComponent(absolute);
  } catch {
    return absolute; // An invalid % sequence.
  }
}

/** Whether the project's own backend has a stack. */
export function isInOwnBackend(stack: string): boolean {
  const { state } = stateFiles(ownFolder, stack);
  return existsSync(state) || existsSync(`${state}.gz`);
}

/** The user's passphrase, else one that is generated once, readable by its owner only. */
function passphrase(): Record<string, string> {
  const { PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = process.env;
  if (PULUMI_CONFIG_PASSPHRASE !== undefined || PULUMI_CONFIG_PASSPHRASE_FILE) return {};
  const file = join(ensureStateDir(), "passphrase");
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString("base64url"), { mode: 0o600 });
  return { PULUMI_CONFIG_PASSPHRASE_FILE: file };
}

/** A URL for messages, with passwords and keys hidden. */
export function shownUrl(url: string): string {
  return url
    .replace(/\/\/[^/@]*@/, "//…@")
    .replace(/([?&][^=&]*(?:key|token|secret|sig)[^=&]*)=[^&]*/gi, "$1=…");
}

/** Explains an error of Pulumi's engine or CLI, for which Pulumi has no codes. */
export function pulumiProblem(message: string, stack: string): Problem | undefined {
  const [lock] = /the stack is currently locked by[^\n]*/.exec(message) ?? [];
  if (lock) return lockProblem(lock, stack);
  const [, unread] = /unable to read PULUMI_CONFIG_PASSPHRASE_FILE: ([^\n]*)/.exec(message) ?? [];
  if (unread) {
    return {
      what: "the file of PULUMI_CONFIG_PASSPHRASE_FILE can't be read",
      why: unread,
      fix: "unset PULUMI_CONFIG_PASSPHRASE_FILE   (or name the file with the passphrase of the stack)",
    };
  }
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

/** Why Pulumi can't open a stack; undefined if there is none of that name. */
export function openProblem(message: string, backend: Backend, stack: string): Problem | undefined {
  if (!/no stack named/.test(message)) return backendProblem(message, backend, stack);
  if (!backend.chosen || !isInOwnBackend(stack)) return undefined;
  const { chosen, url } = backend;
  return {
    what: `the stack ${stack} is not in ${shownUrl(url)}, but in .latency-lab/state`,
    why: `${shownUrl(url)} is used because ${chosen.by}; a second stack of the same name would conflict with it`,
    fix: `${chosen.undo}   (or work on another stack: --stack NAME)`,
  };
}

/** The problem of a backend that can't be used: which one, why it is used, and how to choose another. */
export function backendProblem(message: string, { url, chosen, folder }: Backend, stack: string): Problem {
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
    const { state = "the state", backups } = folder === undefined ? {} : stateFiles(folder, stack);
    const copy = backups ? `   (or copy the newest .json of ${quoted(backups)} over it)` : "";
    return {
      what: `the state of the stack ${stack} can't be read`,
      why: `${state}: ${error}`,
      fix: `pulumi stack import --stack ${stack} --file EXPORT.json${copy}`,
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

import type { Problem } from "../errors.ts";
import { quoted } from "../errors.ts";
import { type Entry, readNamed, resolved, withFiles } from "./kubeconfig-files.ts";

const apiGroup = "client.authentication.k8s.io";

/** A user's fields with inlined certificates and absolute paths. Reports what kubectl would refuse. */
export function checkedUser(user: Entry, problems: Problem[]): Record<string, unknown> {
  const { fields } = user;
  const result: Record<string, unknown> = { ...fields, ...withFiles(user, "user", problems) };
  const { tokenFile, token, exec } = fields;
  if (typeof tokenFile === "string" && tokenFile !== "") {
    // kubectl prefers the file and falls back to the token.
    const problemsOfFile: Problem[] = [];
    const read = readNamed(user, "user", "tokenFile", tokenFile, problemsOfFile);
    result.tokenFile = read ? resolved(user, tokenFile) : undefined;
    if (!token) problems.push(...problemsOfFile);
  }
  if (typeof token === "string") checkExpiry(user, token, problems);
  if (typeof exec === "object" && exec !== null) {
    result.exec = checkedExec(user, exec as Record<string, unknown>, problems);
  }
  checkProvider(user, problems);
  return result;
}

/** A JWT contains its expiry; the API server would only answer 401. */
function checkExpiry({ name, file }: Entry, token: string, problems: Problem[]): void {
  let seconds: unknown;
  try {
    seconds = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()).exp;
  } catch {
    return; // Not a JWT: only the API server can tell.
  }
  if (typeof seconds !== "number" || seconds * 1000 > Date.now()) return;
  problems.push({
    what: `the token of the user "${name}" has expired`,
    why: `${file}: it was valid until ${new Date(seconds * 1000).toISOString()}`,
    fix: `log in to the cluster again to rewrite ${quoted(file)}`,
  });
}

function checkedExec(
  user: Entry,
  exec: Record<string, unknown>,
  problems: Problem[],
): Record<string, unknown> {
  const refuse = (why: string, fix: string) =>
    problems.push({ what: `the exec plugin of the user "${user.name}" can't be used`, why, fix });
  const { apiVersion, command, interactiveMode } = exec;
  const set = `kubectl --kubeconfig ${quoted(user.file)} config set-credentials ${quoted(user.name)}`;
  if (typeof command !== "string" || command === "") {
    refuse(`${user.file}: it names no command`, `${set} --exec-command=COMMAND`);
    return exec;
  }
  if (apiVersion !== `${apiGroup}/v1` && apiVersion !== `${apiGroup}/v1beta1`) {
    refuse(
      `${user.file}: apiVersion = "${apiVersion ?? ""}", allowed are ${apiGroup}/v1 and ${apiGroup}/v1beta1`,
      `${set} --exec-api-version=${apiGroup}/v1beta1   (for EKS: aws eks update-kubeconfig)`,
    );
  } else if (interactiveMode === undefined && apiVersion === `${apiGroup}/v1`) {
    refuse(
      `${user.file}: interactiveMode is missing, which ${apiGroup}/v1 needs`,
      `${set} --exec-interactive-mode=IfAvailable`,
    );
  }
  // A command with a slash is relative to its kubeconfig; one without is searched for in PATH.
  return { ...exec, command: /[/\\]/.test(command) ? resolved(user, command) : command };
}

/** Auth providers that kubectl has removed. */
function checkProvider({ name, file, fields }: Entry, problems: Problem[]): void {
  const provider = (fields["auth-provider"] as { name?: string } | undefined)?.name;
  const plugin = provider && { gcp: "gke-gcloud-auth-plugin", azure: "kubelogin" }[provider];
  if (!plugin) return;
  problems.push({
    what: `the user "${name}" logs in through auth-provider = "${provider}", which kubectl has removed`,
    why: `${file}: the exec plugin ${plugin} replaces it`,
    fix:
      provider === "gcp"
        ? "gcloud container clusters get-credentials CLUSTER"
        : "kubelogin convert-kubeconfig   (or: az aks get-credentials)",
  });
}

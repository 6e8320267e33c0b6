// Generates settings for property tests: valid values, values at the limits, and texts that break
// careless code.
import fc from "fast-check";
import type { StackSetting } from "../stack/settings/patterns.ts";
import type { RawSettings } from "../stack/settings/read.ts";
import { schema, settingOf } from "../stack/settings/schema.ts";

const keys = Object.keys(schema);

const words = (text: string) => text.split(" ");

/** Texts that break quoting, templates, YAML, JSON, shells, terminals or number parsing. */
const nasty = [
  ..."'\"`\\$%#&|;:,={}[]()<>!*?@~^\n\t \0\x7f\u2028\u202e\ufeff\ud800é٣😀",
  ...["\r\n", "   ", "日本", "\x1b[2J", "\x9b31m", "a\0b", "a\nb: c", "\n---\n", "http://a/\0"],
  ...["9".repeat(15), "9".repeat(400), "a".repeat(300), "a".repeat(20_000)],
  ...["{{ .Values }}", '{{ fail "no" }}', "- a", "!!binary x", "!!js/function x", "<<: *a", "? a", "| a"],
  ...words("{{ }} {{` $(HOME) $(KUBERNETES_SERVICE_HOST) $$ $\u007bIFS} `id` &a *a %YAML @a [] {} ~ null"),
  ...words("NaN Infinity -Infinity 1e999 -0 -1 0x10 0o17 1_000 1e3 .5 5. 00 a:0 a:99999 ..:1 -rf --help"),
  ...words("true no undefined constructor __proto__ toString ../../etc/passwd /dev/zero https://"),
  ...words('http://a:99999/ http://a/{{b}} http://a/`b` http://a/"b" http://user:hunter2@a/'),
  ...words("docker.io=http://a constructor=http://a *=http://a:5000 page=1:999999999999999h/1h"),
  "page=0.000001:1h/1s",
];

/** Valid values of settings whose format cannot be derived from the schema. */
const right: Readonly<Record<string, readonly string[]>> = {
  name: ["latency-lab-x", "x", "a".repeat(40)],
  kubeconfig: ["~/.kube/config", "a b", "ünï.yaml"],
  context: ["lab", "gke_a_b"],
  nodeAddress: ["127.0.0.1", "::1", "[::1]", "lab.example", "fe80::1"],
  k3sImage: ["rancher/k3s:v1.33.5-k3s1", `m:5000/a/k3s@sha256:${"0".repeat(64)}`],
  registryMirrors: ["docker.io=http://a:5000,docker.io=http://b,*=https://c"],
  registry: ["127.0.0.1:5000/team", "registry.example.com"],
  imageMirror: ["mirror.example:5000/hub"],
  delayDistribution: ["uniform", "fixed", "exponential", "lognormal", "bimodal", "150ms:10,2s:5", "0s"],
  errorStatus: ["500", "500:3,503:1"],
  loadMix: ["/", "/:9,/delay/250ms:1", "/$(LOAD_TARGET)", "/{{x}}:1"],
  delaySeed: ["monday", "$(HOME)", "a$$b", "{{x}}", "'\"\\"],
  loadSeed: ["monday", "$(HOME)", "#:-"],
  scrapeTargets: ["192.0.2.1:19004, lab.example:80", "[2001:db8::1]:9090"],
  labels: ["team=payments,a.b/c=", "pod-security.kubernetes.io/enforce=baseline"],
  annotations: ["linkerd.io/inject=disabled", "a/b=c d:e\"f'#"],
  tolerations: ["*", "dedicated=lab:NoSchedule,gpu"],
  nodeSelector: ["pool=lab"],
  priorityClass: ["low", "system-node-critical"],
  resources: ["*=50m/128Mi-1/1Gi", "loki=1/1G"],
  storageClass: ["standard", "rook-ceph.block"],
  imagePullSecret: ["registry", "default/registry"],
  burnRates: ["page=14.4:1h/5m", "ticket=1:72h/6h,page=2:1h/1h"],
  runbookUrl: ["https://git.example.com/docs/alerts.md", "http://[::1]:80/a?b=c&d='e'"],
  npmRegistry: ["https://npm.example.com", "http://127.0.0.1:4873/"],
  chartsFolder: ["./charts", "~/charts"],
  lokiStackChart: ["loki-stack", "./loki-stack-2.10.3.tgz", "oci://r.example/loki-stack", "https://a/b.tgz"],
};

/** Values at both ends of the range in a setting's description. */
function ends({ type, default: usual, allowed }: StackSetting): string[] {
  const range = / from (\S+) to ([^\s,]+)/.exec(allowed);
  const shown = range ? [range[1] as string, range[2] as string] : [];
  const words = /^one of (.*)$/.exec(allowed)?.[1]?.split(", ") ?? [];
  const flags = type === "boolean" ? ["true", "false"] : [];
  const durations = type === "duration" ? ["0s", "1us", "250ms", "1.5s", "2m"] : [];
  const shares = type === "share" ? ["0", "1", "50%", "0.999999999999", "99.99%"] : [];
  return [usual ?? "", ...shown, ...words, ...flags, ...durations, ...shares];
}

const anyText = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...nasty) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 60 }) },
  { weight: 1, arbitrary: fc.double().map(String) },
  { weight: 1, arbitrary: fc.maxSafeInteger().map(String) },
);

function textFor(key: string): fc.Arbitrary<string> {
  const setting = settingOf(key);
  const known = setting ? [...ends(setting), ...(right[key] ?? [])] : ["x"];
  const good = fc.constantFrom(...known);
  const spoilt = fc.tuple(good, anyText, fc.nat(100)).map(([text, insert, percent]) => {
    const at = Math.floor((text.length * percent) / 100);
    return text.slice(0, at) + insert + text.slice(at);
  });
  return fc.oneof(
    { weight: 8, arbitrary: good },
    { weight: 1, arbitrary: spoilt },
    { weight: 1, arbitrary: anyText },
  );
}

/** Mostly existing settings; sometimes a misspelled one, or a property that every object has. */
const anyKey = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom(...keys) },
  { weight: 1, arbitrary: fc.constantFrom(...keys).map((key) => key.toLowerCase()) },
  { weight: 1, arbitrary: fc.constantFrom("__proto__", "constructor", "toString", "hasOwnProperty", "") },
  { weight: 1, arbitrary: anyText },
);

/** The settings of a stack: none to twelve. */
export const anySettings: fc.Arbitrary<RawSettings> = fc
  .array(
    anyKey.chain((key) => textFor(key).map((value): [string, string] => [key, value])),
    { maxLength: 12 },
  )
  .map((entries) => Object.fromEntries(entries));

/** Valid names for `--stack`. */
export const anyStack = fc.oneof(
  fc.constantFrom("dev", "test", "_", ".", "-", "A.b_C", "9", "a".repeat(100)),
  fc.stringMatching(/^[A-Za-z0-9_.-]{1,40}$/),
);

type Fields = Readonly<Record<string, unknown>>;

/** What Pulumi's exported state has in place of a secret. */
const secretMark = "4dabf18193072939515e22adb298388d";

/** By which of its fields Kubernetes tells the entries of a list apart, such as containers or ports. */
const keys = ["name", "containerPort", "port", "mountPath", "topologyKey"] as const;

/**
 * Whether an object lacks something that is wanted of it, or has it otherwise.
 * What is there beside it doesn't count: defaults, a status, what others added.
 * Empty and absent are the same, as they are to Kubernetes.
 */
export function differs(wanted: unknown, live: unknown): boolean {
  if (isEmpty(wanted) || isSecret(wanted)) return false;
  // What is off or none by default is not written down.
  if ((wanted === false || wanted === 0) && live === undefined) return false;
  if (Array.isArray(wanted)) return !Array.isArray(live) || listsDiffer(wanted, live);
  if (isFields(wanted)) {
    if (!isFields(live)) return true;
    return Object.entries(wanted).some(
      // Text that is kept as data; and words of the language, which the client's types write with a line.
      ([key, value]) => key !== "stringData" && differs(value, live[key] ?? live[`_${key}`]),
    );
  }
  return !isSame(wanted, live);
}

function listsDiffer(wanted: readonly unknown[], live: readonly unknown[]): boolean {
  const key = keys.find((one) => wanted.every((entry) => isFields(entry) && one in entry));
  // Without a key, a list belongs to whoever wrote it, as a whole.
  if (key === undefined) {
    return wanted.length !== live.length || wanted.some((entry, index) => differs(entry, live[index]));
  }
  // A key may be there twice, as a port is for two protocols.
  return wanted.some(
    (entry) =>
      !live.some((one) => isFields(one) && one[key] === (entry as Fields)[key] && !differs(entry, one)),
  );
}

/** Numbers may be written as text, and quantities in more than one way: `1000m` is `1`. */
function isSame(wanted: unknown, live: unknown): boolean {
  if (wanted === live || String(wanted) === String(live)) return true;
  const amount = quantity(wanted);
  return amount !== undefined && amount === quantity(live);
}

const units: Readonly<Record<string, number>> = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

function quantity(value: unknown): number | undefined {
  const [, number, unit] = /^([\d.]+)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(String(value)) ?? [];
  return number === undefined ? undefined : Number(number) * (units[unit ?? ""] as number);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isFields(value) && Object.values(value).every(isEmpty);
}

/** Whether it stands for a secret, which the state has encrypted. */
export function isSecret(value: unknown): boolean {
  return isFields(value) && secretMark in value;
}

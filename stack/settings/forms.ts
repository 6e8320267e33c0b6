// The forms of texts in settings. What doesn't fit would be noticed only by Docker, Helm
// or Kubernetes, when half of the stack is made.

/** As in `registry.example:5000`: https://github.com/distribution/reference has the grammar. */
const label = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const host = `${label}(?:\\.${label})*`;
const port = "(?:[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])";
const pathPart = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";

/** `host[:port][/path]`, without a scheme, as image names begin. */
export const imagePrefix = new RegExp(`^(?=.{1,200}$)${host}(?::${port})?(?:/${pathPart})*$`);

export const image = {
  pattern: new RegExp(
    `^(?=.{1,400}$)(?:${host}(?::${port})?/)?${pathPart}(?:/${pathPart})*(?::\\w[\\w.-]{0,127})?(?:@sha256:[a-f0-9]{64})?$`,
  ),
  allowed: "an image reference such as node:24-slim",
};

/** Text that a terminal shows as it is and any file can hold; as long as a path may be. */
const oneLine = /^[^\p{Cc}\p{Cs}\u2028\u2029]{1,4096}$/u;

export const anyText = { pattern: oneLine, allowed: "a text of one line" };

/** `host:port` as Prometheus scrapes it. */
export const target = new RegExp(`^(?=.{1,260}$)${host}:${port}$`, "i");

/** A host that can stand in a URL: a name, or an address of either kind. */
export function isHost(text: string): boolean {
  const isName = new RegExp(`^${host}$`, "i").test(text);
  const isAddress = /^[0-9a-f]*:[0-9a-f:.]*$/i.test(text);
  return (
    text.length <= 253 && (isName || isAddress) && URL.canParse(`http://${isName ? text : `[${text}]`}/`)
  );
}

/** Where a chart comes from: a name, a path, or a URL, which must not hold a password that state would keep. */
export function isChart(text: string): boolean {
  if (!oneLine.test(text)) return false;
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return true;
  if (!/^(https?|oci):\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+$/.test(text) || !URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === "" && password === "";
}

/**
 * Which of the offers a client likes best, by its `Accept` or `Accept-Encoding`
 * header (RFC 9110, 12.4.2): the highest `q`, and among equals the first offer.
 *
 * @returns undefined when the client accepts none of them
 */
export function preferred<const Offer extends string>(
  header: string | undefined,
  offers: readonly Offer[],
): Offer | undefined {
  if (header === undefined || header === "*/*") return offers[0];
  const ranges = header.split(",").map(rangeOf);
  let best: Offer | undefined;
  let bestQuality = 0;
  for (const offer of offers) {
    const matching = ranges.filter(({ range }) => specificity(range, offer) > 0);
    // The most specific range decides: `text/html;q=0, */*` refuses HTML.
    const decisive = matching.reduce<Range | undefined>(
      (a, b) => (a === undefined || specificity(b.range, offer) > specificity(a.range, offer) ? b : a),
      undefined,
    );
    if (decisive !== undefined && decisive.quality > bestQuality) {
      best = offer;
      bestQuality = decisive.quality;
    }
  }
  return best;
}

interface Range {
  range: string;
  quality: number;
}

function rangeOf(part: string): Range {
  const [range = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  const quality = q === undefined ? 1 : Number(q);
  return { range, quality: Number.isNaN(quality) ? 0 : quality };
}

function specificity(range: string, offer: string): number {
  if (range === offer) return 3;
  if (range.endsWith("/*") && range !== "*/*" && offer.startsWith(range.slice(0, -1))) return 2;
  return range === "*/*" || range === "*" ? 1 : 0;
}

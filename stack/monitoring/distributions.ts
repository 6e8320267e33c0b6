// What differs between the values of the setting `versions`. The rest of the program uses only this.
import type { Collector } from "../../dashboards/index.ts";
import type { ChartImage } from "./images.ts";
import { images, type Versions } from "./versions.ts";

export interface Distribution {
  readonly images: readonly ChartImage[];
  /** What reads the nodes' log files. */
  readonly collector: Collector;
  /** Path of Prometheus' page with graphs, and what each graph's parameters add. */
  readonly graphPage: string;
  readonly graphTab: string;
}

export const distributions: Readonly<Record<Versions, Distribution>> = {
  chart: {
    images: images.chart,
    collector: "promtail",
    graphPage: "/graph",
    graphTab: "0",
  },
  maintained: {
    images: images.maintained,
    collector: "opentelemetry-collector",
    graphPage: "/query",
    graphTab: "graph",
  },
};

import { watchOf } from "../pulumi/follow.ts";
import { type Check, sawInstead, within } from "./check.ts";

/** Without a metrics API, an autoscaler does nothing and reports it only in its conditions. */
export const autoscalerMeasures: Check = {
  name: "the autoscaler gets the pods' metrics",
  look({ outputs, plan }) {
    // The first metrics of a pod appear a minute after its start.
    return within(90, async () => {
      const waits = await watchOf(outputs.kubeconfig, plan).look();
      const blind = waits.find(({ state }) => state === "scaling");
      return blind ? sawInstead(`${blind.reason}: ${blind.message}`) : "its metrics are available";
    });
  },
};

import { watchOf } from "../pulumi/follow.ts";
import { type Check, sawInstead, within } from "./check.ts";

/** Without a metrics API an autoscaler does nothing, and says so only in its own conditions. */
export const autoscalerMeasures: Check = {
  name: "the autoscaler sees how busy the pods are",
  look({ outputs, plan }) {
    // The first measurement of a pod comes a minute after its start.
    return within(90, async () => {
      const waits = await watchOf(outputs.kubeconfig, plan).look();
      const blind = waits.find(({ state }) => state === "scaling");
      return blind ? sawInstead(`${blind.reason}: ${blind.message}`) : "it has what it scales by";
    });
  },
};

import type { Plan } from "../../stack/plan.ts";
import type { Grafana } from "../clients/grafana.ts";
import type { OutputValues } from "../pulumi/outputs.ts";

/** What a check looks at. */
export interface Subject {
  readonly plan: Plan;
  readonly outputs: OutputValues;
  readonly urls: { readonly grafana: string; readonly prometheus: string; readonly server: string };
  readonly grafana: Grafana;
}

/** One thing of the exercise that must be true on the running stack. */
export interface Check {
  /** As a statement: "the targets are up". */
  readonly name: string;
  /** Why it does not apply to a stack with these settings; undefined if it does. */
  doesNotApply?(plan: Plan): string | undefined;
  /** Looks, and says what it saw; throws with what it saw instead. */
  look(subject: Subject): Promise<string>;
}

/** Ends a check as failed, with what was seen. */
export function sawInstead(what: string): never {
  throw new Error(what);
}

/** Tries until it holds: the next scrape, flush or evaluation is seconds away. */
export async function within<T>(seconds: number, look: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

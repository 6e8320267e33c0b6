import type { Plan } from "../../stack/plan.ts";
import type { Connected } from "../clients/reach.ts";

/** The stack that a check inspects. */
export type Subject = Connected;

/** One condition of the exercise that must hold on the running stack. */
export interface Check {
  /** A statement, such as "the targets are up". */
  readonly name: string;
  /** Why it does not apply to a stack with these settings; undefined if it does. */
  doesNotApply?(plan: Plan): string | undefined;
  /** Returns a description of what it found. Throws if the condition does not hold. */
  look(subject: Subject): Promise<string>;
}

/** Fails a check with a description of what was found. */
export function sawInstead(what: string): never {
  throw new Error(what);
}

/** What can't be had with this stack: the check does not apply. */
export class NotToBeHad extends Error {}

import { added, engineSnapshot } from "../engine-snapshot.ts";
import { interruptionsOn } from "./interruptions.ts";

interruptionsOn({
  kind: "local",
  stack: "f-local-cut",
  settings: {},
  snapshot: async () => engineSnapshot(),
  added,
  interruptions: [
    { command: "up", signal: "SIGKILL", at: 0.1, mendedBy: "up" },
    { command: "down", signal: "SIGKILL", at: 0.3, mendedBy: "down" },
    { command: "up", signal: "SIGINT", at: 0.25, mendedBy: "down" },
    { command: "up", signal: "SIGKILL", at: 0.4, mendedBy: "down" },
    { command: "up", signal: "SIGKILL", at: 0.6, mendedBy: "up" },
    { command: "down", signal: "SIGINT", at: 0.6, mendedBy: "up" },
    { command: "down", signal: "SIGKILL", at: 0.7, mendedBy: "down" },
    { command: "up", signal: "SIGKILL", at: 0.85, mendedBy: "down" },
  ],
});

import { noExistingCluster } from "../environment.ts";
import { interruptionsOn } from "./interruptions.ts";

// Ten interruptions of `up` and five of `down`, between nothing and a complete stack.
interruptionsOn(
  "existing",
  [
    { command: "up", signal: "SIGKILL", at: 0.1, repairedBy: "down" },
    { command: "up", signal: "SIGINT", at: 0.2, repairedBy: "down" },
    { command: "up", signal: "SIGKILL", at: 0.3, repairedBy: "up" },
    { command: "down", signal: "SIGKILL", at: 0.2, repairedBy: "down" },
    { command: "up", signal: "SIGKILL", at: 0.4, repairedBy: "down" },
    { command: "up", signal: "SIGINT", at: 0.5, repairedBy: "up" },
    { command: "down", signal: "SIGKILL", at: 0.4, repairedBy: "up" },
    { command: "down", signal: "SIGINT", at: 0.6, repairedBy: "down" },
    { command: "up", signal: "SIGKILL", at: 0.6, repairedBy: "up" },
    { command: "down", signal: "SIGKILL", at: 0.7, repairedBy: "down" },
    { command: "up", signal: "SIGKILL", at: 0.7, repairedBy: "down" },
    { command: "up", signal: "SIGINT", at: 0.8, repairedBy: "up" },
    { command: "down", signal: "SIGKILL", at: 0.9, repairedBy: "down" },
    { command: "up", signal: "SIGKILL", at: 0.85, repairedBy: "down" },
    { command: "up", signal: "SIGKILL", at: 0.9, repairedBy: "up" },
  ],
  noExistingCluster(),
);

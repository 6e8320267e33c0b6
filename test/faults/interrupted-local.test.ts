import { interruptionsOn } from "./interruptions.ts";

interruptionsOn("local", [
  { command: "up", signal: "SIGKILL", at: 0.1, repairedBy: "up" },
  { command: "down", signal: "SIGKILL", at: 0.3, repairedBy: "down" },
  { command: "up", signal: "SIGINT", at: 0.25, repairedBy: "down" },
  { command: "up", signal: "SIGKILL", at: 0.4, repairedBy: "down" },
  { command: "up", signal: "SIGKILL", at: 0.6, repairedBy: "up" },
  { command: "down", signal: "SIGINT", at: 0.6, repairedBy: "up" },
  { command: "down", signal: "SIGKILL", at: 0.7, repairedBy: "down" },
  { command: "up", signal: "SIGKILL", at: 0.85, repairedBy: "down" },
]);

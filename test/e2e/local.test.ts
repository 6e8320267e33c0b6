import { exerciseOn } from "./exercise.ts";

exerciseOn("local", { up: 90, down: 15 });

import type { Milliseconds } from "./duration.ts";

/** A wait that has not ended yet. */
export interface Waiting {
  /** When it ends, on the clock of `performance.now()`. */
  readonly due: Milliseconds;
  readonly wake: () => void;
  /** Its place in the heap; -1 once it has ended. */
  place: number;
}

/**
 * One timer for all waits, however many there are.
 *
 * A timer of Node may fire up to a millisecond early, because the event loop counts in
 * whole milliseconds; here nobody is woken before the time on the finer clock,
 * and those whose time has come are woken in the order in which it came.
 */
export class Alarm {
  /** A binary heap: each wait ends no later than the two at twice its place. */
  readonly #heap: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #timerDue = Number.POSITIVE_INFINITY;

  /** How many are waiting. */
  get size(): number {
    return this.#heap.length;
  }

  /** Calls `wake` once, when `performance.now()` has reached `due`; never before. */
  at(due: Milliseconds, wake: () => void): Waiting {
    const waiting: Waiting = { due, wake, place: this.#heap.length };
    this.#heap.push(waiting);
    this.#up(waiting);
    if (due < this.#timerDue) this.#setTimer(due);
    return waiting;
  }

  /** Ends a wait without waking anybody; one that has ended stays as it is. */
  cancel(waiting: Waiting): void {
    if (waiting.place === -1) return;
    this.#remove(waiting);
    // A timer for nobody would keep the process from ending.
    if (this.#heap.length === 0) {
      clearTimeout(this.#timer);
      this.#timerDue = Number.POSITIVE_INFINITY;
    }
  }

  readonly #ring = () => {
    this.#timerDue = Number.POSITIVE_INFINITY;
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (first.due > performance.now()) {
        this.#setTimer(first.due);
        return;
      }
      this.#remove(first);
      first.wake();
    }
  };

  #setTimer(due: Milliseconds): void {
    clearTimeout(this.#timer);
    this.#timerDue = due;
    this.#timer = setTimeout(this.#ring, Math.max(1, Math.ceil(due - performance.now())));
  }

  #remove(waiting: Waiting): void {
    const last = this.#heap.pop();
    if (last !== undefined && last !== waiting) {
      last.place = waiting.place;
      this.#heap[last.place] = last;
      this.#up(last);
      this.#down(last);
    }
    waiting.place = -1;
  }

  #up(waiting: Waiting): void {
    for (let place = waiting.place; place > 0; ) {
      const parent = (place - 1) >> 1;
      const above = this.#heap[parent] as Waiting;
      if (above.due <= waiting.due) break;
      this.#put(above, place);
      this.#put(waiting, parent);
      place = parent;
    }
  }

  #down(waiting: Waiting): void {
    for (let place = waiting.place; ; ) {
      const left = this.#heap[2 * place + 1];
      const right = this.#heap[2 * place + 2];
      const below = right !== undefined && left !== undefined && right.due < left.due ? right : left;
      if (below === undefined || below.due >= waiting.due) break;
      const next = below.place;
      this.#put(below, place);
      this.#put(waiting, next);
      place = next;
    }
  }

  #put(waiting: Waiting, place: number): void {
    waiting.place = place;
    this.#heap[place] = waiting;
  }
}

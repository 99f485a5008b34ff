// Runs definitions with aws-local-stepfunctions, the functions behind a served world.
//
//     node node_runner.mjs FOLDER < jobs > results
//
// FOLDER holds node_modules. One job a line, one result a line, as tests/claims/oracle has them. What is put in place of
// the interpreter's own: where a Lambda function is invoked, and, below it, the clock, the timers and the dice of the
// language. Must not know what a state is for, nor what is expected of a run.

import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import http from "node:http";

// The interpreter asks for Node 22 because of this function alone.
Promise.withResolvers ??= () => {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
};

const realDate = Date;
const immediately = () => new Promise((resolve) => setImmediate(resolve));

/** A served world whose time stands between requests (docs/SERVE.md). */
class World {
  constructor(address, account) {
    const [host, port] = address.split(":");
    this.at = { host, port, method: "POST", agent: new http.Agent({ keepAlive: true }) };
    this.account = account;
    this.inFlight = 0;
  }

  /** An answer of 200; signatures are not checked there, so the scope is all that it has. */
  async post(service, path, body) {
    const scope = `AKIA${this.account}/20261201/us-east-1/${service}/aws4_request`;
    const headers = { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` };
    const [answer, told] = await new Promise((resolve, reject) => {
      const request = http.request({ ...this.at, path, headers }, (answer) => {
        const parts = [];
        answer.on("data", (part) => parts.push(part)).on("error", reject);
        answer.on("end", () => resolve([answer, Buffer.concat(parts).toString()]));
      });
      request.on("error", reject).end(body);
    });
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode} ${told}`);
    return [answer, told];
  }

  /** The function's answer, or its error as Step Functions tells it: the name, and the payload as the cause. */
  async invoke(resource, input) {
    this.inFlight += 1;
    try {
      const path = `/2015-03-31/functions/${encodeURIComponent(resource)}/invocations`;
      const [answer, told] = await this.post("lambda", path, JSON.stringify(input));
      if (!answer.headers["x-amz-function-error"]) return JSON.parse(told);
      throw Object.assign(new Error(told), { name: JSON.parse(told).errorType });
    } finally {
      this.inFlight -= 1;
    }
  }

  /** The time there, once so much of it has passed. */
  async wait(millis) {
    const [, told] = await this.post("clock", `/wait?seconds=${(millis / 1000).toFixed(3)}`, "");
    return JSON.parse(told).now;
  }
}

/** Timers that ring in the world's time. None rings while a function runs: its own limits are not looked at here. */
class Timers {
  constructor() {
    this.now = 0;
    this.next = 1;
    this.set = new Map();
    this.waits = [];
  }

  add(ring, millis) {
    this.set.set(this.next, { ring, at: this.now + Math.max(0, Math.round(millis)) });
    return this.next++;
  }

  /** Lets the world wait for the earliest. */
  async leap(world) {
    const [id, first] = [...this.set].reduce((one, other) => (other[1].at < one[1].at ? other : one));
    const millis = first.at - this.now;
    this.set.delete(id);
    if (millis > 0) {
      this.waits.push(millis);
      await world.wait(millis);
    }
    this.now = first.at;
    first.ring();
  }
}

let timers = new Timers();
let dice = [];
let retries = 0;
let startedAt = 0;

/** The language's clock, timers and dice, as an interpreter sees them. Node's own modules have theirs from elsewhere. */
function takeTheClockOver() {
  globalThis.setTimeout = (ring, millis = 0) => timers.add(ring, millis);
  globalThis.clearTimeout = (id) => timers.set.delete(id);
  globalThis.Date = class extends realDate {
    constructor(...given) {
      super(...(given.length === 0 ? [startedAt] : given));
    }
    static now() {
      return startedAt;
    }
  };
  // The die of this retry. They are thrown for every retrier that is looked at, and also where none is left.
  Math.random = () => dice[retries] ?? 0;
}

/** Every Task state of a definition, those inside of Map states too. */
function tasksOf(definition) {
  return Object.entries(definition.States).flatMap(([name, state]) => {
    const inner = state.ItemProcessor ? tasksOf(state.ItemProcessor) : [];
    return state.Type === "Task" ? [[name, state.Resource]] : inner;
  });
}

async function play(StateMachine, world, run) {
  [timers, dice, retries] = [new Timers(), run.dice, 0];
  startedAt = realDate.parse(await world.wait(Math.max(0, run.startsAfterMillis)));
  const calls = [];
  const handler = (resource) => (payload) => {
    calls.push({ resource, payload });
    return world.invoke(resource, payload);
  };
  const arn = (kind) => `arn:aws:states:us-east-1:${run.account}:${kind}`;
  const context = {
    Execution: { Id: arn(`execution:${run.machine}:${run.name}`), Name: run.name, RoleArn: run.role },
    StateMachine: { Id: arn(`stateMachine:${run.machine}`), Name: run.machine },
  };
  const taskResourceLocalHandlers = Object.fromEntries(tasksOf(run.definition).map(([name, resource]) => [name, handler(resource)]));
  const machine = new StateMachine(run.definition);
  const execution = machine.run(run.input, { overrides: { taskResourceLocalHandlers }, context });
  const states = [];
  const listening = (async () => {
    for await (const event of execution.eventLogs) {
      if (event.type === "StateEntered") states.push(event.state.name);
      if (event.type === "StateRetried") retries += 1;
    }
  })();
  let end;
  execution.result.then(
    (output) => (end = { status: "SUCCEEDED", error: null, cause: null, output }),
    (error) => (end = { status: "FAILED", error: error.cause?.name ?? error.name, cause: error.cause?.message ?? error.message, output: null }),
  );
  // Bounded by the run's own end: while it lasts there is a function that runs, or a timer.
  while (end === undefined) {
    await immediately();
    if (end === undefined && world.inFlight === 0 && timers.set.size > 0) await timers.leap(world);
  }
  await listening;
  return { ...end, states, calls, waits: timers.waits };
}

const folder = resolve(process.argv[2]);
const { StateMachine } = createRequire(join(folder, "package.json"))("aws-local-stepfunctions");
takeTheClockOver();
for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  const world = new World(job.address, job.account);
  let result = { runs: [] };
  try {
    for (const run of job.runs) result.runs.push(await play(StateMachine, world, run));
  } catch (error) {
    result = { refused: `${error.name}: ${error.message}` };
  }
  world.at.agent.destroy();
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

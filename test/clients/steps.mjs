import assert from "node:assert/strict";

/** Runs steps in order, says each, and ends the process with 1 at the first that fails. */
export async function run(steps) {
  for (const [name, step] of steps) {
    try {
      await step();
      console.log(`ok    ${name}`);
    } catch (error) {
      console.log(`FAIL  ${name}`);
      console.log(error?.stack ?? error);
      process.exitCode = 1;
      return;
    }
  }
  console.log(`${steps.length} steps passed`);
}

/** Asks again until the answer satisfies, which notifications and search may take a moment to do. */
export async function eventually(ask, isRight, what) {
  const until = performance.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    assert.ok(performance.now() < until, `${what} did not come within 10 s: ${JSON.stringify(answer).slice(0, 300)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

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

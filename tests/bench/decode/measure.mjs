/** Prints the seconds of `work` on the clock and, of all threads of the process, on the CPU. */
export async function measured(work) {
  const before = { wall: performance.now(), cpu: process.cpuUsage() };
  await work();
  const cpu = process.cpuUsage(before.cpu);
  const wall = (performance.now() - before.wall) / 1000;
  console.log(JSON.stringify({ wall, cpu: (cpu.user + cpu.system) / 1e6 }));
}

import { readdirSync, readFileSync } from "node:fs";

/** CPU seconds of this process's descendants, and the peak of the largest of them in MB. */
export function usage() {
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        // The name, in brackets, may hold spaces.
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
        return [
          {
            pid: Number(pid),
            parent: Number(fields[1]),
            ticks: Number(fields[11]) + Number(fields[12]),
            peak: Number(peak),
          },
        ];
      } catch {
        return [];
      }
    });
  const ours = new Set([process.pid]);
  let size = 0;
  while (size !== ours.size) {
    size = ours.size;
    for (const { pid, parent } of processes) if (ours.has(parent)) ours.add(pid);
  }
  ours.delete(process.pid);
  const descendants = processes.filter(({ pid }) => ours.has(pid));
  const ticks = descendants.reduce((sum, each) => sum + each.ticks, 0);
  return { cpu: ticks / 100, peak: Math.max(...descendants.map(({ peak }) => peak)) / 1024 };
}

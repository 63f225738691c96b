import { readFileSync } from 'node:fs';

/** What Linux says in clock ticks; 100 a second on every machine that Debian runs on. */
const TICKS_A_SECOND = 100;

/** CPU time of processes with all their threads so far, in seconds (proc(5), /proc/PID/stat); `null` where there is no /proc. */
export function cpuSeconds(pids: readonly number[]): number | null {
  let ticks = 0;
  for (const pid of pids) {
    const text = read(`/proc/${pid}/stat`);
    if (text === null) return null;
    // The name in parentheses may hold blanks; utime and stime are the 14th and 15th field.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / TICKS_A_SECOND;
}

/** Resident memory in MB of 10^6 bytes; `null` where there is no /proc. */
export function residentMb(pids: readonly number[]): number | null {
  let kilobytes = 0;
  for (const pid of pids) {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '');
    if (!line) return null;
    kilobytes += Number(line[1]);
  }
  return (kilobytes * 1024) / 1e6;
}

/** The children of a process, as nginx's workers are. */
export const childrenOf = (pid: number): number[] =>
  (read(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ').filter(Boolean).map(Number);

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

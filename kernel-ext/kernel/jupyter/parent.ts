import process from "node:process";

/**
 * Watches the process that started this one, as a kernel that outlives its client keeps memory and files for nobody.
 *
 * @param pid Its id; nothing is watched where it is none.
 * @param onGone Is told once when it is gone.
 */
export function endWithParent(pid: number, onGone: () => void): Disposable {
  if (!Number.isInteger(pid) || pid <= 1) return { [Symbol.dispose]: () => undefined };
  const timer = setInterval(() => {
    if (isAlive(pid)) return;
    clearInterval(timer);
    onGone();
  }, LOOK_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

const LOOK_MS = 1_000;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Of a process of another user we learn that it is there.
    return (error as { code?: string }).code === "EPERM";
  }
}

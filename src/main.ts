#!/usr/bin/env node
// Any Node gets through this file and newer-node.ts; all else is read on Node 24 or newer only.
if (Number(process.versions.node.split('.')[0]) >= 24) {
  const { run } = await import('./cli/process.ts');
  process.exitCode = await run();
} else {
  const { runOnNewerNode } = await import('./cli/newer-node.ts');
  runOnNewerNode();
}

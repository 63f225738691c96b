// Runs scripts/<name>.ts with the arguments that follow, or says what to do when this Node is too old to read it.
// Plain JavaScript with nothing new in it, since the older Node has to get through this file.
if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `dashgate needs Node 24 or newer; this is ${process.version} for ${process.platform} ${process.arch}, and npm brought no newer one.\n` +
      'Without --omit=optional it does so on Linux, macOS and Windows (x64) and on arm64 Linux and macOS.\n' +
      'Elsewhere: install Node 24 from https://nodejs.org/en/download, then run the same command again.',
  );
  process.exit(1);
}

const [name] = process.argv.splice(2, 1);
await import(`./${name}.ts`);

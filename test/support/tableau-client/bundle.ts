import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/** Tableau's own library for host pages, as one script for a browser. */
export async function bundleEmbeddingApi(): Promise<string> {
  const input = fileURLToPath(import.meta.resolve('@tableau/embedding-api'));
  const build = await rolldown({ input, platform: 'browser', logLevel: 'silent' });
  const { output } = await build.generate({ format: 'iife', name: 'tableau' });
  await build.close();
  // Within an element, where this would end it.
  return output[0].code.replaceAll('</script', '<\\/script');
}

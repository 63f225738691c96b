import { compile } from './compile.ts';

process.exitCode = await compile();

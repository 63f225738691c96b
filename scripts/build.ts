import { compile } from './compile.ts';

process.exitCode = compile();

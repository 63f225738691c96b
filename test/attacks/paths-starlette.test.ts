import { pathSuite } from '../support/path-servers/suite.ts';

pathSuite('starlette', 'dash4');

import { describe } from 'vitest';
import { behaviourTests } from './behaviour.ts';
import { simulated } from './world.ts';

describe('in the simulator', () => behaviourTests(simulated, { skip: false }));

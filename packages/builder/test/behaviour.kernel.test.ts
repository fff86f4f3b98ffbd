import { afterAll, beforeAll, describe, inject } from 'vitest';
import { behaviourTests } from './behaviour.ts';
import { kernel, type World } from './world.ts';

const skip = inject('kernel') !== '';
let world: World;

beforeAll(() => {
  if (!skip) world = kernel();
});
afterAll(() => {
  if (!skip) world[Symbol.dispose]();
});

describe('in the kernel', () => behaviourTests(() => world, { skip }));

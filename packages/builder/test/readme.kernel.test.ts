import { expect, inject, test } from 'vitest';
import { readmeObjects } from './readme-cases.ts';
import { kernel } from './world.ts';

test.skipIf(inject('kernel') !== '')('the kernel takes the programs of the README', async () => {
  using world = kernel();
  for (const object of await readmeObjects()) {
    using loaded = world.load(object);
    expect(Object.keys(loaded.programs).length).toBeGreaterThan(1);
  }
});

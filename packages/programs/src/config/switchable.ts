import { z } from 'zod';

/** `false`, or what the schema reads. */
export function switchable<T>(schema: z.ZodType<T, unknown>) {
  return z.unknown().transform((value, context): T | false => {
    if (value === false) return false;
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) context.addIssue({ ...issue } as never);
    return z.NEVER;
  });
}

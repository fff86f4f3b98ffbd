export type { TrafficOptions } from './endpoints.ts';
export { type Flow, type FlowFrame, flows } from './flows.ts';
export { hostileFrames } from './hostile-frames.ts';
export { nearlyValidFrames } from './nearly-valid-frames.ts';
export { validFrames } from './valid-frames.ts';

/**
 * The function behind the alarms of the canary: CloudWatch says by EventBridge that one rings ("CloudWatch Alarm State Change"), and
 * the canary ends. It may be told twice, or of an alarm that outlived its canary: then there is nothing to do.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { registryIn } from '#shared/model/registry.ts';
import { isRegistryError } from '#shared/model/release.ts';
import type { GuardEnv } from '../env.ts';
import { s3Store } from '../store/s3.ts';
import { environment } from './environment.ts';

export interface AlarmEvent {
  readonly 'detail-type': string;
  readonly detail: {
    readonly alarmName: string;
    readonly state: { readonly value: string; readonly timestamp?: string };
  };
}

export function guardHandler(): (
  event: AlarmEvent,
  context: Context,
) => Promise<{ canary: 'ended' | 'none' | 'left' }> {
  const logger = new Logger();
  const { MODELS_BUCKET } = environment<GuardEnv>('MODELS_BUCKET');
  // Nothing is read but an alias, which nobody signs.
  const registry = registryIn(s3Store({ bucket: MODELS_BUCKET, prefix: '' }), { trust: [] });
  return async (event, context) => {
    logger.addContext(context);
    if (event?.['detail-type'] !== 'CloudWatch Alarm State Change')
      throw new TypeError('expected an alarm that changed its state, found another event');
    const { alarmName, state } = event.detail;
    if (state.value !== 'ALARM') return { canary: 'left' };
    try {
      await registry.rollback('canary', { by: `alarm ${alarmName}`, at: new Date().toISOString() });
      logger.warn('canary ended', { alarm: alarmName });
      return { canary: 'ended' };
    } catch (error) {
      if (isRegistryError(error, 'nothing-before')) return { canary: 'none' };
      throw error; // a race that was lost is tried again
    }
  };
}

import { z } from 'zod';

/**
 * An RFC 3339 time in UTC. A pattern, because the API server and zod read `format: date-time` differently: the former
 * takes other time zones, and even lists.
 */
export const time = z.string().max(30).regex(/^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?Z$/);

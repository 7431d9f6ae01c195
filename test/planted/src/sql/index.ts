export const allowed = 'sql'

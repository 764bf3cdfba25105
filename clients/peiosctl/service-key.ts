/** Mounts are called after their paths. */
export const isMount = (name: string): boolean => name.startsWith('mount:');

/** The form in which names are compared: services differ not by case alone, mounts do. D-14. */
export const serviceKey = (name: string): string => (isMount(name) ? name : name.toLowerCase());

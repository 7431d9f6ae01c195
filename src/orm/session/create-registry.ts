import { Registry, type ModelsOption, type RegistryOptions } from '../mapping/index.ts'
import { checkFields } from '../state/index.ts'

/** Wires the models of one Database and checks them: everything that can be wrong with a model is found here. @throws {MappingError}, @throws {ConfigurationError}. */
export function createRegistry(models: ModelsOption, options: RegistryOptions): Registry {
  const registry = new Registry(models, options)
  for (const mapper of registry.mappers) checkFields(mapper)
  return registry
}

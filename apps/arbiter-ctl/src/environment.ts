// The only importer of @arbiter/infra among what every command needs: it takes longer to load than
// `--help` may take, so it is imported on use.
export { loadCtlSettings, packageVersion, processInputs } from '@arbiter/infra';
